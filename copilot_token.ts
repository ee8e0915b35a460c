import { abortable } from "./abortable.ts";
import {
  CopilotTokenError,
  isRefusal,
  withRetryAfter,
} from "./copilot_token_error.ts";
import {
  type CopilotToken,
  type ExchangeOptions,
  exchangeToken,
  readCredential,
  readDomain,
  readTimeout,
  timedOut,
} from "./exchange.ts";

export {
  CopilotTokenError,
  type CopilotTokenErrorCode,
  type CopilotTokenErrorDetails,
} from "./copilot_token_error.ts";
export {
  type CopilotFetch,
  type CopilotToken,
  type ExchangeOptions,
  exchangeToken,
  parseProxyEndpoint,
} from "./exchange.ts";
export type { CopilotAuth } from "./wire.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** How long a renewal that failed is not tried again, unless GitHub says. */
const PAUSE_SECONDS = 30;

/** Which token a {@linkcode TokenCache.invalidate} is about. */
export interface InvalidateOptions
  extends Pick<ExchangeOptions, "domain" | "auth"> {
  /**
   * The token that did not work; a newer one is kept.
   *
   * @default whichever is kept
   */
  token?: CopilotToken;
}

/** An exchange under way, and how many wait for it. */
interface Exchange {
  token?: Promise<CopilotToken>;
  readonly controller: AbortController;
  /** When it has to be over, on the clock that nobody sets. */
  readonly overAt: number;
  /** Set as soon as its time is up, before the promise can tell. */
  timedOut?: CopilotTokenError;
  waiters: number;
}

/** All that is known of one credential at one domain. */
interface Entry {
  token?: CopilotToken;
  /** When the token was asked for; an earlier now means a changed clock. */
  since: number;
  /** The mutex: while it is there, whoever comes waits for it. */
  exchange?: Exchange;
  /** How the last attempt failed, and when the next one may start. */
  pause?: { error: CopilotTokenError; since: number; until: number };
  /** When a token was last dropped because Copilot refused it. */
  forcedAt: number;
}

/** Rejects the wait for an exchange that will not end: the next one may. */
const AGAIN = Symbol("again");

/**
 * Keeps the tokens of any number of credentials in memory, and renews each
 * before it expires.
 *
 * One exchange is under way for a credential at a time; whoever asks meanwhile
 * shares how it ends. No timer runs while nothing is asked for.
 *
 * | the token | `get` |
 * | --- | --- |
 * | is fresh | returns it |
 * | is in its last two minutes before `refreshAt` | returns it, and renews in the background |
 * | is between `refreshAt` and `expiresAt` | renews first; returns the old one if that fails for a passing reason |
 * | is missing or dead | waits for an exchange |
 *
 * After a renewal that failed the next one waits 30 seconds, or as long as
 * GitHub asked.
 *
 * @example A cache of its own for one part of a program
 * ```ts
 * import { createCopilotFetch, TokenCache } from "@copilot-fetch/core";
 * import { createFakeCopilot } from "@copilot-fetch/core/testing";
 *
 * const { fetch, exchanges } = createFakeCopilot();
 * const cache = new TokenCache();
 * const copilot = createCopilotFetch("ghu_demo", { cache, fetch });
 * await Promise.all([copilot("/models"), copilot("/models")]);
 * console.log(exchanges.length); // 1
 * ```
 */
export class TokenCache {
  readonly #entries = new Map<string, Entry>();
  #sweptAt = 0;

  /**
   * Gets the token for a credential: the one that is kept, or a new one.
   *
   * @param pat The credential
   * @param options How a new one would be asked for. `signal` ends this wait
   * alone, not that of others
   * @throws {CopilotTokenError} Where GitHub gives no token, and why
   * @throws {TypeError} Where an option is not what it should be
   */
  async get(
    pat: string,
    options: ExchangeOptions = {},
  ): Promise<CopilotToken> {
    const key = keyOf(pat, options);
    const timeout = readTimeout(options.exchangeTimeout);

    while (true) {
      options.signal?.throwIfAborted();
      const now = Date.now();
      const entry = this.#entries.get(key) ?? this.#add(key, now);
      const { token } = entry;
      const pause = pauseOf(entry, now);
      switch (windowOf(entry, now)) {
        case "fresh":
          return token!;
        case "advisory":
          // Nobody leaves the background, so nothing cancels this one.
          if (!pause && !underWay(entry)) begin(entry, pat, options, 1);
          return token!;
        case "mandatory":
          if (!pause) break;
          if (isRefusal(pause.error)) throw pause.error;
          return token!;
        case "none":
          // Without a token only a wait that GitHub asked for is kept, and
          // one behind an exchange that was forced.
          if (pause?.error.retryAfter) {
            const left = Math.ceil((pause.until - now) / SECOND);
            throw withRetryAfter(pause.error, left);
          }
          if (pause && isWithin(MINUTE, entry.forcedAt, now)) throw pause.error;
      }
      try {
        const exchange = underWay(entry) ?? begin(entry, pat, options, 0);
        return await join(entry, exchange, options.signal, timeout);
      } catch (error) {
        if (error === AGAIN) continue;
        const old = this.#entries.get(key)?.token;
        if (
          error instanceof CopilotTokenError && !isRefusal(error) &&
          old && Date.now() < old.expiresAt
        ) return old;
        throw error;
      }
    }
  }

