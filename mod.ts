/**
 * A `fetch` for GitHub Copilot. Give it to an SDK that accepts a custom
 * `fetch`, and the SDK uses your Copilot subscription.
 *
 * This package is not GitHub's, and GitHub documents little of this API.
 * Requests run on your own subscription, under GitHub's terms.
 *
 * A GitHub credential is exchanged for a token that is valid for about 30
 * minutes. If GitHub does not exchange its kind, the credential itself is the
 * token. Each request gets a valid token, the host that the token names, VS
 * Code's identity headers, and `X-Initiator`, which says whether a person or a
 * program started it. Tokens are kept in memory.
 *
 * ```
 * caller or SDK ── fetch ──▶ transport ── fetch ──▶ api.<plan>.githubcopilot.com
 *                               │ token?
 *                               ▼
 *                          TokenCache ── exchange ──▶ api.github.com
 * ```
 *
 * @example The OpenAI SDK with a Copilot subscription
 * ```ts
 * import { createClientOptions } from "@copilot-fetch/core";
 * import process from "node:process";
 * import OpenAI from "openai";
 *
 * const credential = process.env.COPILOT_GITHUB_TOKEN ?? "";
 * const openai = new OpenAI(createClientOptions(credential));
 * const { choices } = await openai.chat.completions.create({
 *   model: "gpt-5-mini",
 *   messages: [{ role: "user", content: "Why is the sky blue?" }],
 * });
 * console.log(choices[0].message.content);
 * ```
 *
 * @example A plain request
 * ```ts
 * import { createCopilotFetch } from "@copilot-fetch/core";
 * import { createFakeCopilot } from "@copilot-fetch/core/testing";
 *
 * // Omit `fetch`, and pass your own credential, to talk to GitHub.
 * const copilot = createCopilotFetch("ghu_demo", {
 *   fetch: createFakeCopilot().fetch,
 * });
 * const { data } = await (await copilot("/models")).json();
 * console.log(data.length > 0); // true
 * ```
 *
 * @module
 */

export {
  type AuthOption,
  type CopilotAuth,
  type CopilotToken,
  CopilotTokenError,
  type CopilotTokenErrorCode,
  type CopilotTokenErrorDetails,
  type ExchangeOptions,
  exchangeToken,
  type FetchLike,
  type InvalidateOptions,
  parseProxyEndpoint,
  type SealedStore,
  TokenCache,
  type TokenCacheOptions,
} from "./copilot_token.ts";
export {
  type ClientOptions,
  type CopilotFetchOptions,
  createClientOptions,
  createCopilotFetch,
  type GitHubCredential,
  type Initiator,
  type RequestOptions,
} from "./transport.ts";
