/**
 * Converts an error of the exchange into a response that SDKs understand.
 *
 * @module
 */

import { type CopilotTokenError, isTransient } from "./errors.ts";

/** The shortest delay after which another exchange is made, in seconds. */
const MIN_RETRY_DELAY = 1;
/** The longest delay after which an SDK's own retry makes sense, in seconds. */
const MAX_RETRY_DELAY = 60;

/** Converts an error into a response that SDKs report, and retry if it helps. */
export function errorResponse(error: CopilotTokenError): Response {
  const { code, message, retryAfter } = error;
  const headers: Record<string, string> = {};
  const canRetryHelp = isTransient(error) &&
    (retryAfter ?? 0) <= MAX_RETRY_DELAY;
  if (!canRetryHelp) headers["x-should-retry"] = "false";
  // Without a delay, an SDK's first retry would fall into the cooldown.
  const delay = canRetryHelp ? retryAfter ?? MIN_RETRY_DELAY : retryAfter;
  if (delay !== undefined) headers["retry-after"] = `${delay}`;
  return Response.json(
    { type: "error", error: { code, message, type: "copilot_token_error" } },
    { status: statusOf(error), headers },
  );
}

/** GitHub's status, or one of those that every SDK retries. */
function statusOf({ code, status = 502 }: CopilotTokenError): number {
  if (code === "network") return 503;
  if (code === "timeout") return 504;
  const isError = status >= 400 && status < 600;
  return isError ? status : 502; // a redirect, or a response without a token
}
