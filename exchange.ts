import { abortable } from "./abortable.ts";
import {
  cleanCause,
  CopilotTokenError,
  type CopilotTokenErrorCode,
  type CopilotTokenErrorDetails,
  isRefusal,
  messagesOf,
  redact,
  refusalHint,
  waitHint,
} from "./copilot_token_error.ts";
import {
  accountURL,
  type CopilotAuth,
  defaultBaseURL,
  identityHeaders,
  isCleanHost,
} from "./wire.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;

/** How long a rate limit holds where GitHub does not say: its documentation. */
const UNTOLD_WAIT_SECONDS = 60;

/** How much of an answer an error shows. */
const SHOWN_CHARACTERS = 500;

/** A token for Copilot, and how long and where it is good. */
export interface CopilotToken {
  /** What stands behind `Bearer` in a request to Copilot. A secret. */
  value: string;
  /** Origin that the seat lives on: `https://api.business.githubcopilot.com`. */
  baseURL: string;
  /** When it should be renewed, in milliseconds since the epoch. */
  refreshAt: number;
  /** When it must not be used any more, in milliseconds since the epoch. */
  expiresAt: number;
}

/**
 * A `fetch`, as far as this package calls and offers one: the platform's, a
 * stub in a test, or another one laid over it.
 */
export type CopilotFetch = (
  input: string | URL | Request,
  init?: RequestInit,
) => Promise<Response>;

/** How a credential is traded for a token. */
export interface ExchangeOptions {
  /**
   * Carries the request.
   *
   * @default globalThis.fetch, looked up at each call
   */
  fetch?: CopilotFetch;
  /**
   * Where the account lives: `"acme.ghe.com"` for a tenant with data residency.
   *
   * @default "github.com"
   */
  domain?: string;
  /** Headers that are laid over the identity headers. */
  headers?: RequestInit["headers"];
  /**
   * `"exchange"` trades the credential for a token at GitHub. `"direct"` sends
   * the credential itself to Copilot, and asks GitHub only for the host.
   *
   * @default "exchange"
   */
  auth?: CopilotAuth;
  /**
   * Milliseconds for the whole exchange, the answer's body included.
   *
   * @default 30000
   */
  exchangeTimeout?: number;
  /** Ends the wait; the promise rejects with the signal's reason. */
  signal?: AbortSignal | null;
}

/**
 * Takes the API's origin out of a Copilot token.
 *
 * The first `proxy-ep` field names it; a leading `proxy.` is dropped. The
 * signature behind the last field does not belong to it. `undefined` where the
 * field is missing or is not a bare host name of two or more labels, with or
 * without a port.
 *
 * @example
 * ```ts
 * import { parseProxyEndpoint } from "@copilot-fetch/core";
 *
 * const token = "tid=1;proxy-ep=proxy.business.githubcopilot.com;st=dotcom:mac";
 * console.log(parseProxyEndpoint(token));
 * // "https://api.business.githubcopilot.com"
 * ```
 *
 * @param token The token, as GitHub sent it
 * @returns The origin, or `undefined`
 */
export function parseProxyEndpoint(token: string): string | undefined {
  const host = proxyField(token)?.replace(/^proxy\./, "");
  return host !== undefined && isCleanHost(host)
    ? `https://api.${host}`
    : undefined;
}

/** The first `proxy-ep` field, without a signature that may follow it. */
function proxyField(token: string): string | undefined {
  return /(?:^|;)proxy-ep=([^;:]*(?::\d{1,5}(?![^;:]))?)/.exec(token)?.[1];
}

