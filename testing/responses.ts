/**
 * Answers in the shape of Responses.
 *
 * @module
 */

import type { FakeChat } from "./request_body.ts";
import {
  argumentsOf,
  epochSeconds,
  type Json,
  piecesOf,
  type Shape,
  type Turn,
  wordsOf,
} from "./reply.ts";

/** The shape of `POST /responses`. */
export const RESPONSES: Shape = {
  whole(turn) {
    return {
      ...responseOf(turn, "completed"),
      copilot_usage: turn.copilotUsage,
    };
  },

  *events(turn) {
    let sequence_number = 0;
    for (const event of unnumberedEvents(turn)) {
      const { type, ...rest } = event;
      yield { type, sequence_number: sequence_number++, ...rest };
    }
  },

  end: "[DONE]",
};

function* unnumberedEvents(turn: Turn): Generator<Json> {
  const started = responseOf(turn, "in_progress");
  yield { type: "response.created", response: started };
  yield { type: "response.in_progress", response: started };
  for (const [output_index, item] of itemsOf(turn).entries()) {
    const at = { item_id: item.id, output_index };
    const added = { ...item, ...emptied(item), status: "in_progress" };
    yield { type: "response.output_item.added", output_index, item: added };
    if (item.type === "reasoning") yield* reasoningEvents(turn, at);
    if (item.type === "message") yield* textEvents(turn, at);
    if (item.type === "function_call") yield* callEvents(item, at);
    yield { type: "response.output_item.done", output_index, item };
  }
  yield {
    type: "response.completed",
    response: responseOf(turn, "completed"),
    copilot_usage: turn.copilotUsage,
  };
}

/** The members of an item that its events fill. */
function emptied({ type }: Json): Json {
  if (type === "reasoning") return { summary: [] };
  if (type === "message") return { content: [] };
  return { arguments: "" };
}

function* reasoningEvents({ reply }: Turn, at: Json): Generator<Json> {
  const part = { ...at, summary_index: 0 };
  const text = reply.reasoning ?? "";
  const name = "response.reasoning_summary";
  yield { type: `${name}_part.added`, ...part, part: summaryPart("") };
  for (const delta of wordsOf(text)) {
    yield { type: `${name}_text.delta`, ...part, delta };
  }
  yield { type: `${name}_text.done`, ...part, text };
  yield { type: `${name}_part.done`, ...part, part: summaryPart(text) };
}

function* textEvents({ reply }: Turn, at: Json): Generator<Json> {
  const part = { ...at, content_index: 0 };
  const text = reply.text ?? "";
  yield { type: "response.content_part.added", ...part, part: textPart("") };
  for (const delta of wordsOf(text)) {
    yield { type: "response.output_text.delta", ...part, delta, logprobs: [] };
  }
  yield { type: "response.output_text.done", ...part, text, logprobs: [] };
  yield { type: "response.content_part.done", ...part, part: textPart(text) };
}

function* callEvents(item: Json, at: Json): Generator<Json> {
  const name = "response.function_call_arguments";
  for (const delta of piecesOf(`${item.arguments}`)) {
    yield { type: `${name}.delta`, ...at, delta };
  }
  yield {
    type: `${name}.done`,
    ...at,
    name: item.name,
    arguments: item.arguments,
  };
}

function itemsOf({ id, reply }: Turn): Json[] {
  const { reasoning, text, toolCalls = [] } = reply;
  const items: Json[] = [];
  if (reasoning !== undefined) {
    items.push({
      id: `rs_${id}`,
      type: "reasoning",
      summary: [summaryPart(reasoning)],
      encrypted_content: `reasoning_${id}`,
    });
  }
  if (text !== undefined) {
    items.push({
      id: `msg_${id}`,
      type: "message",
      role: "assistant",
      status: "completed",
      content: [textPart(text)],
    });
  }
  for (const [index, call] of toolCalls.entries()) {
    items.push({
      id: `fc_${id}_${index}`,
      type: "function_call",
      call_id: `call_${id}_${index}`,
      name: call.name,
      arguments: argumentsOf(call),
      status: "completed",
    });
  }
  return items;
}

function textPart(text: string): Json {
  return { type: "output_text", text, annotations: [], logprobs: [] };
}

function summaryPart(text: string): Json {
  return { type: "summary_text", text };
}

function responseOf(turn: Turn, status: "in_progress" | "completed"): Json {
  const isComplete = status === "completed";
  return {
    id: `resp_${turn.id}`,
    object: "response",
    created_at: epochSeconds(),
    status,
    model: turn.model.id,
    output: isComplete ? itemsOf(turn) : [],
    error: null,
    incomplete_details: null,
    instructions: null,
    metadata: {},
    parallel_tool_calls: true,
    temperature: 1,
    tool_choice: "auto",
    tools: [],
    top_p: 1,
    usage: isComplete ? usageOf(turn) : null,
  };
}

function usageOf({ tokens, reply }: Turn): Json {
  return {
    input_tokens: tokens.input,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: tokens.output,
    output_tokens_details: {
      reasoning_tokens: wordsOf(reply.reasoning).length,
    },
    total_tokens: tokens.input + tokens.output,
  };
}

/**
 * The answer of `POST /responses/compact`: the user's messages, and the rest as
 * one item that only Copilot can read.
 */
export function compaction(turn: Turn, { input }: FakeChat): Json {
  const items = typeof input === "string"
    ? [{ type: "message", role: "user", content: input }]
    : (input ?? []).filter(({ role }) => role === "user");
  const { id } = turn;
  return {
    id: `resp_${id}`,
    object: "response.compaction",
    created_at: epochSeconds(),
    output: [...items, {
      id: `cmp_${id}`,
      type: "compaction",
      encrypted_content: `compaction_${id}`,
    }],
    usage: usageOf(turn),
  };
}
