/** Backends for the tests of the store. */
import { setImmediate } from "node:timers/promises";
import { TokenCache } from "../../mod.ts";
import { type KeyValueStore, sealStore } from "../../store/mod.ts";
import { cryptoSettled } from "./pending_crypto.ts";
import { type SimulatedTime, simulateTime } from "./simulated_time.ts";
import { START } from "./stubs.ts";

/** A store in memory that can be looked into. */
export interface MemoryStore extends KeyValueStore {
  values: Map<string, string>;
  /** What was called, in order. */
  calls: string[];
}

/** A store that keeps to its times to live. */
export function memoryStore(): MemoryStore {
  const values = new Map<string, string>();
  const ends = new Map<string, number>();
  const calls: string[] = [];
  return {
    values,
    calls,
    get(key) {
      calls.push("get");
      if ((ends.get(key) ?? Infinity) <= Date.now()) values.delete(key);
      return Promise.resolve(values.get(key));
    },
    set(key, value, ttlMs) {
      calls.push("set");
      values.set(key, value);
      ends.set(key, Date.now() + ttlMs);
      return Promise.resolve(true);
    },
    delete(key) {
      calls.push("delete");
      return Promise.resolve(values.delete(key));
    },
  };
}

/** The same, with a lock that ends at its time to live. */
export function lockingStore(): MemoryStore & { locks: Map<string, number> } {
  const store = memoryStore();
  const locks = new Map<string, number>();
  return {
    ...store,
    locks,
    async delete(key) {
      locks.delete(key);
      await store.delete(key);
    },
    lock(key, ttlMs) {
      store.calls.push("lock");
      const isFree = (locks.get(key) ?? 0) <= Date.now();
      if (isFree) locks.set(key, Date.now() + ttlMs);
      return Promise.resolve(isFree);
    },
  };
}

/** A simulated clock that stands still while something is encrypted. */
export function simulateStoreTime(): SimulatedTime {
  return simulateTime(START, async () => {
    for (let turn = 0; turn < 4; turn++) {
      await setImmediate();
      await cryptoSettled();
    }
  });
}

/** A process: a cache of its own over a store, and what that reports. */
export interface StoreProcess {
  cache: TokenCache;
  errors: unknown[];
}

/** Starts a process. */
export function startProcess(backend: KeyValueStore): StoreProcess {
  const errors: unknown[] = [];
  const onError = (error: unknown) => errors.push(error);
  return {
    cache: new TokenCache({ store: sealStore(backend, { onError }) }),
    errors,
  };
}
