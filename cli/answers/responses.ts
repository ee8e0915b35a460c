/**
 * Requests and answers of Responses.
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

/** The endpoint `POST /responses`. */
export const RESPONSES: Endpoint = {
  path: "/responses",

  createBody(chat) {
    const { model, system, effort, stream } = chat;
    const content = contentOf(
      chat,
      (text) => ({ type: "input_text", text }),
      (image_url) => ({ type: "input_image", image_url, detail: "auto" }),
    );
    return {
      model,
      stream,
      ...(effort !== undefined && { reasoning: { effort } }),
      ...(system && { instructions: system }),
      input: [{ role: "user", content }],
    };
  },

  readEvent,
  readBody: (body) => ({ ...readEnd(body), text: outputText(body) }),
};

/** The members that are read of a response. */
interface ResponseObject {
  status?: string;
  output?: { type?: string; content?: ContentPart[] }[];
  error?: { message?: string } | null;
  incomplete_details?: { reason?: string } | null;
  usage?: {
    input_tokens?: number;
    output_tokens?: number;
    input_tokens_details?: { cached_tokens?: number };
    output_tokens_details?: { reasoning_tokens?: number };
  } | null;
}

interface ContentPart {
  text?: unknown;
  /** In place of the text, if the model refuses. */
  refusal?: unknown;
}

interface Event {
  type?: string;
  delta?: unknown;
  response?: ResponseObject;
}

function readEvent({ type, delta, response = {} }: Event): AnswerPart {
  switch (type) {
    case "response.output_text.delta":
    case "response.refusal.delta":
      return { text: textOf(delta) };
    case "response.completed":
    case "response.incomplete":
    case "response.failed":
    case "response.cancelled":
      return readEnd({ status: type.slice("response.".length), ...response });
    default:
      return {};
  }
}

/** What the response that has ended says of its end. */
function readEnd(
  { status, error, incomplete_details, usage }: ResponseObject,
): AnswerPart {
  if (status === "failed" || status === "cancelled") {
    return { error: textOf(error?.message) ?? status };
  }
  const reason = incomplete_details?.reason;
  const endReason = status === "incomplete"
    ? END_REASONS.get(reason) ?? "unfinished"
    : "complete";
  return {
    ...(status !== undefined && { endReason, isLast: true }),
    ...(usage && { usage: readUsage(usage) }),
  };
}

const END_REASONS: ReadonlyMap<unknown, EndReason> = new Map([
  ["max_output_tokens", "length"],
  ["content_filter", "filter"],
]);

function outputText({ output }: ResponseObject): string | undefined {
  if (!Array.isArray(output)) return undefined;
  return objectsIn(output)
    .filter(({ type }) => type === "message")
    .flatMap(({ content }) => objectsIn(content))
    .map(({ text, refusal }) => textOf(text) ?? textOf(refusal) ?? "")
    .join("");
}

function readUsage(usage: NonNullable<ResponseObject["usage"]>): AnswerUsage {
  return {
    input: usage.input_tokens,
    output: usage.output_tokens,
    cached: usage.input_tokens_details?.cached_tokens,
    reasoning: usage.output_tokens_details?.reasoning_tokens,
  };
}
