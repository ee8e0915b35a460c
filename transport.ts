import { abortable } from "./abortable.ts";
import {
  type CopilotFetch,
  CopilotTokenError,
  type ExchangeOptions,
  TokenCache,
} from "./copilot_token.ts";
import { readDomain, readTimeout } from "./exchange.ts";
import { type Initiator, tellTurn } from "./turn.ts";
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
 * Refuses a redirect, where the runtime can: workerd cannot. Node's fetch keeps
 * a copy of all that streams up, to send it once more behind a redirect, unless
 * a redirect is an error.
 */
let REFUSED: RequestRedirect = "manual";
try {
  REFUSED = new Request("https://localhost", { redirect: "error" }).redirect;
} catch {
  // It cannot.
}

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
 * @param pat The GitHub credential; it goes to GitHub alone, unless `auth` says
 * otherwise
 * @param options How requests are sent
 * @throws {TypeError} Where an option is not what it should be
 * @returns The `fetch`. It rejects with a {@linkcode CopilotTokenError} where
 * GitHub gives no token, and otherwise as the platform's does
 */
export function createCopilotFetch(
  pat: GitHubCredential,
  options: CopilotFetchOptions = {},
): CopilotFetch {
  const { cache = sharedCache, auth, initiator = "auto" } = options;
  // A mistake in the options is told here, where they are made.
  readDomain(options.domain);
  readTimeout(options.exchangeTimeout);
  if (!/^(auto|user|agent)$/.test(initiator)) {
    throw new TypeError("initiator must be auto, user or agent");
  }
  /** What every request says, whatever it is about. */
  const standing: Record<string, string> = {
    "openai-intent": OPENAI_INTENT,
    ...identityHeaders(auth, options.headers),
  };
  if (initiator !== "auto") standing["x-initiator"] = initiator;

  return async (input, init) => {
    const url = readURL((input as Request).url ?? input);
    // `fetch` takes a Request in both places.
    const source = [init, input].find((given) =>
      (given as Request)?.arrayBuffer
    );
    let request: RequestInit = source
      ? await readRequest(source as Request, init)
      : Object.assign({}, init);
    const { signal } = request;
    const body = request.body as Partial<ReadableStream> | undefined;
    signal?.throwIfAborted();
    const isSentOnce = body?.getReader || body?.[Symbol.asyncIterator];
    // Not every fetch leaves the token behind when a redirect leads to another
    // host, and none leaves the prompt behind.
    request.redirect = isSentOnce || request.redirect === "error"
      ? REFUSED
      : "manual";
    let headers = request.headers = new Headers(request.headers);
    const said = headers.get("x-initiator");
    tellTurn(headers, url.pathname, request.body);
    for (const name in standing) headers.set(name, standing[name]);
    if (said) headers.set("x-initiator", said);
    for (const name of ["x-api-key", "api-key", "host"]) headers.delete(name);
    const credential = typeof pat === "function"
      ? await abortable(pat(), signal)
      : pat;
    try {
      for (let attempt = 0;; attempt++) {
        // V8 assigns in half the time that it takes to spread.
        const token = await cache.get(
          credential,
          Object.assign({}, options, { signal }),
        );
        signal?.throwIfAborted();
        headers.set("authorization", "Bearer " + token.value);
        const { fetch = globalThis.fetch } = options;
        // Joined as text, a path cannot become a host.
        const target = token.baseURL + url.pathname + url.search;
        const response = await fetch(target, request);
        if (
          response.status !== 401 || attempt ||
          // A credential that Copilot itself refused would be refused again.
          auth === "direct" ||
          !cache.invalidate(credential, { ...options, token }) || isSentOnce
        ) return response;
        // A body of another make has no such method.
        response.body?.cancel?.().catch(() => {});
        // What was sent is out of our hands.
        headers = new Headers(headers);
        request = { ...request, headers };
      }
    } catch (error) {
      // A failure without a status is one that an SDK may try again.
      if (
        options.exchangeErrors !== "response" ||
        !(error instanceof CopilotTokenError) || !error.status
      ) throw error;
      const { code, message, status, retryAfter } = error;
      return Response.json(
        { error: { message, type: "copilot_token_error", code } },
        {
          status: status < 400 || status > 599 ? 502 : status,
          headers: retryAfter ? { "retry-after": `${retryAfter}` } : {},
        },
      );
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
 * @param pat The GitHub credential; it goes to GitHub alone, unless `auth` says
 * otherwise
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

/** Where a request goes, but for its host. */
function readURL(given: string | URL): URL {
  const isPath = (given as string)[0] === "/";
  const url = new URL(isPath ? defaultBaseURL("github.com") + given : given);
  if (/^https?:$/.test(url.protocol)) return url;
  throw new TypeError("Not an http(s) URL: " + url.protocol);
}

/**
 * What `fetch` makes of a Request and an init: what the init says goes before.
 * A body is read where it is JSON, and passes as a stream where it is not.
 */
async function readRequest(
  source: Request,
  init: RequestInit | undefined,
): Promise<RequestInit> {
  const request: RequestInit & Bag = { ...init };
  request.body ??= undefined; // a body that is null says nothing
  const given: Request & Bag = source as Request & Bag;
  for (const name in given) {
    if (request[name] === undefined && typeof given[name] !== "function") {
      request[name] = given[name];
    }
  }
  request.signal?.throwIfAborted();
  const type = source.headers.get("content-type") as string;
  if (
    source.body && request.body === source.body &&
    /[/+]json\b|^text\/plain/i.test(type)
  ) request.body = await abortable(source.arrayBuffer(), request.signal);
  return request;
}

/** Members by their names. */
interface Bag {
  [name: string]: unknown;
}
