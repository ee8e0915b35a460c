/**
 * What the fake Copilot refuses in the body and the headers of a request.
 *
 * A refusal is known where a client or an issue tracker shows its words or its
 * code, and assumed where only the status is likely.
 *
 * @module
 */

import { type ApiError, badRequest } from "./api_errors.ts";
import { type FakeChat, hasImage, isItem, itemsOf } from "./request_body.ts";

/** A path that answers a POST with a conversation or with texts. */
export type Endpoint =
  | "/chat/completions"
  | "/responses"
  | "/responses/compact"
  | "/v1/messages"
  | "/v1/messages/count_tokens"
  | "/embeddings";

/** Returns why an endpoint refuses a request, or `undefined`. */
type Check = (body: FakeChat, headers: Headers) => ApiError | undefined;

const CHECKS: Readonly<Record<Endpoint, readonly Check[]>> = {
  "/chat/completions": [
    requireMessages,
    refuseServiceTier,
    requireVisionHeader,
  ],
  "/responses": [requireInput, refuseServiceTier, requireVisionHeader],
  "/responses/compact": [requireInput, refuseServiceTier, requireVisionHeader],
  "/v1/messages": [
    refuseUnknownBeta,
    refuseUnknownField,
    requireMaxTokens,
    requireMessages,
    refuseTrailingAssistant,
    requireVisionHeader,
  ],
  "/v1/messages/count_tokens": [
    refuseUnknownBeta,
    refuseUnknownFieldOfCount,
    requireMessages,
    requireVisionHeader,
  ],
  "/embeddings": [requireTexts],
};

/** The endpoint of a path, if there is one. */
export function endpointOf(pathname: string): Endpoint | undefined {
  return isEndpoint(pathname) ? pathname : undefined;
}

function isEndpoint(pathname: string): pathname is Endpoint {
  return Object.hasOwn(CHECKS, pathname);
}

/** Returns why the endpoint refuses a request, or `undefined`. */
export function checkRequest(
  endpoint: Endpoint,
  body: FakeChat,
  headers: Headers,
): ApiError | undefined {
  for (const check of CHECKS[endpoint]) {
    const error = check(body, headers);
    if (error) return error;
  }
  return undefined;
}

/** The status is assumed. */
function requireMessages({ messages }: FakeChat): ApiError | undefined {
  if (!Array.isArray(messages)) return badRequest("messages: Field required");
  if (messages.length === 0) {
    return badRequest("messages: at least one message is required");
  }
  if (messages.every(isItem)) return undefined;
  return badRequest("messages: every message must be an object");
}

/** The status is assumed. */
function requireInput({ input }: FakeChat): ApiError | undefined {
  if (typeof input === "string" && input !== "") return undefined;
  const isList = Array.isArray(input) && input.length > 0;
  if (isList && input.every(isItem)) return undefined;
  return badRequest("input: a text or a list of items is required");
}

/** That a list is required is known. The words are assumed. */
function requireTexts({ input }: FakeChat): ApiError | undefined {
  if (Array.isArray(input) && input.length > 0) return undefined;
  return badRequest("input: a list of texts is required");
}

/** That it is not supported is known. The words are assumed. */
function refuseServiceTier(body: FakeChat): ApiError | undefined {
  if (!Object.hasOwn(body, "service_tier")) return undefined;
  return badRequest("service_tier is not supported");
}

/** The words are assumed. */
function requireVisionHeader(
  body: FakeChat,
  headers: Headers,
): ApiError | undefined {
  const isAnnounced = headers.get("copilot-vision-request") === "true";
  if (isAnnounced || !hasImage(body)) return undefined;
  return badRequest(
    "missing required Copilot-Vision-Request header for vision requests",
  );
}

/** Values that VS Code sends. Which others Copilot accepts is not known. */
const KNOWN_BETAS: readonly string[] = [
  "interleaved-thinking-2025-05-14",
  "context-management-2025-06-27",
  "advanced-tool-use-2025-11-20",
];

/** Words and code are known. */
function refuseUnknownBeta(
  _body: FakeChat,
  headers: Headers,
): ApiError | undefined {
  const betas = (headers.get("anthropic-beta") ?? "").split(",")
    .map((beta) => beta.trim());
  const unknown = betas.filter((beta) => beta && !KNOWN_BETAS.includes(beta));
  if (unknown.length === 0) return undefined;
  return badRequest(`unsupported beta header(s): ${unknown.join(", ")}`);
}

/** The fields of Messages that Copilot accepts; `service_tier` is not one. */
const MESSAGES_FIELDS: readonly string[] = [
  "context_management",
  "max_tokens",
  "messages",
  "metadata",
  "model",
  "output_config",
  "stop_sequences",
  "stream",
  "system",
  "temperature",
  "thinking",
  "tool_choice",
  "tools",
  "top_k",
  "top_p",
];

/** The fields of a request that counts tokens. */
const COUNT_FIELDS: readonly string[] = [
  "context_management",
  "messages",
  "model",
  "output_config",
  "system",
  "thinking",
  "tool_choice",
  "tools",
];

/** The words are known, the code is assumed. */
function refuseUnknownField(body: FakeChat): ApiError | undefined {
  return refuseFieldsBeside(MESSAGES_FIELDS, body);
}

function refuseUnknownFieldOfCount(body: FakeChat): ApiError | undefined {
  return refuseFieldsBeside(COUNT_FIELDS, body);
}

function refuseFieldsBeside(
  known: readonly string[],
  body: FakeChat,
): ApiError | undefined {
  const unknown = Object.keys(body).find((field) => !known.includes(field));
  if (unknown === undefined) return undefined;
  return badRequest(`${unknown}: Extra inputs are not permitted`);
}

/** The status is assumed. */
function requireMaxTokens({ max_tokens }: FakeChat): ApiError | undefined {
  if (typeof max_tokens === "number" && max_tokens > 0) return undefined;
  return badRequest("max_tokens: Field required");
}

/** That it is rejected is known. The words are assumed. */
function refuseTrailingAssistant(body: FakeChat): ApiError | undefined {
  if (itemsOf(body).at(-1)?.role !== "assistant") return undefined;
  return badRequest("The conversation must end with a user message");
}
