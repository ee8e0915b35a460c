/**
 * Requests and answers of Messages.
 *
 * @module
 */

import {
  type AnswerPart,
  type AnswerUsage,
  contentOf,
  type Endpoint,
  type EndReason,
  type Json,
  objectsIn,
  textOf,
} from "./endpoint.ts";

/** The longest answer where `/models` names none, in tokens. It is required. */
const DEFAULT_MAX_TOKENS = 8192;

/** The endpoint `POST /v1/messages`. */
export const MESSAGES: Endpoint = {
  path: "/v1/messages",

  createBody(chat) {
    const { model, system, effort, stream, maxOutputTokens } = chat;
    const content = contentOf(
      chat,
      (text) => ({ type: "text", text }),
      (url) => ({ type: "image", source: imageSource(url) }),
    );
    return {
      model,
      stream,
      max_tokens: maxOutputTokens ?? DEFAULT_MAX_TOKENS,
      ...(effort !== undefined && { output_config: { effort } }),
      ...(system && { system }),
      messages: [{ role: "user", content }],
    };
  },

  readEvent,

  readBody({ content, stop_reason, usage }: Message) {
    const texts = objectsIn(content).map(({ text }) => textOf(text) ?? "");
    return {
      ...(Array.isArray(content) && { text: texts.join("") }),
      ...readStop(stop_reason, usage),
    };
  },
};

/** The source of an image: the data of a `data:` URL, or any other URL. */
function imageSource(url: string): Json {
  const [, media_type, data] = /^data:([^;,]+);base64,(.*)$/is.exec(url) ?? [];
  return data === undefined
    ? { type: "url", url }
    : { type: "base64", media_type, data };
}

/** The members that are read of a message. */
interface Message {
  /** Only blocks of text have one; thoughts are `thinking`. */
  content?: { text?: unknown }[];
  stop_reason?: string | null;
  usage?: Usage;
}

interface Usage {
  input_tokens?: number;
  output_tokens?: number;
  cache_read_input_tokens?: number | null;
  output_tokens_details?: { thinking_tokens?: number } | null;
}

interface Event {
  type?: string;
  message?: Message;
  delta?: { type?: string; text?: unknown; stop_reason?: string | null };
  content_block?: { text?: unknown };
  usage?: Usage;
}

function readEvent(event: Event): AnswerPart {
  const { delta, usage } = event;
  switch (event.type) {
    case "message_start":
      return readStop(null, event.message?.usage);
    case "content_block_start":
      return { text: textOf(event.content_block?.text) };
    case "content_block_delta":
      return { text: textOf(delta?.text) };
    case "message_delta":
      return readStop(delta?.stop_reason, usage);
    case "message_stop":
      return { isLast: true };
    default:
      return {};
  }
}

function readStop(
  reason: string | null | undefined,
  usage: Usage | undefined,
): AnswerPart {
  return {
    ...(reason && { endReason: END_REASONS.get(reason) ?? "complete" }),
    ...(usage && { usage: readUsage(usage) }),
  };
}

const END_REASONS: ReadonlyMap<unknown, EndReason> = new Map([
  ["max_tokens", "length"],
  ["model_context_window_exceeded", "length"],
  ["refusal", "filter"],
  ["tool_use", "toolCall"],
  ["pause_turn", "unfinished"],
]);

function readUsage(usage: Usage): AnswerUsage {
  return {
    input: usage.input_tokens,
    output: usage.output_tokens,
    cached: usage.cache_read_input_tokens ?? undefined,
    reasoning: usage.output_tokens_details?.thinking_tokens,
  };
}
