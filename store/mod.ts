/**
 * Shares tokens between processes, over a key-value store that need not be
 * trusted.
 *
 * A process keeps its tokens in memory. A hundred instances of a service make a
 * hundred exchanges for one credential, and GitHub limits exchanges per account.
 * With a store, an instance takes the token that another one has stored.
 *
 * @example Processes that share a token
 * ```ts
 * import { createCopilotFetch, TokenCache } from "@copilot-fetch/core";
 * import { sealStore } from "@copilot-fetch/core/store";
 * import { createFakeCopilot } from "@copilot-fetch/core/testing";
 *
 * const backend = new Map<string, string>(); // or `new Keyv(…)`
 * const { fetch, exchanges } = createFakeCopilot();
 * // Each process has a cache of its own.
 * for (let process = 0; process < 3; process++) {
 *   const cache = new TokenCache({ store: sealStore(backend) });
 *   const copilot = createCopilotFetch("ghu_demo", { cache, fetch });
 *   await copilot("/models");
 * }
 * console.log(exchanges.length); // 1
 * ```
 *
 * @module
 */

export type { SealedStore } from "../mod.ts";
export type { KeyValueStore } from "./backend.ts";
export { sealStore, type SealStoreOptions } from "./seal_store.ts";
