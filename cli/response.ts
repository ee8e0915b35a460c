/**
 * Reads Copilot's responses: a refusal becomes an error, a body JSON.
 *
 * @module
 */

import { retryAfterDelay } from "../internal/retry_after.ts";

/** The messages about responses. */
export const RESPONSE_MESSAGES = {
  refused: (status: number, message: string) =>
    `Copilot refused the request: HTTP ${status}: ${message}`,
  refusedSilently: (status: number) =>
    `Copilot refused the request: HTTP ${status} without a message`,
  redirected: (status: number, host: string) =>
    `Copilot's response is a redirect (HTTP ${status}) to ${host}, which is not followed: it would receive the prompt.`,
  wait: (seconds: number) =>
    `Copilot asks to wait at least ${seconds} s before the next request.`,
  notJSON: (start: string) => `Copilot's response is not JSON: ${start}`,
} as const;

/** A response of Copilot other than 2xx. */
export class RefusedRequest extends Error {
  /** Creates the error for a response's status and message. */
  constructor(
    readonly status: number,
    message: string,
    /** In seconds, if Copilot names a delay. */
    readonly retryAfter: number | undefined,
  ) {
    super(message);
  }
}

/** Throws a {@linkcode RefusedRequest} for a response other than 2xx. */
export async function assertAccepted(response: Response): Promise<void> {
  if (response.ok) return;
  const { status, headers } = response;
  const message = await describeRefusal(response);
  const retryAfter = retryAfterDelay(headers, Date.now());
  throw new RefusedRequest(status, message, retryAfter);
}

async function describeRefusal(response: Response): Promise<string> {
  const { status } = response;
  const host = redirectHost(response);
  if (host !== undefined) {
    await response.body?.cancel();
    return RESPONSE_MESSAGES.redirected(status, host);
  }
  const said = messageOf((await response.text()).trim());
  return said === ""
    ? RESPONSE_MESSAGES.refusedSilently(status)
    : RESPONSE_MESSAGES.refused(status, said);
}

/** The host of a redirect to another one, if the response is one. */
function redirectHost({ status, headers }: Response): string | undefined {
  if (status < 300 || status > 399) return undefined;
  const location = headers.get("location") ?? "";
  return URL.canParse(location) ? new URL(location).host : undefined;
}

/** The message in a refusal's body, in the shapes of OpenAI and of GitHub. */
function messageOf(body: string): string {
  const { error, message } = parseObject(body) ?? {};
  const inner = (error as { message?: unknown } | undefined)?.message;
  const texts = [inner, error, message];
  return texts.find((text) => typeof text === "string") as string ?? body;
}

const MAX_QUOTED_LENGTH = 200;

/** Parses a JSON object. A login page on the way may have replaced it. */
export function readObject(text: string): Record<string, unknown> {
  const object = parseObject(text);
  if (object) return object;
  const start = text.slice(0, MAX_QUOTED_LENGTH);
  throw new Error(RESPONSE_MESSAGES.notJSON(start));
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null
      ? value as Record<string, unknown>
      : undefined;
  } catch {
    return undefined;
  }
}
