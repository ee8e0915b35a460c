/**
 * Which failures of GitHub and of Copilot there are, and what they say.
 *
 * @module
 */

import type { FakeAnswer } from "./answers.ts";

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
  /** 402 of Copilot: the quota is used up; `"quota_exceeded"` by default. */
  quotaExceeded(code?: FakeQuotaCode): FakeAnswer;
  /** 429 of Copilot: a limit of requests; `"rate_limited"` by default. */
  rateLimited(
    options?: FakeRetryAfter & { code?: FakeRateLimitCode },
  ): FakeAnswer;
  /** 401 of Copilot, caused by the token by default. */
  unauthorized(cause?: FakeUnauthorizedCause): FakeAnswer;
  /** 466 of Copilot: the API version of the request was withdrawn. */
  withdrawnAPIVersion(): FakeAnswer;
  /** 500 of Copilot. */
  internalError(): FakeAnswer;
  /**
   * 503 of Copilot: the model's provider is at its limit. By default there is no
   * `Retry-After`.
   */
  unavailable(options?: FakeRetryAfter): FakeAnswer;
  /** 401 of GitHub: the credential is unknown. */
  badCredentials(): FakeAnswer;
  /**
   * 403 of GitHub: the account has no subscription, `"no_copilot_access"` by
   * default, or another reason.
   */
  noSubscription(notificationId?: string): FakeAnswer;
  /**
   * 403 of GitHub, with the limit in headers. It ends after `resetAfter`
   * seconds, 60 by default.
   */
  primaryRateLimit(options?: { resetAfter?: number }): FakeAnswer;
  /**
   * 403 of GitHub by default, or 429; without `retryAfter` only the body names a
   * limit.
   */
  secondaryRateLimit(
    options?: FakeRetryAfter & { status?: 403 | 429 },
  ): FakeAnswer;
  /** The page of a proxy or of a network's login, as HTML; 502 by default. */
  proxyPage(status?: number): FakeAnswer;
  /** `fetch` rejects, as if there were no network. */
  networkError(): FakeAnswer;
  /** No response, until the request's signal aborts. */
  hang(): FakeAnswer;
  /**
   * The service's response, cut off after some pieces, 1 by default. A piece is
   * an event of a stream, or half of any other body. With `error: false` the
   * body ends as if it were complete; by default it fails.
   */
  endEarly(options?: { after?: number; error?: boolean }): FakeAnswer;
  /**
   * The service's response, which stops after some pieces, 1 by default, and does
   * not end.
   */
  stall(options?: { after?: number }): FakeAnswer;
  /** The service's response, with a pause before each piece. */
  slow(options: { milliseconds: number }): FakeAnswer;
}
