/**
 * Requests and answers of Chat Completions.
 *
 * @module
 */

import {
  type AnswerPart,
  type AnswerUsage,
  contentOf,
  type Endpoint,
  type EndReason,
  objectsIn,
  textOf,
} from "./endpoint.ts";

/** The endpoint `POST /chat/completions`. */
export const CHAT_COMPLETIONS: Endpoint = {
  path: "/chat/completions",

  createBody(chat) {
    const { model, system, effort, stream } = chat;
    const content = contentOf(
      chat,
      (text) => ({ type: "text", text }),
      (url) => ({ type: "image_url", image_url: { url } }),
    );
    return {
      model,
      stream,
      ...(stream && { stream_options: { include_usage: true } }),
      ...(effort !== undefined && { reasoning_effort: effort }),
      messages: [
        ...(system ? [{ role: "system", content: system }] : []),
        { role: "user", content },
      ],
    };
  },

  readEvent: readCompletion,
  readBody: readCompletion,
};

/** A whole body, or one event, which has a `delta` for the `message`. */
interface Completion {
  choices?: {
    index?: number;
    message?: Message;
    delta?: Message;
    finish_reason?: string | null;
  }[];
  usage?: {
    prompt_tokens?: number;
    completion_tokens?: number;
    prompt_tokens_details?: { cached_tokens?: number };
    completion_tokens_details?: { reasoning_tokens?: number };
  } | null;
}

interface Message {
  content?: unknown;
  /** In place of the content, if the model refuses. */
  refusal?: unknown;
}

function readCompletion({ choices, usage }: Completion): AnswerPart {
  // Another choice is another answer.
  const choice = objectsIn(choices).find(({ index = 0 }) => index === 0);
  const message = choice?.delta ?? choice?.message;
  const reason = choice?.finish_reason;
  return {
    text: textOf(message?.content) ?? textOf(message?.refusal),
    ...(reason &&
      { endReason: END_REASONS.get(reason) ?? "complete", isLast: true }),
    ...(usage && { usage: readUsage(usage) }),
  };
}

const END_REASONS: ReadonlyMap<unknown, EndReason> = new Map([
  ["length", "length"],
  ["content_filter", "filter"],
  ["tool_calls", "toolCall"],
  ["function_call", "toolCall"],
]);

function readUsage(usage: NonNullable<Completion["usage"]>): AnswerUsage {
  return {
    input: usage.prompt_tokens,
    output: usage.completion_tokens,
    cached: usage.prompt_tokens_details?.cached_tokens,
    reasoning: usage.completion_tokens_details?.reasoning_tokens,
  };
}
