/**
 * How much of a Copilot plan is used: from the headers of responses, and from
 * GitHub.
 *
 * GitHub bills most plans by tokens, in AI credits, and some older ones by
 * premium requests. All figures are GitHub's own.
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