/**
 * Trades a GitHub credential for a Copilot token, once: nothing is kept and
 * nothing is tried again. {@linkcode TokenCache} and `createCopilotFetch` do
 * both for you.
 *
 * With `auth: "direct"` the token's value is the credential, and GitHub is
 * asked for the host alone.
 *
 * @example
 * ```ts
 * import { exchangeToken } from "@copilot-fetch/core";
 * import { createFakeCopilot } from "@copilot-fetch/core/testing";
 *
 * const fake = createFakeCopilot({ plan: "business" });
 * const { baseURL } = await exchangeToken("ghu_demo", { fetch: fake.fetch });
 * console.log(baseURL); // "https://api.business.githubcopilot.com"
 * ```
 *
 * @param pat The credential: blanks around it are dropped
 * @param options How the exchange is made
 * @throws {CopilotTokenError} Where GitHub gives no token, and why
 * @throws {TypeError} Where an option is not what it should be
 */
export async function exchangeToken(
  pat: string,
  options: ExchangeOptions = {},
): Promise<CopilotToken> {
  options.signal?.throwIfAborted();
  return await new Exchange(pat, options).join(options);
}

/** An exchange for any number of waiters: the last one to leave cancels it. */
export class Exchange {
  /** Cancels the request, while there is one. */
  #controller?: AbortController = new AbortController();
  readonly #token: Promise<CopilotToken>;
  readonly #timeout: number;
  /** When it has to be over, on the clock that nobody sets; 0 when it is. */
  #overAt: number;
  #waiters = 0;
  #begin!: () => void;
  #end!: (error: unknown, token?: CopilotToken) => void;

