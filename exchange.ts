import { abortable } from "./abortable.ts";
import {
  failure,
  isRefusal,
  redact,
  refusalHint,
  waitHint,
} from "./copilot_token_error.ts";
import {
  accountURL,
  type CopilotAuth,
  defaultBaseURL,
  identityHeaders,
  originOf,
} from "./wire.ts";

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;

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
  return originOf(proxyField(token)[2])?.replace("//", "//api.");
}

/**
 * The first `proxy-ep` field: its `proxy.`, where it has one, and the host
 * behind, without a signature that may follow it.
 */
function proxyField(token: string): (string | undefined)[] {
  return /(?:^|;)proxy-ep=(proxy\.)?([^;:]*(:\d{1,5}(?![^;:]))?)/.exec(token) ??
    [];
}

/**
 * The credential as it is sent, or an error that does not repeat it. No
 * credential has a blank or a quote in it: one that has got it by mistake.
 */
export function readCredential(pat: string): string {
  const credential = typeof pat === "string" ? pat.trim() : "";
  if (/^[!#-&(-_a-~]+$/.test(credential)) return credential;
  throw failure("bad_credentials", " exchange: no usable credential", {
    status: 401,
    hint: 'Set COPILOT_GITHUB_TOKEN, without quotes or "Bearer"',
  });
}

/** Whether it is printable ASCII that no header parser trims. */
function isHeaderSafe(value: unknown): value is string {
  return typeof value === "string" && /^[!-~]([ -~]*[!-~])?$/.test(value);
}

/** The domain as a bare, lower-case host name. */
export function readDomain(domain = "github.com"): string {
  if (domain === "github.com") return domain; // nearly always
  const host = `${domain}`.toLowerCase().replace(/^https:\/\/|\/$/g, "");
  if (originOf(host) && !host.includes(":")) return host;
  // It is not repeated: it may be a credential that was put in its place.
  throw new TypeError("domain must be a host name");
}

/** The time limit, in milliseconds that a timer can keep. */
export function readTimeout(timeout = 30 * SECOND): number {
  if (timeout > 0) return Math.min(timeout, 20 * DAY);
  throw new TypeError("exchangeTimeout must be above 0");
}

/** Throws why there is no token, unless there may be one. */
function throwRefused(
  { status, headers }: Response,
  body: string,
  credential: string,
  auth: CopilotAuth | undefined,
): void {
  if (status === 200) return;
  const told = headers.get("retry-after");
  const isLimit = status === 429 ||
    status === 403 && (!!told || headers.get("x-ratelimit-remaining") === "0");
  const code = isLimit
    ? "rate_limited"
    : status === 401
    ? "bad_credentials"
    : status < 400
    ? "invalid_response"
    : status < 500
    ? "no_access"
    : "unavailable";
  // Whatever GitHub says of the account, Copilot has the last word.
  if (auth === "direct" && code === "no_access") return;
  const seconds = [
    Number(told),
    isLimit
      ? Number(headers.get("x-ratelimit-reset")) - Date.now() / SECOND
      : 0,
    isLimit ? 60 : 0, // where GitHub does not say: its documentation
  ].find((wait) => wait > 0);
  const retryAfter = seconds && Math.ceil(seconds);
  throw failure(
    code,
    ` exchange: http ${status}: ${redact(body, credential)}`,
    {
      status,
      ...(retryAfter
        ? { retryAfter, hint: waitHint(retryAfter) }
        : isRefusal(code) &&
          { hint: refusalHint(credential, auth, status, body) }),
    },
  );
}

/** What a successful answer may hold; none of it can be relied upon. */
interface Answer {
  token?: unknown;
  expires_at?: number;
  refresh_in?: number;
  endpoints?: { api?: string } | null;
}

/** The table of lifetimes: `refresh_in`, else `expires_at`, else a guess. */
function lifetime(
  { refresh_in, expires_at }: Answer,
  now: number,
): Pick<CopilotToken, "refreshAt" | "expiresAt"> {
  const margin = 5 * MINUTE;
  const renewal = Number.isFinite(refresh_in)
    ? Math.max(0, refresh_in! * SECOND)
    : 0;
  const left = Number.isFinite(expires_at) ? expires_at! * SECOND - now : 0;
  const life = Math.min(
    renewal ? renewal + margin : left > 0 ? left : 30 * MINUTE,
    DAY,
  );
  return {
    refreshAt: now + life - (renewal ? margin : Math.min(margin, life / 2)),
    expiresAt: now + life,
  };
}

/** Asks GitHub, and reads the answer. */
async function request(
  pat: string,
  { domain, auth, headers, fetch = globalThis.fetch }: ExchangeOptions,
  signal: AbortSignal,
  turns: number,
): Promise<CopilotToken> {
  while (turns--) await null;
  signal.throwIfAborted();
  const credential = readCredential(pat);
  const host = readDomain(domain);
  // The clock is read before GitHub's: a slow answer prolongs no life.
  const now = Date.now();
  const sent = {
    ...identityHeaders(auth, headers),
    accept: "application/json",
    authorization: "Bearer " + credential,
  };
  let response, body;
  try {
    response = await fetch(accountURL(host, auth), {
      method: "GET",
      headers: sent,
      // A redirect is refused. workerd knows no `redirect: "error"`.
      redirect: "manual",
      signal,
    });
    body = await response.text();
  } catch (error) {
    signal.throwIfAborted(); // who cancelled it knows why
    const { cause: inner, code = inner?.code } = Object(error);
    const say = (thrown: Partial<Error> & { code?: string }) =>
      thrown?.message || thrown?.code || "failed";
    const told = inner ? `${say(error!)}: ${say(inner)}` : say(error!);
    const cause: Error & { code?: string } = new Error(
      redact(told, credential),
    );
    if (code) cause.code = redact(code, credential);
    throw failure("network", " exchange: " + cause.message, { cause });
  }
  throwRefused(response, body, credential, auth);
  let answer: Answer = { token: NaN };
  let api: string | undefined;
  try {
    answer = Object(JSON.parse(body));
    api = /^https:\/\/([^/?#]+)/i.exec(answer.endpoints!.api!)![1];
  } catch {
    // It is no JSON, or names no host. What the parser says quotes the answer,
    // and with it perhaps a token.
  }
  const value = auth === "direct" ? credential : answer.token ?? "";
  if (!isHeaderSafe(value)) {
    throw failure(
      "invalid_response",
      value === "" ? ": empty" : ": parse: no usable token",
      { status: 200 },
    );
  }
  const named = auth === "direct" ? undefined : parseProxyEndpoint(value);
  return {
    value,
    baseURL: (proxyField(value)[1] && named) || originOf(api) || named ||
      defaultBaseURL(host, auth),
    ...lifetime(auth === "direct" ? {} : answer, now),
  };
}

/** An exchange that any number of callers wait for. */
export interface Exchange {
  /** How it ends. Who asks first is told before those who wait. */
  token: Promise<CopilotToken>;
  /**
   * Whether somebody waits for it, and it may still end: in workerd it dies
   * unsettled with the request that began it.
   */
  isUnderWay(): boolean;
  /** Waits until it ends, the time is up or the signal aborts. */
  join(options: ExchangeOptions): Promise<CopilotToken>;
}

/**
 * Begins an exchange after so many turns of the event loop's microtasks, so that
 * a `fetch` that leads back here finds it under way. The last waiter to leave
 * cancels it.
 */
export function beginExchange(
  pat: string,
  options: ExchangeOptions,
  turns: number,
): Exchange {
  const controller = new AbortController();
  const running = controller.signal;
  // On the clock that nobody sets.
  const overAt = performance.now() + readTimeout(options.exchangeTimeout);
  let waiters = 0;
  const cancel = (reason?: unknown) => {
    try {
      controller.abort(reason);
    } catch {
      // In workerd it may be out of reach, as that of another request.
    }
  };
  const token = abortable(request(pat, options, running, turns), running);

  return {
    token,
    isUnderWay: () => waiters > 0 && performance.now() < overAt,
    join({ signal, exchangeTimeout }) {
      const left = overAt - performance.now();
      const timeout = readTimeout(exchangeTimeout);
      waiters++;
      return abortable(token, signal, (leave) =>
        setTimeout(() => {
          const error = failure(
            "timeout",
            " exchange: no answer in time",
          );
          leave(error);
          if (left <= timeout) cancel(error);
        }, Math.min(left, timeout))).catch((error) => {
          if (!--waiters) cancel();
          throw error;
        });
    },
  };
}
