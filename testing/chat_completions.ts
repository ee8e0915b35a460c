/**
 * Answers in the shape of Chat Completions.
 *
 * @module
 */

import {
  argumentsOf,
  callsTools,
  epochSeconds,
  type FakeToolCall,
  type Json,
  piecesOf,
  type Shape,
  type Turn,
  wordsOf,
} from "./reply.ts";

/** The shape of `POST /chat/completions`. */
export const CHAT_COMPLETIONS: Shape = {
  whole(turn) {
    return {
      ...head(turn, "chat.completion"),
      choices: [{
        index: 0,
        logprobs: null,
        message: messageOf(turn),
        finish_reason: finishReason(turn),
      }],
      usage: usageOf(turn),
      copilot_usage: turn.copilotUsage,
    };
  },

  *events(turn) {
    const { reply, includesUsage, copilotUsage: copilot_usage } = turn;
    yield chunk(turn, { role: "assistant", content: "" });
    yield* reasoningEvents(turn);
    for (const content of wordsOf(reply.text)) yield chunk(turn, { content });
    yield* toolCallEvents(turn);
    const last = chunk(turn, {}, finishReason(turn));
    if (!includesUsage) {
      yield { ...last, copilot_usage };
      return;
    }
    yield last;
    yield {
      ...chunk(turn, {}),
      choices: [],
      usage: usageOf(turn),
      copilot_usage,
    };
  },

  end: "[DONE]",
};

/** The names of the two fields are assumed. */
function* reasoningEvents(turn: Turn): Generator<Json> {
  const { reasoning } = turn.reply;
  if (reasoning === undefined) return;
  for (const reasoning_text of wordsOf(reasoning)) {
    yield chunk(turn, { reasoning_text });
  }
  yield chunk(turn, { reasoning_opaque: opaqueReasoning(turn) });
}

/** A call's name comes first, and its arguments in pieces. */
function* toolCallEvents(turn: Turn): Generator<Json> {
  for (const [index, call] of (turn.reply.toolCalls ?? []).entries()) {
    const { id, type } = toolCall(turn, call, index);
    const start = { name: call.name, arguments: "" };
    yield chunk(turn, { tool_calls: [{ index, id, type, function: start }] });
    for (const piece of piecesOf(argumentsOf(call))) {
      const more = { arguments: piece };
      yield chunk(turn, { tool_calls: [{ index, function: more }] });
    }
  }
}

function head({ id, model }: Turn, object: string): Json {
  return {
    id: `chatcmpl-${id}`,
    object,
    created: epochSeconds(),
    model: model.id,
  };
}

function chunk(
  turn: Turn,
  delta: Json,
  finish_reason: string | null = null,
): Json {
  return {
    ...head(turn, "chat.completion.chunk"),
    choices: [{ index: 0, logprobs: null, delta, finish_reason }],
  };
}

function messageOf(turn: Turn): Json {
  const { text = null, reasoning, toolCalls = [] } = turn.reply;
  return {
    role: "assistant",
    content: text,
    ...(reasoning !== undefined && {
      reasoning_text: reasoning,
      reasoning_opaque: opaqueReasoning(turn),
    }),
    ...(toolCalls.length > 0 && {
      tool_calls: toolCalls.map((call, index) => toolCall(turn, call, index)),
    }),
  };
}

function toolCall({ id }: Turn, call: FakeToolCall, index: number): Json {
  return {
    id: `call_${id}_${index}`,
    type: "function",
    function: { name: call.name, arguments: argumentsOf(call) },
  };
}

function opaqueReasoning({ id }: Turn): string {
  return `reasoning_${id}`;
}

function finishReason({ reply }: Turn): string {
  return callsTools(reply) ? "tool_calls" : "stop";
}

function usageOf({ tokens, reply }: Turn): Json {
  return {
    prompt_tokens: tokens.input,
    completion_tokens: tokens.output,
    total_tokens: tokens.input + tokens.output,
    prompt_tokens_details: { cached_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: wordsOf(reply.reasoning).length,
    },
  };
}
