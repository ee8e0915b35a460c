/**
 * The store that users bring, and how long its calls may take.
 *
 * @module
 */

import { invalidOption } from "../internal/options.ts";
import { LATE, waitAtMost } from "../internal/waiting.ts";

/**
 * A key-value store: a Keyv, a `Map`, or an object with these functions. They
 * may return promises.
 *
 * @example A backend with a lock
 * ```ts
 * import { type KeyValueStore, sealStore } from "@copilot-fetch/core/store";
 *
 * const values = new Map<string, string>();
 * const backend: KeyValueStore = {
 *   get: (key) => values.get(key),
 *   set: (key, value) => values.set(key, value),
 *   delete: (key) => values.delete(key),
 *   lock(key, ttlMs) {
 *     if (Number(values.get(key) ?? 0) > Date.now()) return false;
 *     values.set(key, `${Date.now() + ttlMs}`);
 *     return true;
 *   },
 * };
 * console.log(sealStore(backend).isSealed); // true
 * ```
 */
export interface KeyValueStore {
  /** Returns the text that was stored, or `undefined` or `null`. */
  get(key: string): unknown;
  /** Stores a text for a number of milliseconds. `false` says that it did not. */
  set(key: string, value: string, ttlMs: number): unknown;
  /** Removes a text, if there is one. */
  delete(key: string): unknown;
  /**
   * Takes a lock that ends after a number of milliseconds, or when its key is
   * deleted. Returns whether this caller has it: of several callers, one gets
   * `true`. May be omitted.
   */
  lock?(key: string, ttlMs: number): boolean | Promise<boolean>;
}

/** A slower call counts as failed. */
const CALL_LIMIT_MS = 500;

/** The messages about a backend, for `onError`. */
export const BACKEND_MESSAGES = {
  slow: (call: string) =>
    `The store's ${call}() did not return within ${CALL_LIMIT_MS} ms`,
  notText: (type: string) => `The store's get() returned ${type}, not a text`,
  notBoolean: (type: string) =>
    `The store's lock() returned ${type}, not a boolean`,
  notStored: "The store's set() returned false",
} as const;

/** A backend whose calls reject when they fail or take too long. */
export interface Backend {
  get(key: string): Promise<string | undefined>;
  set(key: string, value: string, ttlMs: number): Promise<void>;
  delete(key: string): Promise<void>;
  hasLock: boolean;
  /** Whether this process has taken the lock. */
  lock(key: string, ttlMs: number): Promise<boolean>;
}

/** Checks a backend, and limits the time of its calls. */
export function limitBackend(backend: KeyValueStore): Backend {
  assertBackend(backend);
  return {
    async get(key) {
      const value = await limit("get", () => backend.get(key)) ?? undefined;
      if (value === undefined || typeof value === "string") return value;
      throw new TypeError(BACKEND_MESSAGES.notText(typeof value));
    },
    async set(key, value, ttlMs) {
      const result = await limit("set", () => backend.set(key, value, ttlMs));
      if (result === false) throw new Error(BACKEND_MESSAGES.notStored);
    },
    async delete(key) {
      await limit("delete", () => backend.delete(key));
    },
    hasLock: backend.lock !== undefined,
    async lock(key, ttlMs) {
      const isHolder = await limit("lock", () => backend.lock?.(key, ttlMs));
      if (typeof isHolder === "boolean") return isHolder;
      throw new TypeError(BACKEND_MESSAGES.notBoolean(typeof isHolder));
    },
  };
}

function assertBackend(backend: KeyValueStore): void {
  const isBackend = typeof backend?.get === "function" &&
    typeof backend.set === "function" && typeof backend.delete === "function";
  const mayLock = ["function", "undefined"].includes(typeof backend?.lock);
  if (isBackend && mayLock) return;
  const expected = "an object with get(), set(), delete() and perhaps lock()";
  throw invalidOption("backend", expected, backend);
}

async function limit(call: string, run: () => unknown): Promise<unknown> {
  const running = Promise.resolve().then(run); // also if it throws
  const result = await waitAtMost(CALL_LIMIT_MS, running);
  if (result === LATE) throw new Error(BACKEND_MESSAGES.slow(call));
  return result;
}
