import { abortable } from "./abortable.ts";
import {
  cleanCause,
  CopilotTokenError,
  type CopilotTokenErrorCode,
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
  const credential = readCredential(pat);
  const domain = readDomain(options.domain);
  const timeout = readTimeout(options.exchangeTimeout);
  const { auth, signal } = options;
  signal?.throwIfAborted();

  const fetch = options.fetch ?? globalThis.fetch;
  const headers = identityHeaders(auth, options.headers);
  headers.set("Accept", "application/json");
  headers.set("Authorization", `Bearer ${credential}`);

  // The clock is read before GitHub's: a slow answer does not prolong a life.
  const now = Date.now();
  const controller = new AbortController();
  const answer = async () => {
    const response = await fetch(accountURL(domain, auth), {
      method: "GET",
      headers,
      // A redirect is refused. workerd knows no `redirect: "error"`.
      redirect: "manual",
      signal: controller.signal,
    });
    const body = await response.text();
    return readAnswer(response, body, { credential, domain, auth, now });
  };
  try {
    return await abortable(answer(), signal, timeout, () => timedOut(timeout));
  } catch (error) {
    // Whatever is still under way, nobody waits for it.
    controller.abort();
    if (error instanceof CopilotTokenError) throw error;
    if (signal?.aborted) throw signal.reason;
    const cause = cleanCause(error, credential);
    throw failure("network", describe(cause), { cause });
  }
}

