/**
 * Makes a store that a `TokenCache` can use of one that need not be trusted.
 *
 * @module
 */

import { ownOption, resolveFunction } from "../internal/options.ts";
import { type SealedStore, sealedStores } from "../internal/sealed_store.ts";
import { type KeyValueStore, limitBackend } from "./backend.ts";
import { createShare } from "./share.ts";

/**
 * How a store is used. Every option may be omitted.
 *
 * @example Count the failures of a store
 * ```ts
 * import { TokenCache } from "@copilot-fetch/core";
 * import { sealStore, type SealStoreOptions } from "@copilot-fetch/core/store";
 * import { createFakeCopilot } from "@copilot-fetch/core/testing";
 *
 * const errors: unknown[] = [];
 * const options: SealStoreOptions = { onError: (error) => errors.push(error) };
 * const fail = () => Promise.reject(new Error("connection lost"));
 * const store = sealStore({ get: fail, set: fail, delete: fail }, options);
 * const cache = new TokenCache({ store });
 * await cache.get("ghu_demo", createFakeCopilot());
 * console.log(errors.length > 0); // true
 * ```
 */
export interface SealStoreOptions {
  /**
   * Called when the store has failed, was slow, or returned a value that cannot
   * be used. The cache works without it then. The error holds no secret of this
   * package.
   *
   * @default none: failures are not reported
   */
  onError?: (error: unknown) => void;
}

/**
 * Seals a key-value store, so that the `TokenCache` objects of many processes
 * can share tokens over it: `new TokenCache({ store: sealStore(backend) })`.
 *
 * Keys are HMACs and values are encrypted with AES-GCM, with keys derived from
 * the credential. Who can read the store learns how many credentials use it,
 * and when each token was written. Who can write to it can cause an exchange, or
 * put an older token back. A credential itself is never stored.
 *
 * Of several processes without a token, the one that gets the `lock` makes an
 * exchange, and the others read its result. Without `lock` each of them makes
 * one. In both cases, refreshes are spread over the last 2 minutes before
 * `refreshAt`.
 *
 * A call of the store that fails or takes longer than half a second is reported
 * to `onError`, and the exchange goes on without the store.
 *
 * [Many processes](https://github.com/OWNER/copilot-fetch/blob/main/docs/scale.md)
 * has backends for Redis, with a lock in one `SET … NX PX`.
 *
 * @example See why the store is not used
 * ```ts
 * import { TokenCache } from "@copilot-fetch/core";
 * import { sealStore } from "@copilot-fetch/core/store";
 * import { createFakeCopilot } from "@copilot-fetch/core/testing";
 *
 * const full = () => Promise.reject(new Error("out of memory"));
 * const backend = { get: () => null, set: full, delete: full };
 * const store = sealStore(backend, {
 *   onError: (error) => console.warn(String(error)), // "Error: out of memory"
 * });
 * const cache = new TokenCache({ store });
 * await cache.get("ghu_demo", createFakeCopilot());
 * ```
 *
 * @param backend The store, such as a Keyv
 * @param options What is called when it fails
 * @throws {TypeError} If the backend lacks a function, or an option is invalid
 */
export function sealStore(
  backend: KeyValueStore,
  options: SealStoreOptions = {},
): SealedStore {
  const onError = resolveFunction("onError", ownOption(options, "onError"));
  const report = (error: unknown) => {
    try {
      onError?.(error);
    } catch {
      // A failing store never fails a request, and nor does its report.
    }
  };
  const store: SealedStore = Object.freeze({ isSealed: true });
  sealedStores.set(store, createShare(limitBackend(backend), report));
  return store;
}
