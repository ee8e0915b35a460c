/**
 * Answers in the shape of Messages.
 *
 * @module
 */

import {
  argumentsOf,
  callsTools,
  type Json,
  piecesOf,
  type Shape,
  type Turn,
  wordsOf,
} from "./reply.ts";

/** The shape of `POST /v1/messages`. */
export const MESSAGES: Shape = {
  whole(turn) {
    const content = blocksOf(turn);
    return { ...messageOf(turn, content), copilot_usage: turn.copilotUsage };
  },

  *events(turn) {
    const message = messageOf(turn, []);
    const { usage, stop_reason, stop_sequence } = message;
    const started = { input_tokens: turn.tokens.input, output_tokens: 0 };
    yield {
      type: "message_start",
      message: { ...message, stop_reason: null, usage: started },
    };
    for (const [index, block] of blocksOf(turn).entries()) {
      const content_block = { ...block, ...emptied(block) };
      yield { type: "content_block_start", index, content_block };
      for (const delta of deltasOf(block)) {
        yield { type: "content_block_delta", index, delta };
      }
      yield { type: "content_block_stop", index };
    }
    const delta = { stop_reason, stop_sequence };
    yield { type: "message_delta", delta, usage };
    yield { type: "message_stop", copilot_usage: turn.copilotUsage };
  },
};

/** The members of a block that its events fill. */
function emptied({ type }: Json): Json {
  if (type === "thinking") return { thinking: "", signature: "" };
  if (type === "text") return { text: "" };
  return { input: {} };
}

function deltasOf(block: Json): Json[] {
  if (block.type === "thinking") {
    return [
      ...wordsOf(`${block.thinking}`)
        .map((thinking) => ({ type: "thinking_delta", thinking })),
      { type: "signature_delta", signature: block.signature },
    ];
  }
  if (block.type === "text") {
    return wordsOf(`${block.text}`)
      .map((text) => ({ type: "text_delta", text }));
  }
  return piecesOf(JSON.stringify(block.input))
    .map((partial_json) => ({ type: "input_json_delta", partial_json }));
}

function blocksOf({ id, reply }: Turn): Json[] {
  const { reasoning, text, toolCalls = [] } = reply;
  const blocks: Json[] = [];
  if (reasoning !== undefined) {
    const signature = `reasoning_${id}`;
    blocks.push({ type: "thinking", thinking: reasoning, signature });
  }
  if (text !== undefined) blocks.push({ type: "text", text });
  for (const [index, call] of toolCalls.entries()) {
    blocks.push({
      type: "tool_use",
      id: `toolu_${id}_${index}`,
      name: call.name,
      input: JSON.parse(argumentsOf(call)),
    });
  }
  return blocks;
}

function messageOf({ id, model, reply, tokens }: Turn, content: Json[]): Json {
  return {
    id: `msg_${id}`,
    type: "message",
    role: "assistant",
    model: model.id,
    content,
    stop_reason: callsTools(reply) ? "tool_use" : "end_turn",
    stop_sequence: null,
    usage: { input_tokens: tokens.input, output_tokens: tokens.output },
  };
}
