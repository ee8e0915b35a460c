/**
 * What the token cache knows of a store that processes share.
 *
 * @module
 */

import type { Entry } from "./cache_entry.ts";
import type { CopilotToken } from "./lifetime.ts";
import { invalidOption } from "./options.ts";

/**
 * What `sealStore` returns; only a `TokenCache` can use it.
 *
 * @example A cache that shares its tokens
 * ```ts
 * import { type SealedStore, TokenCache } from "@copilot-fetch/core";
 * import { sealStore } from "@copilot-fetch/core/store";
 * import { createFakeCopilot } from "@copilot-fetch/core/testing";
 *
 * const store: SealedStore = sealStore(new Map<string, string>());
 * const cache = new TokenCache({ store });
 * const { baseURL } = await cache.get("ghu_demo", createFakeCopilot());
 * console.log(baseURL); // "https://api.individual.githubcopilot.com"
 * ```
 */
export interface SealedStore {
  /** Tokens are encrypted with the credential before they are stored. */
  readonly isSealed: true;
}

/** Takes the token that another process has stored, or makes an exchange. */
export type ShareToken = (
  exchange: () => Promise<CopilotToken>,
  entry: Readonly<Entry>,
  credential: string,
  domain: string,
  signal: AbortSignal,
) => Promise<CopilotToken>;

/** How each sealed store is used. Anything else would keep tokens readable. */
export const sealedStores = new WeakMap<SealedStore, ShareToken>();

/** Checks the `store` option. */
export function resolveStore(
  store: SealedStore | undefined,
): ShareToken | undefined {
  const share = store && sealedStores.get(store);
  if (share || store === undefined) return share;
  throw invalidOption("store", "a SealedStore", store);
}
