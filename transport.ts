import { abortable } from "./abortable.ts";
import {
  type CopilotFetch,
  CopilotTokenError,
  type ExchangeOptions,
  TokenCache,
} from "./copilot_token.ts";
import { readDomain, readTimeout } from "./exchange.ts";
import { redact } from "./copilot_token_error.ts";
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

/** What a path alone is read against; its host does not count. */
const BASE_URL = defaultBaseURL("github.com");

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
  const standing = standingHeaders(options);

  return async (input, init) => {
    const { url, request, json } = readRequest(input, init);
    const { signal } = request;
    signal?.throwIfAborted();
    if (json) request.body = await abortable(json.arrayBuffer(), signal);
    const isSentOnce = isStream(request.body);
    // Not every fetch leaves the token behind when a redirect leads to another
    // host, and none leaves the prompt behind.
    const redirect = isSentOnce ? STREAM_REDIRECT : "manual";
    if (request.redirect !== "error") request.redirect = redirect;
    let headers = requestHeaders(url, request, standing, options.initiator);
    const credential = typeof pat === "function"
      ? await abortable(pat(), signal)
      : pat;
    // V8 assigns in half the time that it takes to spread.
    const asking = Object.assign({}, options, { signal });
    try {
      for (let isRepeated = false;; isRepeated = true) {
        const token = await cache.get(credential, asking);
        signal?.throwIfAborted();
        headers.set("Authorization", `Bearer ${token.value}`);
        // Joined as text, a path cannot become a host, whatever it begins with.
        const target = token.baseURL + url.pathname + url.search;
        const fetch = options.fetch ?? globalThis.fetch;
        const response = await fetch(
          target,
          Object.assign({}, request, { headers }),
        );
        const isRefused = response.status === 401 && !isRepeated &&
          // A credential that Copilot itself refused would be refused again.
          auth !== "direct" &&
          cache.invalidate(credential, { ...options, token });
        if (!isRefused || isSentOnce) return response;
        // A body of another make has no such method.
        response.body?.cancel?.().catch(() => {});
        headers = new Headers(headers); // the first ones are out of our hands
      }
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
  const name = "github-copilot";
  return {
    name,
    apiKey: name,
    baseURL: defaultBaseURL(readDomain(domain), auth),
    fetch: createCopilotFetch(pat, { ...options, exchangeErrors }),
  };
}

/** What may be chosen. */
const CHOICES = {
  auth: ["exchange", "direct"],
  initiator: ["auto", "user", "agent"],
  exchangeErrors: ["throw", "response"],
};

/**
 * What every request says, whatever it is about. A mistake in the options is
 * told here, where they are made.
 */
function standingHeaders(options: CopilotFetchOptions): [string, string][] {
  readDomain(options.domain);
  readTimeout(options.exchangeTimeout);
  for (const [name, choices] of Object.entries(CHOICES)) {
    const chosen = options[name as keyof typeof CHOICES];
    if (chosen !== undefined && !choices.includes(chosen)) {
      const given = redact(`${chosen}`, "");
      throw new TypeError(
        `${name} must be ${choices.join(" or ")}, got ${given}`,
      );
    }
  }
  const standing = identityHeaders(options.auth, options.headers);
  return [["Openai-Intent", OPENAI_INTENT], ...standing];
}

/** The headers of one request, but for the token. */
function requestHeaders(
  { pathname }: URL,
  request: RequestInit,
  standing: [string, string][],
  initiator: CopilotFetchOptions["initiator"] = "auto",
): Headers {
  const headers = new Headers(request.headers);
  const said = headers.get("X-Initiator");
  const turn = readTurn(pathname, request.body);
  headers.set("X-Initiator", turn.initiator);
  for (const [name, value] of standing) headers.set(name, value);
  if (said || initiator !== "auto") {
    headers.set("X-Initiator", said || initiator);
  }
  if (turn.vision) headers.set("Copilot-Vision-Request", "true");
  for (const name of ["x-api-key", "api-key", "host"]) headers.delete(name);
  return headers;
}

/**
 * Reads what `fetch` was given, and changes nothing of it. `json` is where the
 * body is still to be read from.
 */
function readRequest(
  input: string | URL | Request,
  init: RequestInit | undefined,
): { url: URL; request: RequestInit; json?: Request } {
  // `fetch` takes a Request in both places.
  const source = [init, input].find(isRequest);
  const given = isRequest(input) ? input.url : `${input}`;
  // A base is parsed each time, and needed for a path alone.
  const url = new URL(
    given,
    /^https?:\/\//i.test(given) ? undefined : BASE_URL,
  );
  if (!/^https?:$/.test(url.protocol)) {
    throw new TypeError(`Not an http(s) URL: ${url.protocol}`);
  }
  const request: RequestInit & Bag = Object.assign({} as Bag, init);
  if (!source) return { url, request };
  // As in `fetch`, what init says goes before; a body that is null says nothing.
  request.body ??= undefined;
  for (const name in source) {
    const member = (source as Request & Bag)[name];
    if (member && typeof member !== "function" && request[name] === undefined) {
      request[name] = member;
    }
  }
  const type = source.headers.get("content-type") ?? "";
  const isJson = request.body === source.body &&
    /[/+]json\b|^text\/plain/i.test(type);
  return { url, request, json: isJson ? source : undefined };
}

/** Members by their names. */
interface Bag {
  [name: string]: unknown;
}

function isRequest(given: unknown): given is Request {
  return !!(given as Request | undefined)?.arrayBuffer;
}

/** Whether a body is gone once it has been sent. */
function isStream(body: unknown): boolean {
  const { getReader, [Symbol.asyncIterator]: iterator } = Object(body);
  return !!(getReader || iterator);
}

/** A failure that has an HTTP status, for an SDK to show; others have none. */
function toResponse(
  // A credential that could not even be sent has no status of GitHub's.
  { code, message, status = 401, retryAfter }: CopilotTokenError,
): Response | undefined {
  if (code === "network" || code === "timeout") return;
  const error = { message, type: "copilot_token_error", code };
  return Response.json({ error }, {
    status: status >= 400 && status < 600 ? status : 502,
    headers: retryAfter ? { "retry-after": `${retryAfter}` } : {},
  });
}
