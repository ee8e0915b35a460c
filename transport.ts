/**
 * A `fetch` for Copilot, and the options that SDKs take.
 *
 * @module
 */

import {
  type CopilotToken,
  CopilotTokenError,
  type ExchangeOptions,
  type FetchLike,
  TokenCache,
} from "./copilot_token.ts";
import { errorResponse } from "./internal/error_response.ts";
import { defaultBaseURL } from "./internal/hosts.ts";
import type { RequestOptions } from "./internal/option_types.ts";
import {
  invalidOption,
  ownOptions,
  type ResolvedExchangeOptions,
  type ResolvedRequestOptions,
  resolveRequestOptions,
} from "./internal/options.ts";
import {
  connectionOf,
  copyRequest,
  normalizeRequest,
  type OutgoingRequest,
} from "./internal/outgoing_request.ts";
import { setRequestHeaders } from "./internal/request_headers.ts";
import { discard } from "./internal/response_body.ts";
import { sendToHost } from "./internal/send_to_host.ts";
import { isCausedByToken } from "./internal/unauthorized_cause.ts";
import { waitFor } from "./internal/waiting.ts";

export type { Initiator } from "./internal/initiator.ts";
export type { RequestOptions } from "./internal/option_types.ts";

/**
 * A GitHub credential, or a function that returns one. The function is called
 * for every request, so it suits a credential that changes.
 *
 * @example A credential that changes
 * ```ts
 * import {
 *   createCopilotFetch,
 *   type GitHubCredential,
 * } from "@copilot-fetch/core";
 * import { createFakeCopilot } from "@copilot-fetch/core/testing";
 *
 * let current = "ghu_old";
 * const credential: GitHubCredential = () => current;
 * const fake = createFakeCopilot();
 * const copilot = createCopilotFetch(credential, fake);
 * await copilot("/models");
 * current = "ghu_new";
 * await copilot("/models");
 * // Each of the two credentials was exchanged.
 * console.log(fake.exchanges.length); // 2
 * ```
 */
export type GitHubCredential = string | (() => string | Promise<string>);

/**
 * How requests are sent. Every option may be omitted.
 *
 * @example A program that no person waits for
 * ```ts
 * import {
 *   type CopilotFetchOptions,
 *   createCopilotFetch,
 *   TokenCache,
 * } from "@copilot-fetch/core";
 * import { createFakeCopilot } from "@copilot-fetch/core/testing";
 *
 * const fake = createFakeCopilot();
 * const options: CopilotFetchOptions = {
 *   cache: new TokenCache(),
 *   initiator: "agent",
 *   // Omit `fetch`, and pass your own credential, to talk to GitHub.
 *   fetch: fake.fetch,
 * };
 * const copilot = createCopilotFetch("ghu_demo", options);
 * await copilot("/models");
 * console.log(fake.requests[0].headers.get("x-initiator")); // "agent"
 * ```
 */
export interface CopilotFetchOptions extends RequestOptions {
  /**
   * Keeps the tokens.
   *
   * @default one cache per process
   */
  cache?: TokenCache;
}

/**
 * The options that the OpenAI, Vercel AI, Anthropic and LangChain SDKs take.
 *
 * @example A function that takes the options of any SDK
 * ```ts
 * import {
 *   type ClientOptions,
 *   createClientOptions,
 * } from "@copilot-fetch/core";
 * import { createFakeCopilot } from "@copilot-fetch/core/testing";
 *
 * async function countModels({ baseURL, fetch }: ClientOptions) {
 *   const response = await fetch(`${baseURL}/models`);
 *   const { data } = await response.json();
 *   return data.length;
 * }
 * const { fetch } = createFakeCopilot({ models: ["gpt-5-mini"] });
 * const options = createClientOptions("ghu_demo", { fetch });
 * console.log(await countModels(options)); // 1
 * ```
 */
export interface ClientOptions {
  /** The provider's name, for SDKs that require one. */
  name: "github-copilot";
  /** A placeholder, for SDKs that require a key. Never the credential. */
  apiKey: string;
  /** A valid URL of Copilot. `fetch` replaces its host by the token's. */
  baseURL: string;
  /** What `createCopilotFetch` returns. */
  fetch: typeof globalThis.fetch;
}

/** Options with defaults applied and every value checked. */
interface ResolvedFetchOptions extends ResolvedRequestOptions {
  cache: TokenCache;
}

const sharedCache = new TokenCache();

/**
 * Creates a `fetch` that sends its requests to GitHub Copilot.
 *
 * Each request gets a valid token, the token's host, VS Code's identity headers
 * and `X-Initiator`. Path, query, method, body and other headers stay. A path
 * alone, such as `"/models"`, is enough.
 *
 * A request whose body is not a stream is repeated once in three cases:
 *
 * | status | repeated |
 * | --- | --- |
 * | 401 that the token caused | with a new token |
 * | 421 | at the other host: the second that GitHub named, or, with a direct credential, that of every plan |
 * | 466 | without the `X-GitHub-Api-Version` that was added on `/models` |
 *
 * Any other response is returned as it is, and redirects are not followed. A
 * 466 that is returned means that Copilot has withdrawn a version which the
 * request named, or no longer accepts this version of the package.
 *
 * @example
 * ```ts
 * import { createCopilotFetch } from "@copilot-fetch/core";
 * import { createFakeCopilot } from "@copilot-fetch/core/testing";
 *
 * // Omit `fetch`, and pass your own credential, to talk to GitHub.
 * const copilot = createCopilotFetch("ghu_demo", {
 *   fetch: createFakeCopilot().fetch,
 * });
 * const response = await copilot("/chat/completions", {
 *   method: "POST",
 *   headers: { "content-type": "application/json" },
 *   body: JSON.stringify({
 *     model: "gpt-5-mini",
 *     messages: [{ role: "user", content: "Hello" }],
 *   }),
 * });
 * console.log((await response.json()).choices[0].message.content);
 * ```
 *
 * @param credential The GitHub credential, or a function that returns it
 * @param options How requests are sent; checked and copied here
 * @returns The `fetch`. It rejects with a {@linkcode CopilotTokenError} if
 * GitHub gives no token, with the signal's reason if that aborts, and otherwise
 * as the platform's `fetch` does
 * @throws {TypeError} If an option is invalid
 */
