/**
 * How much of a Copilot plan is used: from the headers of responses, and from
 * GitHub.
 *
 * GitHub bills most plans by tokens, in AI credits, and some older ones by
 * premium requests.
 * [Billing](https://github.com/OWNER/copilot-fetch/blob/main/docs/billing.md)
 * explains both. All figures are GitHub's.
 *
 * @example What is left after a request
 * ```ts
 * import { createCopilotFetch } from "@copilot-fetch/core";
 * import { readQuota } from "@copilot-fetch/core/usage";
 * import { createFakeCopilot } from "@copilot-fetch/core/testing";
 *
 * // Omit `fetch`, and pass your own credential, to talk to GitHub.
 * const { fetch } = createFakeCopilot();
 * const copilot = createCopilotFetch("ghu_demo", { fetch });
 * const response = await copilot("/chat/completions", {
 *   method: "POST",
 *   body: JSON.stringify({
 *     model: "gpt-5-mini",
 *     messages: [{ role: "user", content: "Hi" }],
 *   }),
 * });
 * for (const { name, percentRemaining } of readQuota(response.headers)) {
 *   console.log(name, percentRemaining);
 * }
 * ```
 *
 * @module
 */

export { fetchUsage, type Usage, type UsageOptions } from "./fetch_usage.ts";
export { type Quota, readQuota } from "./quota.ts";
export type {
  AuthOption,
  CopilotAuth,
  CopilotFetchOptions,
  CopilotToken,
  ExchangeOptions,
  FetchLike,
  GitHubCredential,
  Initiator,
  InvalidateOptions,
  RequestOptions,
  TokenCache,
} from "../mod.ts";
