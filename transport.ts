import { abortable } from "./abortable.ts";
import {
  type CopilotFetch,
  type CopilotToken,
  CopilotTokenError,
  type ExchangeOptions,
  TokenCache,
} from "./copilot_token.ts";
import { readDomain, readTimeout } from "./exchange.ts";
import { type Initiator, readTurn } from "./turn.ts";
import { defaultBaseURL, identityHeaders, OPENAI_INTENT } from "./wire.ts";

export type { Initiator } from "./turn.ts";

/**
 * A GitHub credential, or a function that is asked for it at each call: for
 * one that changes, or that is kept elsewhere.
 */
export type GitHubCredential = string | (() => string | Promise<string>);

/** How a Copilot `fetch` works; all of it may be left out. */
export interface CopilotFetchOptions extends Omit<ExchangeOptions, "signal"> {
  /**
   * Where tokens are kept.
   *
   * @default one cache for the whole process
   */
  cache?: TokenCache;
  /**
   * Who starts the turns. `"auto"` reads it from each request's body: a
   * person's prompt is `user`, which GitHub bills as a premium request, and
   * the rest of a turn is `agent`. A request's own `X-Initiator` goes before.
   *
   * @default "auto"
   */
  initiator?: "auto" | Initiator;
  /**
   * How a refused exchange reaches the caller: `"throw"` rejects with a
   * {@linkcode CopilotTokenError}; `"response"` resolves with a `Response` of
   * its status, which an SDK shows with its message and does not retry.
   * Failures of the network reject in both.
   *
   * @default "throw"; "response" in `createCopilotClient`
   */
  exchangeErrors?: "throw" | "response";
}

/** What the SDKs take: their options, or a part of them. */
export interface CopilotClient {
  /** Which provider this is. */
  name: "github-copilot";
  /** A placeholder, for SDKs that insist on one. Never the credential. */
  apiKey: string;
  /** Where the SDK's paths begin; the host of each request is the token's. */
  baseURL: string;
  /** The `fetch` that does the work. */
  fetch: CopilotFetch;
}

/**
 * Node's fetch keeps a copy of all that streams up, to send it once more behind
 * a redirect, unless a redirect is an error; workerd does not know that.
 */
const STREAM_REDIRECT = ((): RequestRedirect => {
  try {
    return new Request("https://localhost", { redirect: "error" }).redirect;
  } catch {
    return "manual";
  }
})();

/** Where tokens are kept unless the caller says otherwise. */
const sharedCache = new TokenCache();

/**
 * Makes a `fetch` that sends its requests to GitHub Copilot.
 *
 * Each gets a fresh token, the identity headers of VS Code, the host that the
 * token names, and a word on who started the turn. Path, query, method, body
 * and all other headers stay. A 401 from Copilot is met with a new token and
 * one repetition. The response is handed on as it is; a redirect is not
 * followed, so that neither token nor prompt reaches another host.
 *
 * @example
 * ```ts
 * import { createCopilotFetch } from "@copilot-fetch/core";
 * import { createFakeCopilot } from "@copilot-fetch/core/testing";
 *
 * // Leave `fetch` out, and give your own credential, to talk to GitHub.
 * const copilot = createCopilotFetch("ghu_demo", {
 *   fetch: createFakeCopilot().fetch,
 * });
 * const response = await copilot("/chat/completions", {
 *   method: "POST",
 *   headers: { "content-type": "application/json" },
 *   body: JSON.stringify({
 *     model: "gpt-4.1",
 *     messages: [{ role: "user", content: "Hello" }],
 *   }),
 * });
 * console.log((await response.json()).choices[0].message.content);
 * ```
 *
 * @param pat The GitHub credential; it goes to GitHub alone
 * @param options How requests are sent
 * @returns The `fetch`. It rejects with a {@linkcode CopilotTokenError} where
 * GitHub gives no token, and otherwise as the platform's does
 */
export function createCopilotFetch(
  pat: GitHubCredential,
  options: CopilotFetchOptions = {},
): CopilotFetch {
  const { cache = sharedCache, auth, exchangeErrors } = options;
  checkOptions(options);
  const standing = standingHeaders(options);

  return async (input, init) => {
    const { url, request } = await readRequest(input, init);
    const { signal } = request;
    let headers = requestHeaders(url, request, standing, options.initiator);
    const send = ({ baseURL, value }: CopilotToken): Promise<Response> => {
      signal?.throwIfAborted();
      headers.set("Authorization", `Bearer ${value}`);
      const fetch = options.fetch ?? globalThis.fetch;
      // Joined as text, a path cannot become a host, whatever it begins with.
      const target = baseURL + url.pathname + url.search;
      // Not every fetch leaves the token behind when a redirect leads to
      // another host, and none leaves the prompt behind.
      const redirect = request.redirect === "error"
        ? "error"
        : isStream(request.body)
        ? STREAM_REDIRECT
        : "manual";
      return fetch(target, { ...request, headers, redirect });
    };

    const credential = typeof pat === "function"
      ? await abortable(pat(), signal)
      : pat;
    const asking = { ...options, signal };
    try {
      const token = await cache.get(credential, asking);
      const response = await send(token);
      // A credential that Copilot itself refused would be refused again.
      if (response.status !== 401 || auth === "direct") return response;
      const renewable = cache.invalidate(credential, { ...options, token });
      if (!renewable || isStream(request.body)) return response;
      response.body?.cancel().catch(() => {});
      headers = new Headers(headers); // the first ones are out of our hands
      return await send(await cache.get(credential, asking));
    } catch (error) {
      const told = exchangeErrors === "response" &&
        error instanceof CopilotTokenError && toResponse(error);
      if (told) return told;
      throw error;
    }
  };
}

