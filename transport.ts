/**
 * A `fetch` for Copilot, and the options that SDKs take.
 *
 * @module
 */

import {
  type CopilotToken,
  CopilotTokenError,
  type FetchLike,
  TokenCache,
} from "./copilot_token.ts";
import { errorResponse, isCausedByToken } from "./internal/copilot_response.ts";
import { defaultBaseURL } from "./internal/hosts.ts";
import {
  type Identity,
  identityHeaders,
  identityOf,
  INFERENCE_HEADERS,
  MODELS_API_VERSION,
} from "./internal/identity.ts";
import { inspectRequest } from "./internal/initiator.ts";
import {
  describeValue,
  invalidOption,
  ownOptions,
  type RequestOptions,
  type ResolvedRequestOptions,
  resolveRequestOptions,
} from "./internal/options.ts";
import {
  connectionOf,
  copyRequest,
  normalizeRequest,
  type OutgoingRequest,
} from "./internal/outgoing_request.ts";
import { discard } from "./internal/response_body.ts";
import { throwIfAborted, waitFor } from "./internal/shared_task.ts";

export type { Initiator } from "./internal/initiator.ts";
export type { RequestOptions } from "./internal/options.ts";

/**
 * A GitHub credential, or a function that returns one. The function is called
 * for every request, so it suits a credential that changes.
 */
export type GitHubCredential = string | (() => string | Promise<string>);

/** How requests are sent. Every option may be omitted. */
export interface CopilotFetchOptions extends RequestOptions {
  /**
   * Keeps the tokens.
   *
   * @default one cache per process
   */
  cache?: TokenCache;
}

/** The options that the OpenAI, Vercel AI, Anthropic and LangChain SDKs take. */
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

/** Options with defaults applied, every value checked, and headers prepared. */
interface ResolvedFetchOptions extends ResolvedRequestOptions {
  cache: TokenCache;
  /** The `headers` option; a request's own headers override it. */
  defaultHeaders: [name: string, value: string][];
  /** These override a request's own headers. */
  fixedHeaders: Record<Identity, Record<string, string>>;
}

const sharedCache = new TokenCache();

/**
 * Creates a `fetch` that sends its requests to GitHub Copilot.
 *
 * Each request gets a valid token, the token's host, VS Code's identity headers
 * and `X-Initiator`. Path, query, method, body and other headers stay. A path
 * alone, such as `"/models"`, is enough. After a 401 that the token caused, the
 * token is refreshed and the request repeated once; after a 421, the request is
 * repeated once at the other host that GitHub named. Any other response is
 * returned as it is, and redirects are not followed.
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
    const { signal } = request.init;
    throwIfAborted(signal);
    setRequestHeaders(request, resolved);
    const secret = typeof credential === "function"
      ? await waitFor(Promise.resolve(credential()), signal)
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
    baseURL: defaultBaseURL(domain, auth === "direct" ? auth : "exchange"),
    fetch: createCopilotFetch(credential, { ...own, exchangeErrors }),
  };
}

function resolveFetchOptions(
  options: CopilotFetchOptions,
): ResolvedFetchOptions {
  const resolved = resolveRequestOptions(options);
  const { cache = sharedCache } = ownOptions(options);
  const { headers } = resolved.exchange;
  return {
    ...resolved,
    cache: resolveCache(cache),
    defaultHeaders: Object.entries(headers),
    fixedHeaders: {
      editor: fixedHeaders("editor", headers),
      cli: fixedHeaders("cli", headers),
    },
  };
}

/** Checks the `cache` option. A second copy of this package has its own class. */
function resolveCache(cache: TokenCache): TokenCache {
  const isCache = typeof cache?.get === "function" &&
    typeof cache.invalidate === "function";
  if (isCache) return cache;
  throw invalidOption("cache", "a TokenCache", describeValue(cache));
}

/** The headers that every request carries, with the values of the option. */
function fixedHeaders(
  identity: Identity,
  option: Record<string, string>,
): Record<string, string> {
  const headers = { ...INFERENCE_HEADERS, ...identityHeaders(identity) };
  const entries = Object.entries(headers).map(([name, value]) => [
    name,
    option[name] ?? value,
  ]);
  return Object.fromEntries(entries);
}