  /**
   * Drops a token that Copilot refused before its time.
   *
   * At most one exchange a minute is forced in this way for a credential.
   *
   * @param pat The credential
   * @param options Which of its tokens
   * @returns Whether `get` may now have another one
   */
  invalidate(pat: string, options: InvalidateOptions = {}): boolean {
    const entry = this.#entries.get(keyOf(pat, options));
    const { token } = options;
    if (!entry || (token && token.value !== entry.token?.value)) return true;
    // A renewal that is under way is not a forced one.
    if (!underWay(entry)) {
      const now = Date.now();
      // Without an exchange, a token that is refused is no worse than none.
      if (
        isWithin(MINUTE, entry.forcedAt, now) ||
        pauseOf(entry, now)?.error.retryAfter
      ) return false;
      entry.forcedAt = now;
    }
    delete entry.token;
    return true;
  }

  /** Forgets all tokens. Exchanges under way end for those who wait. */
  clear(): void {
    this.#entries.clear();
  }

  /** Puts an entry in, and drops dead ones, at most once a minute. */
  #add(key: string, now: number): Entry {
    if (!isWithin(MINUTE, this.#sweptAt, now)) {
      this.#sweptAt = now;
      for (const [key, entry] of this.#entries) {
        const alive = windowOf(entry, now) !== "none" || underWay(entry) ||
          pauseOf(entry, now) || isWithin(MINUTE, entry.forcedAt, now);
        if (!alive) this.#entries.delete(key);
      }
    }
    const entry = { since: 0, forcedAt: -Infinity };
    this.#entries.set(key, entry);
    return entry;
  }
}

function keyOf(
  pat: string,
  { auth = "exchange", domain }: InvalidateOptions,
): string {
  return `${auth} ${readDomain(domain)} ${readCredential(pat)}`;
}

/** Whether `now` is in the time from `since` on, and not before a set clock. */
function isWithin(time: number, since: number, now: number): boolean {
  return now >= since && now < since + time;
}

/** Where in a token's life `now` is. */
function windowOf(
  { token, since }: Entry,
  now: number,
): "fresh" | "advisory" | "mandatory" | "none" {
  if (!token || now >= token.expiresAt) return "none";
  const life = token.refreshAt - since;
  // A clock that was set back says nothing about the token's age.
  if (!isWithin(life, since, now)) return "mandatory";
  return isWithin(life - Math.min(2 * MINUTE, life / 5), since, now)
    ? "fresh"
    : "advisory";
}

/** The pause that is in force, if any. */
function pauseOf({ pause }: Entry, now: number): Entry["pause"] {
  return pause && isWithin(pause.until - pause.since, pause.since, now)
    ? pause
    : undefined;
}

/**
 * The exchange of an entry, unless it is dead: in workerd one dies unsettled,
 * timer and all, with the request that began it.
 */
function underWay(entry: Entry): Exchange | undefined {
  const { exchange } = entry;
  if (exchange && performance.now() > exchange.overAt) delete entry.exchange;
  return entry.exchange;
}

/** Starts the one exchange of an entry. */
function begin(
  entry: Entry,
  pat: string,
  options: ExchangeOptions,
  waiters: number,
): Exchange {
  const timeout = readTimeout(options.exchangeTimeout);
  const controller = new AbortController();
  const { signal } = controller;
  const exchange: Exchange = {
    controller,
    overAt: performance.now() + timeout,
    waiters,
  };
  entry.exchange = exchange; // before `fetch`, which may lead back here
  const timer = setTimeout(() => {
    exchange.timedOut = timedOut(timeout);
    controller.abort(exchange.timedOut);
  }, timeout);
  exchange.token = conclude(entry, exchange, pat, {
    ...options,
    signal,
    exchangeTimeout: Infinity, // the timer above is the one that counts
  }).finally(() => clearTimeout(timer));
  exchange.token.catch(() => {}); // perhaps nobody waits any more
  return exchange;
}

/** Makes an exchange, and writes down how it ends. */
async function conclude(
  entry: Entry,
  exchange: Exchange,
  pat: string,
  options: ExchangeOptions,
): Promise<CopilotToken> {
  const asked = Date.now();
  try {
    const token = await exchangeToken(pat, options);
    // One that was given up for dead has nothing to say any more.
    if (entry.exchange !== exchange) throw AGAIN;
    entry.token = token;
    entry.since = asked;
    delete entry.pause;
    return token;
  } catch (error) {
    if (error instanceof CopilotTokenError && entry.exchange === exchange) {
      const since = Date.now();
      const seconds = error.retryAfter ?? PAUSE_SECONDS;
      entry.pause = { error, since, until: since + seconds * SECOND };
    }
    // A fetch that is cancelled takes a moment to end; the next one begins
    // behind it, so that there are never two.
    for (let turn = 0; error === AGAIN && turn < 8; turn++) await null;
    throw error;
  } finally {
    if (entry.exchange === exchange) delete entry.exchange;
  }
}

/** Waits for an exchange until it ends, the time is up or the signal aborts. */
async function join(
  entry: Entry,
  exchange: Exchange,
  signal: AbortSignal | null | undefined,
  timeout: number,
): Promise<CopilotToken> {
  exchange.waiters++;
  // The token's promise is not there yet where `fetch` led back here.
  const token = Promise.resolve().then(() => exchange.token!);
  // Its own time limit ends it before this, unless it is dead.
  const left = Math.ceil(exchange.overAt - performance.now()) + 1;
  const limit = Math.min(left, timeout + 1);
  try {
    return await abortable(
      token,
      signal,
      limit,
      () => exchange.timedOut ?? (limit === left ? AGAIN : timedOut(timeout)),
    );
  } finally {
    if (!--exchange.waiters && entry.exchange === exchange) {
      exchange.controller.abort(AGAIN);
    }
  }
}