/**
 * Makes what the OpenAI, Vercel AI, Anthropic and LangChain SDKs take as their
 * options: `new OpenAI(createCopilotClient(credential))`.
 *
 * A refused exchange reaches the SDK as a response, so that it shows GitHub's
 * reason and does not try again; see `exchangeErrors`.
 *
 * @example
 * ```ts
 * import { createCopilotClient } from "@copilot-fetch/core";
 * import { createFakeCopilot } from "@copilot-fetch/core/testing";
 *
 * // Leave `fetch` out, and give your own credential, to talk to GitHub.
 * const { name, baseURL, fetch } = createCopilotClient("ghu_demo", {
 *   fetch: createFakeCopilot().fetch,
 * });
 * console.log(name); // "github-copilot"
 * console.log((await fetch(`${baseURL}/models`)).status); // 200
 * ```
 *
 * @param pat The GitHub credential; it goes to GitHub alone
 * @param options How requests are sent
 * @throws {TypeError} Where an option is not what it should be
 */
export function createCopilotClient(
  pat: GitHubCredential,
  options: CopilotFetchOptions = {},
): CopilotClient {
  const { domain, auth, exchangeErrors = "response" } = options;
  return {
    name: "github-copilot",
    apiKey: "github-copilot",
    baseURL: defaultBaseURL(readDomain(domain), auth),
    fetch: createCopilotFetch(pat, { ...options, exchangeErrors }),
  };
}

/** A mistake in the options is told where it is made. */
function checkOptions(options: CopilotFetchOptions): void {
  readDomain(options.domain);
  readTimeout(options.exchangeTimeout);
  checkChoice(options, "auth", ["exchange", "direct"]);
  checkChoice(options, "initiator", ["auto", "user", "agent"]);
  checkChoice(options, "exchangeErrors", ["throw", "response"]);
}

function checkChoice<Name extends keyof CopilotFetchOptions>(
  options: CopilotFetchOptions,
  name: Name,
  choices: readonly CopilotFetchOptions[Name][],
): void {
  const value = options[name];
  if (value === undefined || choices.includes(value)) return;
  throw new TypeError(
    `${name} must be ${choices.map((choice) => `"${choice}"`).join(" or ")}, ` +
      `got ${JSON.stringify(value)}`,
  );
}

/** What every request says, whatever it is about. */
function standingHeaders(
  { auth, headers }: CopilotFetchOptions,
): [name: string, value: string][] {
  const standing: [string, string][] = [["Openai-Intent", OPENAI_INTENT]];
  identityHeaders(auth, headers).forEach((value, name) =>
    standing.push([name, value])
  );
  return standing;
}

/** The headers of one request, but for the token. */
function requestHeaders(
  { pathname }: URL,
  { headers: given, body }: RequestInit,
  standing: readonly [string, string][],
  initiator: CopilotFetchOptions["initiator"] = "auto",
): Headers {
  const headers = new Headers(given);
  const said = headers.get("X-Initiator");
  for (const [name, value] of standing) headers.set(name, value);
  const turn = readTurn(pathname, body);
  headers.set(
    "X-Initiator",
    said ||
      (initiator === "auto"
        ? headers.get("X-Initiator") || turn.initiator
        : initiator),
  );
  if (turn.vision) headers.set("Copilot-Vision-Request", "true");
  for (const name of ["x-api-key", "api-key", "host"]) headers.delete(name);
  return headers;
}

/** Reads what `fetch` was given, and changes nothing of it. */
async function readRequest(
  input: string | URL | Request,
  init: RequestInit | undefined,
): Promise<{ url: URL; request: RequestInit }> {
  const url = new URL(
    isRequest(input) ? input.url : `${input}`,
    defaultBaseURL("github.com"),
  );
  if (!/^https?:$/.test(url.protocol)) {
    throw new TypeError(
      `Only http(s) URLs lead to Copilot, got ${url.protocol}`,
    );
  }
  // `fetch` takes a Request in both places.
  const source = [init, input].find(isRequest);
  const request: Bag & RequestInit = source === init ? {} : { ...init };
  if (!source) {
    request.signal?.throwIfAborted();
    return { url, request };
  }
  // As in `fetch`, what init says goes before; a body that is null says nothing.
  if (request.body === null) delete request.body;
  for (const name in source) {
    const member = (source as Request & Bag)[name];
    if (member && typeof member !== "function" && request[name] === undefined) {
      request[name] = member;
    }
  }
  request.signal?.throwIfAborted();
  const type = source.headers.get("content-type") ?? "";
  if (request.body === source.body && /[/+]json\b|^text\/plain/i.test(type)) {
    request.body = await abortable(source.arrayBuffer(), request.signal);
  }
  return { url, request };
}

/** Members by their names. */
interface Bag {
  [name: string]: unknown;
}

function isRequest(given: unknown): given is Request {
  return typeof given === "object" && given !== null && "arrayBuffer" in given;
}

/** Whether a body is gone once it has been sent. */
function isStream(body: unknown): boolean {
  return typeof body === "object" && body !== null &&
    ("getReader" in body || Symbol.asyncIterator in body);
}

/** A failure that has an HTTP status, for an SDK to show; others have none. */
function toResponse(
  { code, message, status, retryAfter }: CopilotTokenError,
): Response | undefined {
  if (code === "network" || code === "timeout") return;
  const headers = new Headers({ "content-type": "application/json" });
  if (retryAfter !== undefined) headers.set("retry-after", `${retryAfter}`);
  const error = { message, type: "copilot_token_error", code };
  return new Response(JSON.stringify({ error }), {
    // A credential that could not even be sent has no status of GitHub's.
    status: code === "invalid_response" ? 502 : Math.min(status ?? 401, 599),
    headers,
  });
}
