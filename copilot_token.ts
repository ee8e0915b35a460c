/**
 * The token cache, and a single exchange.
 *
 * @module
 */

import {
  type AuthPlan,
  authPlan,
  type CachedAuthPlan,
} from "./internal/auth.ts";
import {
  elapsed,
  type Entry,
  isBusy,
  isIdle,
  newEntry,
  phaseOf,
  rejectToken,
} from "./internal/cache_entry.ts";
import { directToken } from "./internal/exchange.ts";
import type { CopilotToken } from "./internal/lifetime.ts";
import type { ExchangeOptions } from "./internal/option_types.ts";
import {
  invalidOption,
  ownOption,
  resolveAuth,
  resolveCredential,
  resolveDomain,
  resolveExchangeOptions,
} from "./internal/options.ts";
import {
  refresh,
  refreshInBackground,
  refreshOrKeep,
} from "./internal/refresh.ts";
import {
  resolveStore,
  type SealedStore,
  type ShareToken,
} from "./internal/sealed_store.ts";
import { throwIfAborted } from "./internal/waiting.ts";

export type { AuthOption, CopilotAuth } from "./internal/auth.ts";
export {
  CopilotTokenError,
  type CopilotTokenErrorCode,
  type CopilotTokenErrorDetails,
} from "./internal/errors.ts";
export { parseProxyEndpoint } from "./internal/hosts.ts";
export type { CopilotToken } from "./internal/lifetime.ts";
export type { ExchangeOptions, FetchLike } from "./internal/option_types.ts";
export type { SealedStore } from "./internal/sealed_store.ts";

/** How often idle entries are removed. */
const SWEEP_INTERVAL_MS = 60_000;
/** About as many entries are kept; busy ones may exceed it. */
const MAX_ENTRIES = 10_000;
/** How many of the oldest entries are examined when a new one needs room. */
const EXAMINED_ENTRIES = 2;
/** How long a caller in `refresh-due` waits before it gets the old token. */
const REFRESH_DUE_WAIT_MS = 5000;

/**
 * What a {@linkcode TokenCache} uses.
 *
 * @example A cache that stores its tokens encrypted
 * ```ts
 * import { TokenCache, type TokenCacheOptions } from "@copilot-fetch/core";
 * import { sealStore } from "@copilot-fetch/core/store";
 * import { createFakeCopilot } from "@copilot-fetch/core/testing";
 *
 * const backend = new Map<string, string>(); // or `new Keyv(…)`
 * const options: TokenCacheOptions = { store: sealStore(backend) };
 * const cache = new TokenCache(options);
 * const { value } = await cache.get("ghu_demo", createFakeCopilot());
 * console.log([...backend.values()].join().includes(value)); // false
 * ```
 */
export interface TokenCacheOptions {
  /**
   * Shares tokens with other processes: what `sealStore` of `./store` returns.
   *
   * @default none: tokens stay in this process
   */
  store?: SealedStore;
}

/**
 * Which token {@linkcode TokenCache.invalidate} is about.
 *
 * @example Copilot has rejected the token of a request of your own
 * ```ts
 * import { type InvalidateOptions, TokenCache } from "@copilot-fetch/core";
 * import { createFakeCopilot } from "@copilot-fetch/core/testing";
 *
 * const { fetch } = createFakeCopilot();
 * const cache = new TokenCache();
 * const token = await cache.get("ghu_demo", { fetch });
 * const options: InvalidateOptions = { token };
 * console.log(cache.invalidate("ghu_demo", options)); // true
 * const newToken = await cache.get("ghu_demo", { fetch });
 * console.log(newToken.value === token.value); // false
 * ```
 */
export interface InvalidateOptions
  extends Pick<ExchangeOptions, "domain" | "auth"> {
  /**
   * The token that was rejected; a newer one is kept.
   *
   * @default the token in the cache
   */
  token?: CopilotToken;
}

