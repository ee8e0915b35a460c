import {
  CopilotTokenError,
  isRefusal,
  withRetryAfter,
} from "./copilot_token_error.ts";
import {
  type CopilotToken,
  Exchange,
  type ExchangeOptions,
  readCredential,
  readDomain,
  readTimeout,
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

/** All that is known of one credential at one domain. */
class Entry {
  #token?: CopilotToken;
  /** When the token was asked for; an earlier now means a changed clock. */
  #since = 0;
  /** The mutex: while it is under way, whoever comes waits for it. */
  #exchange?: Exchange;
  /** How the last exchange failed, and when. */
  #error?: CopilotTokenError;
  #failedAt = 0;
  /** When a token was last dropped because Copilot refused it. */
  #forcedAt = -Infinity;

  /** The token that is kept, while it is fresh; a new one in time. */
  fresh(pat: string, options: ExchangeOptions): CopilotToken | undefined {
    const token = this.#token;
    const now = Date.now();
    if (!token || !isWithin(this.#since, token.refreshAt, now)) return;
    const left = token.refreshAt - now;
    const life = token.refreshAt - this.#since;
    if (
      left <= 2 * MINUTE && left <= life / 5 &&
      !this.#exchange?.isUnderWay() && !this.#pause(now)
    ) {
      // This waiter never leaves, so nothing cancels the exchange.
      this.#exchanged(pat, { ...options, signal: null }).catch(() => {});
    }
    return token;
  }

  /** A new token, or the old one where that fails for a passing reason. */
  async renewed(pat: string, options: ExchangeOptions): Promise<CopilotToken> {
    const now = Date.now();
    try {
      const pause = this.#pause(now);
      // Without a token, only an exchange that was forced is not repeated.
      if (
        pause &&
        (pause.retryAfter || this.#isAlive(now) || this.#isForced(now))
      ) throw pause;
      return await this.#exchanged(pat, options);
    } catch (error) {
      const isPassing = error instanceof CopilotTokenError &&
        !isRefusal(error.code) && !options.signal?.aborted;
      if (isPassing && this.#isAlive(Date.now())) return this.#token!;
      throw error;
    }
  }

  /** Drops a token that was refused; whether there may be another one. */
  invalidate(token?: CopilotToken): boolean {
    if (token && token.value !== this.#token?.value) return true;
    // A renewal that is under way is not a forced one.
    if (!this.#exchange?.isUnderWay()) {
      const now = Date.now();
      // Without an exchange, a token that is refused is no worse than none.
      if (this.#isForced(now) || this.#pause(now)?.retryAfter) return false;
      this.#forcedAt = now;
      this.#error = undefined; // what failed before does not hold this one up
    }
    this.forget();
    return true;
  }

  /** Drops the token. */
  forget(): void {
    this.#token = undefined;
  }

  /** Whether there is nothing left to remember. */
  isDead(now: number): boolean {
    return !(this.#isAlive(now) || this.#isForced(now) || this.#pause(now) ||
      this.#exchange?.isUnderWay());
  }

  #isAlive(now: number): boolean {
    return !!this.#token && now < this.#token.expiresAt;
  }

  #isForced(now: number): boolean {
    return isWithin(this.#forcedAt, this.#forcedAt + MINUTE, now);
  }

  /** Why no exchange may be made at present, if there is a reason. */
  #pause(now: number): CopilotTokenError | undefined {
    const error = this.#error;
    if (!error) return;
    const { retryAfter } = error;
    const until = this.#failedAt + (retryAfter ?? PAUSE_SECONDS) * SECOND;
    if (!isWithin(this.#failedAt, until, now)) return;
    return retryAfter
      ? withRetryAfter(error, Math.ceil((until - now) / SECOND))
      : error;
  }

  /** Waits for the exchange, which it begins unless it is under way. */
  async #exchanged(
    pat: string,
    options: ExchangeOptions,
  ): Promise<CopilotToken> {
    if (!this.#exchange?.isUnderWay()) {
      const since = Date.now();
      const exchange = new Exchange(pat, options, (error, token) => {
        // One that was given up has nothing to say any more.
        if (exchange !== this.#exchange) return;
        this.#exchange = undefined;
        if (token) {
          this.#token = token;
          this.#since = since;
          this.#error = undefined;
        } else if (error instanceof CopilotTokenError) {
          this.#error = error;
          this.#failedAt = Date.now();
        }
      }, !!this.#exchange);
      this.#exchange = exchange;
    }
    return await this.#exchange.join(options);
  }
}

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
    readTimeout(options.exchangeTimeout);
    options.signal?.throwIfAborted();
    let entry = this.#entries.get(key);
    if (!entry) {
      this.#sweep(Date.now());
      this.#entries.set(key, entry = new Entry());
    }
    return entry.fresh(pat, options) ?? await entry.renewed(pat, options);
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
    return entry?.invalidate(options.token) ?? true;
  }

  /** Forgets all tokens. Exchanges under way end for those who wait. */
  clear(): void {
    for (const entry of this.#entries.values()) entry.forget();
    this.#entries.clear();
  }

  /** Drops dead entries, at most once a minute. */
  #sweep(now: number): void {
    if (isWithin(this.#sweptAt, this.#sweptAt + MINUTE, now)) return;
    this.#sweptAt = now;
    for (const [key, entry] of this.#entries) {
      if (entry.isDead(now)) this.#entries.delete(key);
    }
  }
}

function keyOf(
  pat: string,
  { auth = "exchange", domain }: InvalidateOptions,
): string {
  return `${auth} ${readDomain(domain)} ${readCredential(pat)}`;
}

/** Whether `now` is in a span of time, and not before it by a set clock. */
function isWithin(since: number, until: number, now: number): boolean {
  return since <= now && now < until;
}
