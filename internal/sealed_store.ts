/**
 * What the token cache knows of a store that processes share.
 *
 * @module
 */

import type { Entry } from "./cache_entry.ts";
import type { CopilotToken } from "./lifetime.ts";
import { invalidOption } from "./options.ts";

/** A store that `sealStore` has sealed; only a `TokenCache` can use it. */
export interface SealedStore {
  /** Tokens are encrypted with the credential before they are stored. */
  readonly isSealed: true;
}

/** Takes the token that another process has stored, or makes an exchange. */
export type ShareToken = (
  exchange: () => Promise<CopilotToken>,
  entry: Readonly<Entry>,
  account: { credential: string; options: { domain: string } },
  signal: AbortSignal,
) => Promise<CopilotToken>;

/** What uses each sealed store. Anything else would keep tokens readable. */
export const sealedStores = new WeakMap<SealedStore, ShareToken>();

/** Without a store, every token is exchanged. */
const exchangeAlways: ShareToken = (exchange) => exchange();

/** Checks the `store` option. */
export function resolveStore(store: SealedStore | undefined): ShareToken {
  if (store === undefined) return exchangeAlways;
  const share = sealedStores.get(store);
  if (share) return share;
  throw invalidOption("store", "a SealedStore", store);
}