  /**
   * Prepares it; the first to wait for it begins it. `onEnd` is told how it
   * ended before anybody who waits is.
   */
  constructor(
    pat: string,
    options: ExchangeOptions,
    onEnd?: (error: unknown, token?: CopilotToken) => void,
    isAgain?: boolean,
  ) {
    this.#timeout = readTimeout(options.exchangeTimeout);
    this.#overAt = performance.now() + this.#timeout;
    const { signal } = this.#controller!;
    this.#token = new Promise((resolve, reject) => {
      this.#end = (error, token) => {
        this.#overAt = 0;
        onEnd?.(error, token);
        token ? resolve(token) : reject(error);
      };
      this.#begin = async () => {
        // One that was cancelled takes a moment to end: there are never two.
        for (let turns = isAgain ? 8 : 0; turns > 0; turns--) await null;
        try {
          signal.throwIfAborted();
          this.#end(undefined, await request(pat, options, signal));
        } catch (error) {
          this.#end(error);
        }
        this.#controller = undefined;
      };
    });
    this.#token.catch(() => {}); // perhaps nobody waits any more
  }

  /**
   * Whether somebody waits for it, and it may still end: in workerd it dies
   * unsettled with the request that began it.
   */
  isUnderWay(): boolean {
    return this.#waiters > 0 && performance.now() < this.#overAt;
  }

  /** Waits until it ends, the time is up or the signal aborts. */
  async join(
    { signal, exchangeTimeout }: ExchangeOptions,
  ): Promise<CopilotToken> {
    const left = Math.ceil(this.#overAt - performance.now());
    const timeout = readTimeout(exchangeTimeout);
    // In this order, as `fetch` may lead back here.
    if (!this.#waiters++) this.#begin();
    try {
      return await abortable(
        this.#token,
        signal,
        Math.min(left, timeout),
        () => {
          // Who began it may find a fraction more than its time left.
          const isEarly = timeout < left && timeout < this.#timeout;
          if (isEarly) return timedOut(timeout);
          const error = timedOut(this.#timeout);
          this.#end(error);
          return error;
        },
      );
    } finally {
      if (!--this.#waiters) this.#controller?.abort();
    }
  }
}

/** Asks GitHub, and reads the answer. */
async function request(
  pat: string,
  { domain, auth, headers, fetch }: ExchangeOptions,
  signal: AbortSignal,
): Promise<CopilotToken> {
  const credential = readCredential(pat);
  const host = readDomain(domain);
  const identity = identityHeaders(auth, headers);
  identity.set("Accept", "application/json");
  identity.set("Authorization", `Bearer ${credential}`);
  try {
    // The clock is read before GitHub's: a slow answer prolongs no life.
    const now = Date.now();
    const response = await (fetch ?? globalThis.fetch)(accountURL(host, auth), {
      method: "GET",
      headers: identity,
      // A redirect is refused. workerd knows no `redirect: "error"`.
      redirect: "manual",
      signal,
    });
    const body = await response.text();
    return readAnswer(response, body, { credential, host, auth, now });
  } catch (error) {
    // Who cancelled it knows why.
    if (error instanceof CopilotTokenError || signal.aborted) throw error;
    const cause = cleanCause(error, credential);
    const said = messagesOf(cause).slice(0, SHOWN_CHARACTERS) || "failed";
    throw failure("network", ` exchange: ${said}`, { cause });
  }
}

/** What an answer is read against. */
interface Asked {
  credential: string;
  host: string;
  auth: CopilotAuth | undefined;
  now: number;
}

/** What a successful answer may hold; none of it can be relied upon. */
interface Answer {
  token?: unknown;
  expires_at?: unknown;
  refresh_in?: unknown;
  endpoints?: { api?: unknown } | null;
}

/** Makes a token of GitHub's answer, or an error that says why not. */
function readAnswer(
  { status, headers }: Response,
  body: string,
  { credential, host, auth, now }: Asked,
): CopilotToken {
  const code = codeOf(status, headers);
  // Whatever GitHub says of the account, Copilot has the last word.
  const isDirect = auth === "direct" && (!code || code === "no_access");
  if (code && !isDirect) {
    const retryAfter = secondsToWait(code, headers);
    const hint = retryAfter
      ? waitHint(retryAfter)
      : isRefusal(code)
      ? refusalHint(credential, auth, status, body)
      : status >= 300 && status < 400
      ? "A redirect is not followed: is the domain right?"
      : undefined;
    const shown = redact(body, credential).slice(0, SHOWN_CHARACTERS);
    throw failure(code, ` exchange: http ${status}: ${shown}`, {
      status,
      retryAfter,
      hint,
    });
  }
  const answer = parseAnswer(body) ?? (isDirect ? {} : { token: NaN });
  const value = isDirect ? credential : answer.token ?? "";
  if (value === "") throw unusable("empty");
  if (!isHeaderSafe(value)) {
    throw unusable("parse: no usable token in the answer");
  }
  const named = isDirect ? undefined : parseProxyEndpoint(value);
  const baseURL = (proxyField(value)?.startsWith("proxy.") && named) ||
    (!code && apiEndpoint(answer)) || named || defaultBaseURL(host, auth);
  return { value, baseURL, ...lifetime(isDirect ? {} : answer, now) };
}

/** The answer, where it is an object; `null` counts as one without members. */
function parseAnswer(body: string): Answer | undefined {
  try {
    const answer: unknown = JSON.parse(body) ?? {};
    if (typeof answer === "object" && !Array.isArray(answer)) {
      return answer as Answer;
    }
  } catch {
    // The parser's message quotes the answer, and with it perhaps a token.
  }
}

/** `endpoints.api` where it is a clean https origin without a user. */
function apiEndpoint({ endpoints }: Answer): string | undefined {
  const api = endpoints?.api;
  const host = typeof api === "string" &&
    /^https:\/\/([^/?#]+)/i.exec(api)?.[1];
  return host && isCleanHost(host) ? `https://${host}` : undefined;
}

/** The table of lifetimes: `refresh_in`, else `expires_at`, else a guess. */
function lifetime(
  { refresh_in, expires_at }: Answer,
  now: number,
): Pick<CopilotToken, "refreshAt" | "expiresAt"> {
  const margin = 5 * MINUTE;
  const renewal = milliseconds(refresh_in);
  const left = milliseconds(expires_at) - now;
  const life = Math.min(
    renewal ? renewal + margin : left > 0 ? left : 30 * MINUTE,
    DAY,
  );
  const expiresAt = now + life;
  return {
    refreshAt: expiresAt - (renewal ? margin : Math.min(margin, life / 2)),
    expiresAt,
  };
}

/** A positive number of seconds in milliseconds, and 0 for all else. */
function milliseconds(seconds: unknown): number {
  return Number.isFinite(seconds) ? Math.max(0, seconds as number * SECOND) : 0;
}

/** Why there is no token, unless there may be one. */
function codeOf(
  status: number,
  headers: Headers,
): CopilotTokenErrorCode | undefined {
  if (status === 200) return;
  if (status === 401) return "bad_credentials";
  if (
    status === 403 &&
    (headers.has("retry-after") || headers.get("x-ratelimit-remaining") === "0")
  ) status = 429;
  if (status === 429) return "rate_limited";
  return status < 400
    ? "invalid_response"
    : status < 500
    ? "no_access"
    : "unavailable";
}

/** For how many whole seconds GitHub asks to be left alone, at most a day. */
function secondsToWait(
  code: CopilotTokenErrorCode,
  headers: Headers,
): number | undefined {
  const isLimit = code === "rate_limited";
  if (!isLimit && code !== "unavailable") return;
  const header = (name: string) => headers.get(name) ?? "";
  // One of the two clocks may be hours off: the shorter wait is the safe one.
  const clocks = [Date.now(), Date.parse(header("date"))];
  const until = (time: number) =>
    Math.min(...clocks.map((now) => time - now).filter((wait) => wait > 0)) /
    SECOND;
  const told = header("retry-after");
  const seconds = [
    Number(told) || until(Date.parse(told)),
    isLimit ? until(Number(header("x-ratelimit-reset")) * SECOND) : 0,
    isLimit ? UNTOLD_WAIT_SECONDS : 0,
  ].find((wait) => wait > 0 && wait < Infinity);
  return seconds ? Math.min(Math.ceil(seconds), DAY / SECOND) : undefined;
}

/** The credential as it is sent, or an error that does not repeat it. */
export function readCredential(pat: string): string {
  const credential = typeof pat === "string" ? pat.trim() : "";
  if (isHeaderSafe(credential)) return credential;
  throw failure("bad_credentials", " exchange: no usable GitHub credential", {
    hint: "Set COPILOT_GITHUB_TOKEN to one line of ASCII",
  });
}

/** The domain as a bare, lower-case host name. */
export function readDomain(domain = "github.com"): string {
  if (domain === "github.com") return domain; // nearly always
  const host = /^(?:https:\/\/)?([^:/]+)\/?$/i.exec(`${domain}`)?.[1];
  if (host && isCleanHost(host)) return host.toLowerCase();
  // It is not repeated: it may be a credential that was put in its place.
  throw new TypeError('domain must be a host name such as "acme.ghe.com"');
}

/** The time limit, in milliseconds that a timer can keep. */
export function readTimeout(timeout = 30 * SECOND): number {
  if (timeout > 0) return Math.min(timeout, 20 * DAY);
  throw new TypeError(
    "exchangeTimeout must be a number of milliseconds above 0",
  );
}

/** What an exchange, or the wait for one, ends with when its time is up. */
function timedOut(timeout: number): CopilotTokenError {
  return failure("timeout", ` exchange: no answer within ${timeout} ms`);
}

/** Whether it is printable ASCII that no header parser trims. */
function isHeaderSafe(value: unknown): value is string {
  return typeof value === "string" && /^[!-~](?:[ -~]*[!-~])?$/.test(value);
}

function failure(
  code: CopilotTokenErrorCode,
  message: string,
  details?: Omit<CopilotTokenErrorDetails, "code">,
): CopilotTokenError {
  return new CopilotTokenError(`copilot token${message}`, { code, ...details });
}

function unusable(message: string): CopilotTokenError {
  return failure("invalid_response", `: ${message}`, { status: 200 });
}