export function createCopilotFetch(
  credential: GitHubCredential,
  options: CopilotFetchOptions = {},
): typeof globalThis.fetch {
  const resolved = resolveFetchOptions(options);
  return withStaticMembers(async (input, init) => {
    const request = await normalizeRequest(input, init);
    setRequestHeaders(request, resolved.initiator, resolved.exchange.headers);
    const secret = typeof credential === "function"
      ? await waitFor(Promise.resolve(credential()), request.init.signal)
      : credential;
    try {
      return await sendWithToken(request, secret, resolved);
    } catch (error) {
      if (resolved.exchangeErrors === "throw") throw error;
      if (!(error instanceof CopilotTokenError)) throw error;
      return errorResponse(error);
    }
  });
}

/**
 * Creates the options of an SDK: `new OpenAI(createClientOptions(credential))`.
 *
 * An exchange that GitHub refuses becomes a `Response`, so that the SDK shows
 * the reason, and retries only where that can help; see `exchangeErrors`.
 *
 * @example
 * ```ts
 * import { createClientOptions } from "@copilot-fetch/core";
 * import { createFakeCopilot } from "@copilot-fetch/core/testing";
 *
 * // Omit `fetch`, and pass your own credential, to talk to GitHub.
 * const { name, baseURL, fetch } = createClientOptions("ghu_demo", {
 *   fetch: createFakeCopilot().fetch,
 * });
 * console.log(name); // "github-copilot"
 * console.log((await fetch(`${baseURL}/models`)).status); // 200
 * ```
 *
 * @param credential The GitHub credential, or a function that returns it
 * @param options How requests are sent; checked and copied here
 * @throws {TypeError} If an option is invalid
 */
export function createClientOptions(
  credential: GitHubCredential,
  options: CopilotFetchOptions = {},
): ClientOptions {
  const own = ownOptions(options);
  const { exchange: { domain, auth } } = resolveRequestOptions(own);
  const { exchangeErrors = "response" } = own;
  const name = "github-copilot";
  return {
    name,
    apiKey: name,
    // The token names the host; this one only has to be valid.
    baseURL: defaultBaseURL(domain, auth),
    fetch: createCopilotFetch(credential, { ...own, exchangeErrors }),
  };
}

function resolveFetchOptions(
  options: CopilotFetchOptions,
): ResolvedFetchOptions {
  const own = ownOptions(options);
  return { ...resolveRequestOptions(own), cache: resolveCache(own.cache) };
}

/** Checks the `cache` option. A second copy of this package has its own class. */
function resolveCache(cache: TokenCache = sharedCache): TokenCache {
  if (typeof cache?.invalidate === "function") return cache;
  throw invalidOption("cache", "a TokenCache", cache);
}

/** Adds what Bun's `fetch` has besides being callable. */
function withStaticMembers(callable: FetchLike): typeof globalThis.fetch {
  // There may be no global `fetch`: the option is enough.
  const { preconnect } = (globalThis.fetch ?? {}) as { preconnect?: unknown };
  const members = preconnect && { preconnect };
  return Object.assign(callable, members) as typeof globalThis.fetch;
}

/** Sends a request, and once more with a new token if the first is rejected. */
async function sendWithToken(
  request: OutgoingRequest,
  credential: string,
  options: ResolvedFetchOptions,
): Promise<Response> {
  const { cache, exchange } = options;
  const exchangeOptions = exchangeOptionsOf(request, exchange);
  const first = await cache.get(credential, exchangeOptions);
  const { baseURL } = first;
  const response = await sendToHost(request, first, exchange);
  const invalidateToken = () =>
    cache.invalidate(credential, { ...exchange, token: first });
  // The account may have moved: the next request gets a new token, unless there
  // is another host at which it begins.
  if (response.status === 421 && first.baseURL === baseURL) invalidateToken();
  // A credential that Copilot itself refuses would be refused again.
  if (response.status !== 401 || first.auth === "direct") return response;
  let second: CopilotToken;
  try {
    const { signal } = request.init;
    if (!await waitFor(isCausedByToken(response), signal)) return response;
    // A rejected token is refreshed even if this request cannot be repeated.
    if (!invalidateToken() || !request.isReplayable) return response;
    second = await cache.get(credential, exchangeOptions);
  } catch (error) {
    discard(response);
    throw error;
  }
  // GitHub is down, so there is no other token.
  if (second.value === first.value) return response;
  discard(response);
  return await sendToHost(copyRequest(request), second, exchange);
}

/** The options of an exchange, on the connection that the caller chose. */
function exchangeOptionsOf(
  { init }: OutgoingRequest,
  exchange: ResolvedExchangeOptions,
): ExchangeOptions {
  return {
    ...exchange,
    signal: init.signal,
    fetch: (input, exchangeInit) => {
      const { fetch = globalThis.fetch } = exchange;
      return fetch(input, { ...connectionOf(init), ...exchangeInit });
    },
  };
}