/** Adds what Bun's `fetch` has besides being callable. */
function withStaticMembers(callable: FetchLike): typeof globalThis.fetch {
  const { preconnect } = globalThis.fetch as { preconnect?: unknown };
  const members = preconnect ? { preconnect } : {};
  return Object.assign(callable, members) as typeof globalThis.fetch;
}

/** Sends a request, and once more with a new token if the first is rejected. */
async function sendWithToken(
  request: OutgoingRequest,
  credential: string,
  options: ResolvedFetchOptions,
): Promise<Response> {
  const { init, isReplayable } = request;
  const { cache, exchange } = options;
  const exchangeOptions = {
    ...exchange,
    fetch: onConnectionOf(init, exchange.fetch),
    signal: init.signal,
  };
  const first = await cache.get(credential, exchangeOptions);
  const response = await sendToHost(request, first, options);
  const { domain, auth } = exchange;
  const rejected = { domain, auth, token: first };
  if (response.status === 421) {
    // The account may have moved: the next request gets a new token.
    cache.invalidate(credential, rejected);
    return response;
  }
  // A credential that Copilot itself refuses would be refused again.
  if (response.status !== 401 || first.auth === "direct") return response;
  if (!await isCausedByToken(response)) return response;
  // A rejected token is refreshed even if this request cannot be repeated.
  const mayRefresh = cache.invalidate(credential, rejected);
  if (!mayRefresh || !isReplayable) return response;
  const second = await cache.get(credential, exchangeOptions)
    .catch((error) => {
      discard(response);
      throw error;
    });
  // GitHub is down, so there is no other token.
  if (second.value === first.value) return response;
  discard(response);
  return await sendToHost(copyRequest(request), second, options);
}

/** The `fetch` of an exchange, on the connection that the caller chose. */
function onConnectionOf(
  init: RequestInit,
  fetch: FetchLike | undefined,
): FetchLike {
  return (input, exchangeInit) =>
    (fetch ?? globalThis.fetch)(input, {
      ...connectionOf(init),
      ...exchangeInit,
    });
}

/** Sends a request to the host of its token, and after a 421 to the other. */
async function sendToHost(
  request: OutgoingRequest,
  token: CopilotToken,
  options: ResolvedFetchOptions,
): Promise<Response> {
  const { baseURL, otherBaseURL } = token;
  const { exchange: { fetch } } = options;
  setTokenHeaders(request, token, options);
  const response = await send(request, baseURL, fetch);
  if (response.status !== 421) return response;
  if (!otherBaseURL || !request.isReplayable) return response;
  discard(response);
  const second = await send(copyRequest(request), otherBaseURL, fetch);
  if (second.status !== 421) {
    // The cache holds the same object, so later requests begin here.
    Object.assign(token, { baseURL: otherBaseURL, otherBaseURL: baseURL });
  }
  return second;
}

async function send(
  { pathname, search, init }: OutgoingRequest,
  baseURL: string,
  fetch: FetchLike = globalThis.fetch,
): Promise<Response> {
  throwIfAborted(init.signal);
  // Concatenated, not resolved: "//evil.com" must remain a path.
  return await fetch(baseURL + pathname + search, init);
}

/** Sets the headers that depend on the request alone. */
function setRequestHeaders(
  { pathname, init: { headers, body } }: OutgoingRequest,
  { initiator, exchange, defaultHeaders }: ResolvedFetchOptions,
): void {
  const conversation = inspectRequest(pathname, headers, body);
  if (conversation.hasImage) headers["copilot-vision-request"] = "true";
  const option = initiator === "auto"
    ? exchange.headers["x-initiator"]
    : initiator;
  // The request's own header takes precedence over the options and the body.
  const decided = headers["x-initiator"] ?? option ?? conversation.initiator;
  if (decided) headers["x-initiator"] = decided;
  for (const [name, value] of defaultHeaders) headers[name] ??= value;
  if (isModelsPath(pathname)) {
    headers["x-github-api-version"] ??= MODELS_API_VERSION;
  }
}

/** Whether a path is `/models` or below it. */
function isModelsPath(pathname: string): boolean {
  return /\/models(\/|$)/.test(pathname);
}

/** Sets the headers that depend on the token. */
function setTokenHeaders(
  { init: { headers } }: OutgoingRequest,
  token: CopilotToken,
  { fixedHeaders }: ResolvedFetchOptions,
): void {
  Object.assign(headers, fixedHeaders[identityOf(token.value)]);
  headers.authorization = `Bearer ${token.value}`;
}
