/**
 * Failures of GitHub, of Copilot and of what lies between, to be answered with.
 *
 * @module
 */

import { waitAtMost, waitFor } from "../internal/waiting.ts";
import { type ApiError, errorResponse, textResponse } from "./api_errors.ts";
import type { FakeAnswer } from "./answers.ts";
import { addDate, addRequestId } from "./finish_response.ts";
import { noSubscription, refuse } from "./github.ts";
import { inPieces } from "./pieces.ts";

/**
 * Why Copilot responds with 402. No retry helps.
 *
 * @example A session's quota is used up
 * ```ts
 * import { createCopilotFetch } from "@copilot-fetch/core";
 * import {
 *   createFakeCopilot,
 *   failures,
 *   type FakeQuotaCode,
 * } from "@copilot-fetch/core/testing";
 *
 * const code: FakeQuotaCode = "session_quota_exceeded";
 * const fake = createFakeCopilot();
 * fake.answerNextRequest(failures.quotaExceeded(code));
 * const copilot = createCopilotFetch("ghu_any", fake);
 * const response = await copilot("/chat/completions", { method: "POST" });
 * const { error } = await response.json();
 * console.log(response.status, error.code); // 402 "session_quota_exceeded"
 * ```
 */
export type FakeQuotaCode =
  | "quota_exceeded"
  | "session_quota_exceeded"
  | "free_quota_exceeded"
  | "overage_limit_reached"
  | "billing_not_configured";

/**
 * Why Copilot responds with 429. Some have a suffix after a colon.
 *
 * @example A model that has too many requests
 * ```ts
 * import { createCopilotFetch } from "@copilot-fetch/core";
 * import {
 *   createFakeCopilot,
 *   failures,
 *   type FakeRateLimitCode,
 * } from "@copilot-fetch/core/testing";
 *
 * const code: FakeRateLimitCode = "model_overloaded";
 * const fake = createFakeCopilot();
 * fake.answerNextRequest(failures.rateLimited({ code }));
 * const copilot = createCopilotFetch("ghu_any", fake);
 * const response = await copilot("/chat/completions", { method: "POST" });
 * const { error } = await response.json();
 * console.log(response.status, error.code); // 429 "model_overloaded"
 * ```
 */
export type FakeRateLimitCode =
  | "rate_limited"
  | "user_model_rate_limited"
  | "user_global_rate_limited"
  | "user_weekly_rate_limited"
  | "integration_rate_limited"
  | "model_overloaded"
  | `${string}:${string}`;

/**
 * Why Copilot responds with 401: the token has expired, or the request names
 * something that is not the connection's, or an unknown selector. A new token
 * helps in the first case alone.
 *
 * @example A new token does not help
 * ```ts
 * import { createCopilotFetch } from "@copilot-fetch/core";
 * import {
 *   createFakeCopilot,
 *   failures,
 *   type FakeUnauthorizedCause,
 * } from "@copilot-fetch/core/testing";
 *
 * const cause: FakeUnauthorizedCause = "connection";
 * const fake = createFakeCopilot();
 * fake.answerNextRequest(failures.unauthorized(cause));
 * const copilot = createCopilotFetch("ghu_any", fake);
 * const { status } = await copilot("/responses", { method: "POST" });
 * console.log(status, fake.requests.length); // 401 1
 * ```
 */
export type FakeUnauthorizedCause = "token" | "connection" | "selector";

/**
 * When a limit ends.
 *
 * @example GitHub limits the exchanges
 * ```ts
 * import { exchangeToken } from "@copilot-fetch/core";
 * import {
 *   createFakeCopilot,
 *   failures,
 *   type FakeRetryAfter,
 * } from "@copilot-fetch/core/testing";
 *
 * const limit: FakeRetryAfter = { retryAfter: 30 };
 * const { fetch, answerNextExchange } = createFakeCopilot();
 * answerNextExchange(failures.secondaryRateLimit(limit));
 * const error = await exchangeToken("ghu_any", { fetch }).catch((e) => e);
 * console.log(error.code, error.retryAfter); // "rate_limited" 30
 * ```
 */
export interface FakeRetryAfter {
  /**
   * The header `Retry-After`: a number of seconds, or a date.
   *
   * @default none: there is no such header
   */
  retryAfter?: number | Date;
}

/**
 * Makes answers that are failures.
 *
 * @example One test for several failures
 * ```ts
 * import { createCopilotFetch } from "@copilot-fetch/core";
 * import {
 *   createFakeCopilot,
 *   failures,
 *   type FakeFailures,
 * } from "@copilot-fetch/core/testing";
 *
 * const names = [
 *   "internalError",
 *   "unavailable",
 * ] satisfies (keyof FakeFailures)[];
 * const fake = createFakeCopilot();
 * const copilot = createCopilotFetch("ghu_any", fake);
 * const statuses: number[] = [];
 * for (const name of names) {
 *   fake.answerNextRequest(failures[name]());
 *   statuses.push((await copilot("/models")).status);
 * }
 * console.log(statuses.join()); // "500,503"
 * ```
 */
export interface FakeFailures {
  /** 402 of Copilot: the quota is used up. */
  quotaExceeded(code?: FakeQuotaCode): FakeAnswer;
  /** 429 of Copilot: a limit of requests. */
  rateLimited(
    options?: FakeRetryAfter & { code?: FakeRateLimitCode },
  ): FakeAnswer;
  /** 401 of Copilot. */
  unauthorized(cause?: FakeUnauthorizedCause): FakeAnswer;
  /** 466 of Copilot: the API version of the request was withdrawn. */
  withdrawnAPIVersion(): FakeAnswer;
  /** 500 of Copilot. */
  internalError(): FakeAnswer;
  /** 503 of Copilot: the model's provider is at its limit. */
  unavailable(options?: FakeRetryAfter): FakeAnswer;
  /** 401 of GitHub: the credential is unknown. */
  badCredentials(): FakeAnswer;
  /** 403 of GitHub: the account has no subscription, or another reason. */
  noSubscription(notificationId?: string): FakeAnswer;
  /**
   * 403 of GitHub, with the limit in headers. It ends after `resetAfter`
   * seconds, 60 by default.
   */
  primaryRateLimit(options?: { resetAfter?: number }): FakeAnswer;
  /** 403 or 429 of GitHub; without `retryAfter` only the body names a limit. */
  secondaryRateLimit(
    options?: FakeRetryAfter & { status?: 403 | 429 },
  ): FakeAnswer;
  /** The page of a proxy or of a network's login, as HTML. */
  proxyPage(status?: number): FakeAnswer;
  /** `fetch` rejects, as if there were no network. */
  networkError(): FakeAnswer;
  /** No response, until the request's signal aborts. */
  hang(): FakeAnswer;
  /**
   * The service's response, cut off after some pieces. A piece is an event of a
   * stream, or half of any other body. With `error: false` the body ends as if
   * it were complete, otherwise it fails.
   */
  endEarly(options?: { after?: number; error?: boolean }): FakeAnswer;
  /** The service's response, which stops after some pieces and does not end. */
  stall(options?: { after?: number }): FakeAnswer;
  /** The service's response, with a pause before each piece. */
  slow(options: { milliseconds: number }): FakeAnswer;
}

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
