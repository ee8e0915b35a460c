import {
  CopilotTokenError,
  isRefusal,
  waitHint,
} from "./copilot_token_error.ts";
import {
  beginExchange,
  type CopilotToken,
  type Exchange,
  type ExchangeOptions,
  MINUTE,
  readCredential,
  readDomain,
  SECOND,
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
  parseProxyEndpoint,
} from "./exchange.ts";
export type { CopilotAuth } from "./wire.ts";

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

/**
 * All that is known of one credential at one domain. What happened at a time in
 * the future happened before the clock was set, so how long ago is taken without
 * its sign.
 */
interface Entry {
  token?: CopilotToken;
  /** When the token was asked for. */
  since?: number;
  /** The mutex: while it is under way, whoever comes waits for it. */
  exchange?: Exchange;
  /** How the last exchange failed, and when. */
  error?: CopilotTokenError;
  failedAt?: number;
  /** When a token was last dropped because Copilot refused it. */
  forcedAt?: number;
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
    options.signal?.throwIfAborted();
    const now = Date.now();
    let entry = this.#entries.get(key);
    if (!entry) {
      this.#sweep(now);
      this.#entries.set(key, entry = {});
    }
    const { token, since } = entry;
    const pause = pauseOf(entry, now);
    if (token && since! <= now && now < token.refreshAt) {
      const life = token.refreshAt - since!;
      if (
        token.refreshAt - now <= Math.min(2 * MINUTE, life / 5) &&
        !entry.exchange?.isUnderWay() && !pause
      ) {
        // This waiter never leaves, so nothing cancels the exchange.
        renew(entry, pat, { ...options, signal: null }).catch(() => {});
      }
      return token;
    }
    try {
      // Without a token, only an exchange that was forced is not repeated.
      if (
        pause &&
        (pause.retryAfter || now < entry.token?.expiresAt! ||
          Math.abs(now - entry.forcedAt!) < MINUTE)
      ) throw pause;
      return await renew(entry, pat, options);
    } catch (error) {
      const isPassing = error instanceof CopilotTokenError &&
        !isRefusal(error.code) && !options.signal?.aborted;
      if (isPassing && Date.now() < entry.token?.expiresAt!) {
        return entry.token!;
      }
      throw error;
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
    if (!entry.exchange?.isUnderWay()) {
      const now = Date.now();
      // Without an exchange, a token that is refused is no worse than none.
      if (
        Math.abs(now - entry.forcedAt!) < MINUTE ||
        pauseOf(entry, now)?.retryAfter
      ) return false;
      entry.forcedAt = now;
      entry.error = undefined; // what failed before does not hold this one up
    }
    entry.token = undefined;
    return true;
  }

  /** Forgets all tokens. Exchanges under way end for those who wait. */
  clear(): void {
    this.#entries.clear();
  }

  /** Drops dead entries, at most once a minute. */
  #sweep(now: number): void {
    if (Math.abs(now - this.#sweptAt) < MINUTE) return;
    this.#sweptAt = now;
    for (const [key, entry] of this.#entries) {
      const isAlive = now < entry.token?.expiresAt! || pauseOf(entry, now) ||
        Math.abs(now - entry.forcedAt!) < MINUTE ||
        entry.exchange?.isUnderWay();
      if (!isAlive) this.#entries.delete(key);
    }
  }
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
  return await new TokenCache().get(pat, options);
}

/** Waits for the exchange, which it begins unless it is under way. */
function renew(
  entry: Entry,
  pat: string,
  options: ExchangeOptions,
): Promise<CopilotToken> {
  if (!entry.exchange?.isUnderWay()) {
    const since = Date.now();
    // One that was cancelled takes a moment to end: there are never two.
    const turns = entry.exchange ? 8 : 1;
    const exchange = entry.exchange = beginExchange(pat, options, turns);
    const end = (state: Entry) => {
      // One that was given up has nothing to say any more.
      if (exchange !== entry.exchange) return;
      Object.assign(entry, { exchange: undefined }, state);
    };
    exchange.token.then(
      (token) => end({ token, since, error: undefined }),
      (error) =>
        error instanceof CopilotTokenError &&
        end({ error, failedAt: Date.now() }),
    );
  }
  return entry.exchange!.join(options);
}

/** Why no exchange may be made at present, if there is a reason. */
function pauseOf(
  { error, failedAt }: Entry,
  now: number,
): CopilotTokenError | undefined {
  if (!error) return;
  const pause = (error.retryAfter ?? PAUSE_SECONDS) * SECOND;
  const left = pause - Math.abs(now - failedAt!);
  if (left <= 0) return;
  if (!error.retryAfter) return error;
  // The same failure, told later: `retryAfter` counts from now.
  const retryAfter = Math.ceil(left / SECOND);
  return new CopilotTokenError(
    error.message.replace("\n" + error.hint, ""),
    { ...error, retryAfter, hint: waitHint(retryAfter) },
  );
}

function keyOf(
  pat: string,
  { auth = "exchange", domain }: InvalidateOptions,
): string {
  return `${auth} ${readDomain(domain)} ${readCredential(pat)}`;
}
