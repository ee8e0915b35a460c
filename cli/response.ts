/**
 * Reads Copilot's responses: a refusal becomes an error, a body JSON.
 *
 * @module
 */

import { parseJSON } from "../internal/json.ts";
import { readStart } from "../internal/response_body.ts";
import { retryAfterDelay } from "../internal/retry_after.ts";

/** The messages about responses. */
export const RESPONSE_MESSAGES = {
  refused: (status: number, message: string) =>
    `Copilot refused the request: HTTP ${status}: ${message}`,
  refusedSilently: (status: number) =>
    `Copilot refused the request: HTTP ${status} without a message`,
  redirected: (status: number, host: string) =>
    `Copilot's response is a redirect (HTTP ${status}) to ${host}, which is not followed: it would receive the request.`,
  wait: (seconds: number) =>
    `Copilot asks to wait at least ${seconds} s before the next request.`,
  notJSON: (start: string) =>
    `Copilot's response is not a JSON object: ${start}`,
  empty: "Copilot's response is empty. Try again.",
  webPage: (title: string) =>
    `A web page was received instead of Copilot's response: ${title}`,
} as const;

/** A response of Copilot other than 2xx. */
export class RefusedRequest extends Error {
  /** Creates the error for a response's status, message, delay and code. */
  constructor(
    readonly status: number,
    message: string,
    /** In seconds, if Copilot names a delay. */
    readonly retryAfter: number | undefined,
    /** What a program can act on. */
    readonly code: string | undefined,
  ) {
    super(message);
  }
}

/** Longest body of a refusal that is read. */
const MAX_REFUSAL_BYTES = 100_000;

/** Throws a {@linkcode RefusedRequest} for a response other than 2xx. */
export async function assertAccepted(response: Response): Promise<void> {
  if (!response.ok) throw await readRefusal(response);
}

/** Reads a response other than 2xx. */
export async function readRefusal(response: Response): Promise<RefusedRequest> {
  const { status, headers } = response;
  const retryAfter = retryAfterDelay(headers, Date.now());
  const host = redirectHost(response);
  if (host !== undefined) {
    await response.body?.cancel();
    const message = RESPONSE_MESSAGES.redirected(status, host);
    return new RefusedRequest(status, message, retryAfter, undefined);
  }
  const text = (await readStart(response, MAX_REFUSAL_BYTES)).trim();
  const body = parseJSON(text);
  const reason = body ? errorMessage(body) : quote(text);
  const message = reason === ""
    ? RESPONSE_MESSAGES.refusedSilently(status)
    : RESPONSE_MESSAGES.refused(status, reason);
  return new RefusedRequest(status, message, retryAfter, errorCode(body));
}

/** The host of a redirect to another one, if the response is one. */
export function redirectHost(
  { status, headers }: Response,
): string | undefined {
  if (status < 300 || status > 399) return undefined;
  const location = headers.get("location") ?? "";
  return URL.canParse(location) && new URL(location).host || undefined;
}

/** The message of an error in the shapes of OpenAI, Anthropic and GitHub. */
export function errorMessage(body: Record<string, unknown>): string {
  const { error, message } = body;
  const inner = (error as { message?: unknown } | undefined)?.message;
  const texts = [inner, error, message];
  const text = texts.find((text) => typeof text === "string" && text);
  return text as string | undefined ?? JSON.stringify(body);
}

function errorCode(
  body: Record<string, unknown> | undefined,
): string | undefined {
  const error = body?.error as { code?: unknown } | undefined;
  return typeof error?.code === "string" ? error.code : undefined;
}

const MAX_QUOTED_LENGTH = 200;

/** The title of a web page, or the beginning of any other text. */
export function quote(text: string): string {
  return titleOf(text) ?? text.trim().slice(0, MAX_QUOTED_LENGTH);
}

function titleOf(text: string): string | undefined {
  return /<title[^<>]*>([^<]*)/i.exec(text)?.[1].trim() || undefined;
}

/** Parses a JSON object. A login page on the way may have replaced it. */
export function readObject(text: string): Record<string, unknown> {
  const object = parseJSON(text);
  if (object) return object;
  if (text.trim() === "") throw new Error(RESPONSE_MESSAGES.empty);
  const isPage = text.trimStart().startsWith("<");
  throw new Error(
    isPage
      ? RESPONSE_MESSAGES.webPage(quote(text))
      : RESPONSE_MESSAGES.notJSON(quote(text)),
  );
}