/**
 * Keeps the tokens of any number of credentials in memory, and refreshes each
 * before it expires.
 *
 * Each credential has one exchange in flight at a time, and callers that come
 * meanwhile share its result. Timers run only while an exchange is in flight.
 *
 * | phase | when | `get` |
 * | --- | --- | --- |
 * | `fresh` | before the advisory window | returns the token |
 * | `refresh-soon` | in the advisory window: the last 2 minutes before `refreshAt`, at most a fifth of the time to it | returns the token, and refreshes it in the background |
 * | `refresh-due` | `refreshAt` to `expiresAt`, or the clock was set back | refreshes; returns the old token on a transient error, or after 5 seconds |
 * | `rejected` | Copilot refused the token with 401 | refreshes; returns the old token on a transient error |
 * | `missing` | no token, or expired | refreshes; throws any error |
 *
 * After a failed exchange there is a cooldown, in which none is sent:
 * `retryAfter` if GitHub named one, at most an hour; else 30 seconds after a
 * permanent error or while a token is valid; else 1 second.
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
  /** The least recently used entry comes first. */
  readonly #entries = new Map<string, Entry>();
  #sweptAt = -Infinity;
  readonly #share: ShareToken | undefined;

  /**
   * Creates an empty cache.
   *
   * @param options The store that it shares with other processes, if any
   * @throws {TypeError} If the store was not sealed
   */
  constructor(options: TokenCacheOptions = {}) {
    this.#share = resolveStore(ownOption(options, "store"));
  }

  /**
   * Returns the token for a credential, and exchanges it if necessary.
   *
   * @param credential The GitHub credential; white space around it is ignored
   * @param options How it is exchanged; `signal` ends this caller's wait alone
   * @throws {CopilotTokenError} If GitHub gives no token
   * @throws {TypeError} If an option is invalid
   */
  async get(
    credential: string,
    options: ExchangeOptions = {},
  ): Promise<CopilotToken> {
    const secret = resolveCredential(credential);
    const signal = ownOption(options, "signal");
    throwIfAborted(signal);
    const { plan, domain } = resolveEntryOptions(secret, options);
    if (plan === "installation") return directToken(secret, domain);
    const now = Date.now();
    const entry = this.#use(keyOf(secret, plan, domain), plan, now);
    const { token } = entry;
    const phase = phaseOf(entry, now);
    if (token && phase === "fresh") return token;
    // Checked after a fresh token was returned, as copying the headers takes
    // longer than the rest of a call: tests/bench/entries_bench.ts
    const caller = {
      credential: secret,
      options: resolveExchangeOptions(options),
      signal,
      share: this.#share,
    };
    if (!token || phase === "missing") return await refresh(entry, caller);
    if (phase === "refresh-soon") {
      refreshInBackground(entry, caller);
      return token;
    }
    const patience = phase === "refresh-due" ? REFRESH_DUE_WAIT_MS : Infinity;
    return await refreshOrKeep(entry, token, caller, patience);
  }

  /**
   * Marks a token as rejected by Copilot, and allows one exchange, at most once
   * a minute for a credential.
   *
   * @param credential The GitHub credential
   * @param options Which of its tokens
   * @returns Whether `get` may now return another token
   * @throws {TypeError} If an option is invalid
   */
  invalidate(credential: string, options: InvalidateOptions = {}): boolean {
    const secret = resolveCredential(credential);
    const { plan, domain } = resolveEntryOptions(secret, options);
    const entry = this.#entries.get(keyOf(secret, plan, domain));
    const token = resolveToken(ownOption(options, "token"));
    const isCurrent = entry && (!token || token.value === entry.token?.value);
    if (!isCurrent) return true; // a newer token, or none, is in the cache
    return rejectToken(entry, Date.now());
  }

  /** Removes all tokens. Callers that wait for an exchange still get its result. */
  clear(): void {
    this.#entries.clear();
  }

  /** The entry of a key, marked as the most recently used. */
  #use(key: string, plan: CachedAuthPlan, now: number): Entry {
    let entry = this.#entries.get(key);
    if (entry) {
      // Moving it takes as long as the rest of a call: tests/bench/entries_bench.ts
      if (this.#entries.size === 1) return entry;
      this.#entries.delete(key);
    } else {
      this.#makeRoom(now);
      entry = newEntry(plan);
    }
    this.#entries.set(key, entry);
    return entry;
  }

  /** Removes idle entries, and the oldest if there are too many. */
  #makeRoom(now: number): void {
    if (elapsed(this.#sweptAt, now) >= SWEEP_INTERVAL_MS) {
      this.#sweptAt = now;
      for (const [key, entry] of this.#entries) {
        if (isIdle(entry, now)) this.#entries.delete(key);
      }
    }
    if (this.#entries.size < MAX_ENTRIES) return;
    let examined = 0;
    for (const [key, entry] of this.#entries) {
      this.#entries.delete(key);
      // It becomes the newest, so that the next search does not begin with it.
      if (isBusy(entry, now)) this.#entries.set(key, entry);
      examined++;
      if (examined === EXAMINED_ENTRIES) return;
    }
  }
}

/**
 * Exchanges a GitHub credential for a Copilot token once, without a cache and
 * without a retry. {@linkcode TokenCache} and `createCopilotFetch` keep the
 * token and refresh it.
 *
 * For a credential that is sent to Copilot directly, the token's value is the
 * credential, and GitHub is asked for the host alone.
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
 * @param credential The GitHub credential; white space around it is ignored
 * @param options How it is exchanged
 * @throws {CopilotTokenError} If GitHub gives no token
 * @throws {TypeError} If an option is invalid
 */
export async function exchangeToken(
  credential: string,
  options: ExchangeOptions = {},
): Promise<CopilotToken> {
  return await new TokenCache().get(credential, options);
}

/** The options that choose an entry. */
type EntryOptions = Pick<ExchangeOptions, "auth" | "domain">;

function resolveEntryOptions(
  credential: string,
  options: EntryOptions,
): { plan: AuthPlan; domain: string } {
  const auth = resolveAuth(ownOption(options, "auth"));
  return {
    plan: authPlan(auth, credential),
    domain: resolveDomain(ownOption(options, "domain")),
  };
}

function resolveToken(token: CopilotToken | undefined): typeof token {
  if (token === undefined || typeof token?.value === "string") return token;
  throw invalidOption("token", "a CopilotToken", token);
}

function keyOf(credential: string, plan: AuthPlan, domain: string): string {
  return `${plan} ${domain} ${credential}`;
}
