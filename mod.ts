/**
 * A `fetch` for GitHub Copilot: give it to the SDK that you already use, and
 * that SDK runs on your Copilot seat.
 *
 * A GitHub credential is traded for a token that lives about half an hour.
 * Each request gets a fresh one, the host that it names, the identity headers
 * of VS Code, and a word on who started the turn. Tokens are kept in memory.
 *
 * ```
 * caller or SDK ── fetch ──▶ transport ── fetch ──▶ api.<plan>.githubcopilot.com
 *                               │ token?
 *                               ▼
 *                          TokenCache ── exchange ──▶ api.github.com
 * ```
 *
 * @example The OpenAI SDK on a Copilot seat
 * ```ts
 * import OpenAI from "npm:openai@^6";
 * import { createCopilotClient } from "@copilot-fetch/core";
 *
 * const openai = new OpenAI(
 *   createCopilotClient(Deno.env.get("COPILOT_GITHUB_TOKEN") ?? ""),
 * );
 * const { choices } = await openai.chat.completions.create({
 *   model: "gpt-4.1",
 *   messages: [{ role: "user", content: "Why is the sky blue?" }],
 * });
 * console.log(choices[0].message.content);
 * ```
 *
 * @example A plain call
 * ```ts
 * import { createCopilotFetch } from "@copilot-fetch/core";
 * import { createFakeCopilot } from "@copilot-fetch/core/testing";
 *
 * // Leave `fetch` out, and give your own credential, to talk to GitHub.
 * const copilot = createCopilotFetch("ghu_demo", {
 *   fetch: createFakeCopilot().fetch,
 * });
 * const { data } = await (await copilot("/models")).json();
 * console.log(data.length > 0); // true
 * ```
 *
 * Copilot's endpoints are not documented by GitHub. The requests run on your
 * own subscription, and GitHub's terms apply to them.
 *
 * @module
 */

export {
  type CopilotAuth,
  type CopilotFetch,
  type CopilotToken,
  CopilotTokenError,
  type CopilotTokenErrorCode,
  type CopilotTokenErrorDetails,
  type ExchangeOptions,
  exchangeToken,
  type InvalidateOptions,
  parseProxyEndpoint,
  TokenCache,
} from "./copilot_token.ts";
export {
  type CopilotClient,
  type CopilotFetchOptions,
  createCopilotClient,
  createCopilotFetch,
  type GitHubCredential,
  type Initiator,
} from "./transport.ts";
