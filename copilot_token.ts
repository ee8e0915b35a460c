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
  readonly token: Promise<CopilotToken>;
  readonly controller: AbortController;
  /** When it began, on the clock that nobody sets. */
  readonly begunAt: number;
  readonly timeout: number;
  waiters: number;
}

/** All that is known of one credential at one domain. */
interface Entry {
  token?: CopilotToken;
  /** When the token was asked for; an earlier now means a changed clock. */
  since: number;
  /** When a renewal may start in the background. */
  advisoryAt: number;
  /** The mutex: while it is there, whoever comes waits for it. */
  exchange?: Exchange;
  /** How the last attempt failed, and when the next one may start. */
  pause?: { error: CopilotTokenError; since: number; until: number };
  /** When Copilot last refused a token before its time. */
  forcedAt: number;
}

/** Rejects an exchange that nobody waits for any more. */
const ABANDONED = Symbol("abandoned");

/** Rejects the wait for an exchange that is dead. */
const DEAD = Symbol("dead");

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
    const { signal } = options;
    const timeout = readTimeout(options.exchangeTimeout);
    const key = keyOf(pat, options);

    while (true) {
      signal?.throwIfAborted();
      const entry = this.#entries.get(key) ?? this.#add(key);
      const now = Date.now();
      const { token } = entry;
      const pause = pauseOf(entry, now);
      switch (windowOf(entry, now)) {
        case "fresh":
          return token!;
        case "advisory":
          // Nobody leaves the background, so nothing cancels this one.
          if (!underWay(entry) && !pause) begin(entry, pat, options, 1);
          return token!;
        case "mandatory":
          if (!pause) break;
          if (isRefusal(pause.error)) throw pause.error;
          return token!;
        case "none":
          // Without a token only a wait that GitHub asked for is kept.
          if (pause?.error.retryAfter === undefined) break;
          throw withRetryAfter(
            pause.error,
            Math.ceil((pause.until - now) / SECOND),
          );
      }
      const exchange = underWay(entry) ?? begin(entry, pat, options, 0);
      try {
        return await join(entry, exchange, signal, timeout);
      } catch (error) {
        if (error === ABANDONED || error === DEAD) continue;
        const passing = error instanceof CopilotTokenError && !isRefusal(error);
        const old = this.#entries.get(key)?.token;
        if (!passing || !old || Date.now() >= old.expiresAt) throw error;
        return old;
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
      const elapsed = now - entry.forcedAt;
      if (elapsed >= 0 && elapsed < MINUTE) return false;
      // Without the exchange, a token that is refused is no worse than none.
      if (pauseOf(entry, now)?.error.retryAfter !== undefined) return false;
      entry.forcedAt = now;
    }
    delete entry.token;
    return true;
  }

  /** Forgets all tokens. Exchanges under way end for those who wait. */
  clear(): void {
    this.#entries.clear();
  }

  #add(key: string): Entry {
    this.#sweep(Date.now());
    const entry = { since: 0, advisoryAt: 0, forcedAt: -Infinity };
    this.#entries.set(key, entry);
    return entry;
  }

  /** Drops dead entries, at most once a minute. */
  #sweep(now: number): void {
    const elapsed = now - this.#sweptAt;
    if (elapsed >= 0 && elapsed < MINUTE) return;
    this.#sweptAt = now;
    for (const [key, entry] of this.#entries) {
      const dead = windowOf(entry, now) === "none" && !underWay(entry) &&
        !pauseOf(entry, now) && now >= entry.forcedAt + MINUTE;
      if (dead) this.#entries.delete(key);
    }
  }
}

function keyOf(
  pat: string,
  { auth = "exchange", domain }: InvalidateOptions,
): string {
  return `${auth} ${readDomain(domain)} ${readCredential(pat)}`;
}

/** Where in a token's life `now` is. */
function windowOf(
  { token, since, advisoryAt }: Entry,
  now: number,
): "fresh" | "advisory" | "mandatory" | "none" {
  if (!token || now >= token.expiresAt) return "none";
  // A clock that was set back says nothing about the token's age.
  if (now >= token.refreshAt || now < since) return "mandatory";
  return now >= advisoryAt ? "advisory" : "fresh";
}

/** The pause that is in force, if any; one does not outlive a clock set back. */
function pauseOf({ pause }: Entry, now: number): Entry["pause"] {
  return pause && now >= pause.since && now < pause.until ? pause : undefined;
}

/**
 * The exchange of an entry, unless it is dead: in workerd one dies unsettled,
 * timer and all, with the request that began it.
 */
function underWay(entry: Entry): Exchange | undefined {
  if (entry.exchange && isDead(entry.exchange)) delete entry.exchange;
  return entry.exchange;
}

/** Whether an exchange has outlived its own time limit. */
function isDead({ begunAt, timeout }: Exchange): boolean {
  return performance.now() - begunAt > timeout;
}

/** Starts the one exchange of an entry, and writes down how it ends. */
function begin(
  entry: Entry,
  pat: string,
  options: ExchangeOptions,
  waiters: number,
): Exchange {
  const since = Date.now();
  const controller = new AbortController();
  const { signal } = controller;
  let start!: (token: Promise<CopilotToken>) => void;
  const token = new Promise<CopilotToken>((resolve) => start = resolve)
    .finally(() => {
      // One that was given up for dead has nothing to say any more.
      if (entry.exchange !== exchange) throw DEAD;
      delete entry.exchange;
    })
    .then((token) => {
      const left = token.refreshAt - since;
      entry.token = token;
      entry.since = since;
      entry.advisoryAt = token.refreshAt - Math.min(2 * MINUTE, left / 5);
      delete entry.pause;
      return token;
    }, (error) => {
      if (error instanceof CopilotTokenError) {
        const now = Date.now();
        const seconds = error.retryAfter ?? PAUSE_SECONDS;
        entry.pause = { error, since: now, until: now + seconds * SECOND };
      }
      throw error;
    });
  token.catch(() => {}); // those who wait are told; perhaps nobody does
  const exchange: Exchange = {
    token,
    controller,
    begunAt: performance.now(),
    timeout: readTimeout(options.exchangeTimeout),
    waiters,
  };
  entry.exchange = exchange; // before `fetch`, which may lead back here
  start(exchangeToken(pat, { ...options, signal }));
  return exchange;
}

/** Waits for an exchange until it ends, the time is up or the signal aborts. */
async function join(
  entry: Entry,
  exchange: Exchange,
  signal: AbortSignal | null | undefined,
  timeout: number,
): Promise<CopilotToken> {
  exchange.waiters++;
  try {
    return await abortable(exchange.token, signal, {
      milliseconds: timeout,
      late: () => isDead(exchange) ? DEAD : timedOut(timeout),
    });
  } finally {
    if (--exchange.waiters === 0 && entry.exchange === exchange) {
      exchange.controller.abort(ABANDONED);
    }
  }
}
