/**
 * Failures of GitHub, of Copilot and of what lies between, to be answered with.
 *
 * @module
 */

import { waitAtMost, waitFor } from "../internal/waiting.ts";
import { type ApiError, errorResponse, textResponse } from "./api_errors.ts";
import type { FakeAnswer } from "./answers.ts";
import type { FakeFailures } from "./failure_types.ts";
import { addDate, addRequestId } from "./finish_response.ts";
import { noSubscription, refuse } from "./github.ts";
import { inPieces } from "./pieces.ts";

/**
 * Answers that are failures, for `answerNextRequest` and `answerNextExchange`.
 *
 * @example The subscription is used up
 * ```ts
 * import { createCopilotFetch } from "@copilot-fetch/core";
 * import { createFakeCopilot, failures } from "@copilot-fetch/core/testing";
 *
 * const fake = createFakeCopilot();
 * fake.answerNextRequest(failures.quotaExceeded());
 * const copilot = createCopilotFetch("ghu_any", fake);
 * const response = await copilot("/chat/completions", {
 *   method: "POST",
 *   body: JSON.stringify({
 *     model: "gpt-5-mini",
 *     messages: [{ role: "user", content: "Hello" }],
 *   }),
 * });
 * console.log(response.status); // 402
 * console.log((await response.json()).error.code); // "quota_exceeded"
 * ```
 */
export const failures: FakeFailures = {
  quotaExceeded(code = "quota_exceeded") {
    return apiError({ status: 402, message: "You have no quota", code });
  },

  rateLimited({ code = "rate_limited", retryAfter } = {}) {
    return apiError({
      status: 429,
      message: "Sorry, you have exceeded your rate limit",
      code,
      headers: retryAfterHeader(retryAfter),
    });
  },

  unauthorized(cause = "token") {
    if (cause === "token") {
      return text(401, "unauthorized: token expired");
    }
    const message = cause === "connection"
      ? "input item ID does not belong to this connection"
      : "Invalid auto-mode selector";
    return apiError({ status: 401, message });
  },

  withdrawnAPIVersion() {
    return text(466, "the API version is not supported");
  },

  internalError() {
    return apiError({ status: 500, message: "Internal server error" });
  },

  unavailable({ retryAfter } = {}) {
    return apiError({
      status: 503,
      message: "The upstream service is at its limit",
      headers: retryAfterHeader(retryAfter),
    });
  },

  badCredentials() {
    return gitHub(() => refuse(401, "Bad credentials"));
  },

  noSubscription(notificationId = "no_copilot_access") {
    return gitHub(() => noSubscription(notificationId));
  },

  primaryRateLimit({ resetAfter = 60 } = {}) {
    return gitHub(() =>
      refuse(403, "API rate limit exceeded for user ID 1.", {
        "x-ratelimit-remaining": "0",
        "x-ratelimit-reset": `${Math.ceil(Date.now() / 1000) + resetAfter}`,
      })
    );
  },

  secondaryRateLimit({ status = 403, retryAfter } = {}) {
    const message = "You have exceeded a secondary rate limit. " +
      "Please wait a few minutes before you try again.";
    return gitHub(() => refuse(status, message, retryAfterHeader(retryAfter)));
  },

  proxyPage(status = 502) {
    const html = "<!doctype html><title>Access denied</title>" +
      "<h1>Access denied</h1><p>The proxy did not forward the request.</p>";
    const headers = { "content-type": "text/html; charset=utf-8" };
    return () => new Response(html, { status, headers });
  },

  networkError() {
    return () => new TypeError("fetch failed");
  },

  hang() {
    return () => new Promise<never>(() => {});
  },

  endEarly({ after = 1, error = true } = {}) {
    return inPieces((index) => {
      if (index < after) return true;
      if (error) throw new TypeError("terminated");
      return false;
    });
  },

  stall({ after = 1 } = {}) {
    return inPieces(async (index, signal) => {
      if (index >= after) await waitFor(new Promise<never>(() => {}), signal);
      return true;
    });
  },

  slow({ milliseconds }) {
    return inPieces(async (_index, signal) => {
      await waitAtMost(milliseconds, new Promise<never>(() => {}), signal);
      return true;
    });
  },
};

function apiError(error: ApiError): FakeAnswer {
  return ({ url }) => addRequestId(errorResponse(new URL(url).pathname, error));
}

function text(status: number, body: string): FakeAnswer {
  return () => addRequestId(textResponse(status, body));
}

function gitHub(makeResponse: () => Response): FakeAnswer {
  return () => addDate(makeResponse());
}

function retryAfterHeader(
  retryAfter: number | Date | undefined,
): Record<string, string> {
  if (retryAfter === undefined) return {};
  const value = retryAfter instanceof Date
    ? retryAfter.toUTCString()
    : `${retryAfter}`;
  return { "retry-after": value };
}