/** What an answer is read against. */
interface Asked {
  credential: string;
  domain: string;
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
  { credential, domain, auth, now }: Asked,
): CopilotToken {
  const answer = parseAnswer(body);
  const fallback = defaultBaseURL(domain, auth);
  const code = status === 200 ? undefined : codeOf(status, headers);
  // Whatever GitHub says of the account, Copilot has the last word.
  if (auth === "direct" && (!code || code === "no_access")) {
    const baseURL = (code ? undefined : apiEndpoint(answer)) ?? fallback;
    return { value: credential, baseURL, ...lifetime({}, now) };
  }
  if (code) {
    const shown = redact(body, credential).slice(0, SHOWN_CHARACTERS);
    const retryAfter = secondsToWait(code, headers);
    throw failure(code, `http ${status}: ${shown}`, {
      status,
      retryAfter,
      hint: retryAfter !== undefined
        ? waitHint(retryAfter)
        : code === "bad_credentials" || code === "no_access"
        ? refusalHint(credential, auth, status, body)
        : status >= 300 && status < 400
        ? "A redirect is not followed: is the domain right?"
        : undefined,
    });
  }
  if (answer === undefined) {
    throw unusable(": parse: the answer is not a JSON object");
  }
  const { token } = answer;
  if (token === undefined || token === null || token === "") {
    throw unusable(": empty");
  }
  if (typeof token !== "string") {
    throw unusable(`: parse: token is not a string but a ${typeof token}`);
  }
  if (!isHeaderSafe(token)) {
    throw unusable(": parse: token cannot stand in a header");
  }
  const named = parseProxyEndpoint(token);
  const baseURL = (proxyField(token)?.startsWith("proxy.") && named) ||
    apiEndpoint(answer) || named || fallback;
  return { value: token, baseURL, ...lifetime(answer, now) };
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
function apiEndpoint(answer: Answer | undefined): string | undefined {
  const api = answer?.endpoints?.api;
  if (typeof api !== "string" || !URL.canParse(api)) return;
  const { protocol, username, password, host } = new URL(api);
  return protocol === "https:" && !username && !password && isCleanHost(host)
    ? `https://${host}`
    : undefined;
}

/** The table of lifetimes: `refresh_in`, else `expires_at`, else a guess. */
function lifetime(
  { refresh_in, expires_at }: Answer,
  now: number,
): Pick<CopilotToken, "refreshAt" | "expiresAt"> {
  const margin = 5 * MINUTE;
  if (isFiniteNumber(refresh_in) && refresh_in > 0) {
    const refreshAt = now + Math.min(refresh_in * SECOND, DAY - margin);
    return { refreshAt, expiresAt: refreshAt + margin };
  }
  const left = isFiniteNumber(expires_at) ? expires_at * SECOND - now : 0;
  const life = left > 0 ? Math.min(left, DAY) : 30 * MINUTE;
  return {
    refreshAt: now + life - Math.min(margin, life / 2),
    expiresAt: now + life,
  };
}

function isFiniteNumber(value: unknown): value is number {
  return Number.isFinite(value);
}

function codeOf(status: number, headers: Headers): CopilotTokenErrorCode {
  if (status === 429 || (status === 403 && isRateLimit(headers))) {
    return "rate_limited";
  }
  if (status === 401) return "bad_credentials";
  if (status >= 400 && status < 500) return "no_access";
  return status >= 500 ? "unavailable" : "invalid_response";
}

function isRateLimit(headers: Headers): boolean {
  return headers.has("retry-after") ||
    headers.get("x-ratelimit-remaining") === "0";
}

/** For how many whole seconds GitHub asks to be left alone, at most a day. */
function secondsToWait(
  code: CopilotTokenErrorCode,
  headers: Headers,
): number | undefined {
  if (code !== "rate_limited" && code !== "unavailable") return;
  // One of the two clocks may be hours off: the shorter wait is the safe one.
  const clocks = [Date.now(), Date.parse(headers.get("date") ?? "")];
  const until = (time: number) =>
    Math.min(...clocks.map((now) => time - now).filter((wait) => wait > 0)) /
    SECOND;
  const retryAfter = headers.get("retry-after") ?? "";
  const reset = Number(headers.get("x-ratelimit-reset")) * SECOND;
  const limited = code === "rate_limited";
  const seconds = [
    /^\d+$/.test(retryAfter) ? +retryAfter : until(Date.parse(retryAfter)),
    limited && until(reset),
    limited && UNTOLD_WAIT_SECONDS,
  ].find((wait) => wait && wait < Infinity);
  return seconds ? Math.min(Math.ceil(seconds), DAY / SECOND) : undefined;
}

/** The credential as it is sent, or an error that does not repeat it. */
export function readCredential(pat: string): string {
  const credential = typeof pat === "string" ? pat.trim() : "";
  if (isHeaderSafe(credential)) return credential;
  throw credential === ""
    ? failure("bad_credentials", "there is no GitHub credential", {
      hint: "Set COPILOT_GITHUB_TOKEN, or hand one over",
    })
    : failure("bad_credentials", "the GitHub credential cannot be sent", {
      hint: "It holds a line break or a character that is not ASCII",
    });
}

/** The domain as a bare, lower-case host name. */
export function readDomain(domain = "github.com"): string {
  if (domain === "github.com") return domain; // nearly always
  const host = /^(?:https:\/\/)?([^:/]+)\/?$/i.exec(`${domain}`)?.[1];
  if (host !== undefined && isCleanHost(host)) return host.toLowerCase();
  throw new TypeError(
    `domain must be a host name such as "acme.ghe.com", got "${
      // A credential may have been put in its place, or stand in front of it.
      redact(`${domain}`.replace(/.*@/s, "***@"), "")}"`,
  );
}

/** The time limit, in milliseconds that a timer can keep. */
export function readTimeout(timeout = 30 * SECOND): number {
  if (timeout > 0) return Math.min(timeout, 20 * DAY);
  throw new TypeError(
    `exchangeTimeout must be a positive number of milliseconds, got ${timeout}`,
  );
}

/** What an exchange, or the wait for one, ends with when its time is up. */
export function timedOut(timeout: number): CopilotTokenError {
  return failure("timeout", `no answer within ${timeout} ms`);
}

/** Printable ASCII that no header parser trims. */
function isHeaderSafe(value: string): boolean {
  return /^[!-~](?:[ -~]*[!-~])?$/.test(value);
}

function failure(
  code: CopilotTokenErrorCode,
  message: string,
  details: {
    status?: number;
    retryAfter?: number;
    hint?: string;
    cause?: unknown;
  } = {},
): CopilotTokenError {
  return new CopilotTokenError(`copilot token exchange: ${message}`, {
    code,
    ...details,
  });
}

function unusable(message: string): CopilotTokenError {
  return new CopilotTokenError(`copilot token${message}`, {
    code: "invalid_response",
    status: 200,
  });
}

/** One line of a cleaned error and its causes: `fetch failed: ECONNRESET`. */
function describe(cause: unknown): string {
  const said: string[] = [];
  for (let at = cause; at instanceof Error; at = at.cause) {
    const message = at.message || (at as { code?: string }).code;
    if (message && !said.includes(message)) said.push(message);
  }
  return said.join(": ").slice(0, SHOWN_CHARACTERS) ||
    (typeof cause === "string" ? cause.slice(0, SHOWN_CHARACTERS) : "failed");
}
