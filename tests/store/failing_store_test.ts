import { assert, assertEquals } from "@std/assert";
import { test } from "node:test";
import { TokenCache } from "../../mod.ts";
import { type KeyValueStore, sealStore } from "../../store/mod.ts";
import {
  lockingStore,
  memoryStore,
  simulateStoreTime,
  startProcess,
} from "../helpers/stores.ts";
import {
  countedTokens,
  MINUTE,
  SECOND,
  stubFetch,
  tokenText,
} from "../helpers/stubs.ts";

const LIFETIME = { refresh_in: 1500 };

const fail = () => Promise.reject(new Error("store is down"));
const throwAtOnce = () => {
  throw new Error("store is down");
};
const hang = () => new Promise<never>(() => {});

/** Stores that do not work, and how often each is reported. */
const BROKEN: [what: string, broken: Partial<KeyValueStore>, number][] = [
  ["is down", { get: fail, set: fail, lock: fail }, 1],
  ["throws", { get: throwAtOnce, set: throwAtOnce }, 1],
  ["hangs", { get: hang, set: hang, lock: hang }, 1],
  ["cannot write", { set: fail }, 1],
  ["does not return from writing", { set: hang }, 1],
  ["says that it did not write", { set: () => false }, 1],
  ["has a lock that fails", { lock: fail }, 1],
  ["has a lock that hangs", { lock: hang }, 1],
  ["has a lock that returns a text", { lock: (() => "OK") as never }, 1],
  ["returns a number", { get: () => 7 }, 1],
  ["returns an object", { get: () => ({}) }, 1],
  ["returns bytes", { get: () => new Uint8Array(8) }, 1],
  ["returns an empty text", { get: () => "" }, 2],
  ["returns a text of its own", { get: () => "hello" }, 2],
  ["returns a value of another version", { get: () => "2.AAAA" }, 2],
  ["returns base64 of nothing", { get: () => "1." }, 2],
  ["returns what is no base64", { get: () => "1.%%%" }, 2],
  ["returns short base64", { get: () => "1.AAAA" }, 2],
  ["returns a long text", { get: () => "1." + "A".repeat(1e6) }, 2],
  ["returns null", { get: () => null }, 0],
];

for (const [what, broken, reports] of BROKEN) {
  test(`TokenCache.get() makes an exchange within 2 seconds when the store ${what}`, async () => {
    using time = simulateStoreTime();
    const { fetch, exchanges } = stubFetch(countedTokens(LIFETIME));
    const { cache, errors } = startProcess({ ...lockingStore(), ...broken });
    const started = performance.now();
    const token = await time.until(cache.get("ghu_a", { fetch }));
    assertEquals([token.value, exchanges.length], [tokenText(1), 1]);
    assertEquals(errors.length, reports, errors.join("\n"));
    assert(performance.now() - started <= 2 * SECOND);
    for (const error of errors) assert(!String(error).includes("ghu_a"));
    // Nothing is left that would keep a program alive.
    await time.advance(MINUTE);
    assertEquals(time.pending, 0);
  });
}

test("TokenCache.get() makes an exchange when the store hangs while a token is deleted", async () => {
  using time = simulateStoreTime();
  const { fetch, exchanges } = stubFetch(countedTokens(LIFETIME));
  const { cache, errors } = startProcess({ ...memoryStore(), delete: hang });
  await time.until(cache.get("ghu_a", { fetch }));
  cache.invalidate("ghu_a");
  await time.until(cache.get("ghu_a", { fetch }));
  assertEquals([exchanges.length, errors.length], [2, 1]);
});

test("TokenCache.get() uses the store again after a failure", async () => {
  using time = simulateStoreTime();
  const { fetch, exchanges } = stubFetch(countedTokens(LIFETIME));
  const store = memoryStore();
  let isDown = true;
  const backend: KeyValueStore = {
    ...store,
    get: (key) => isDown ? fail() : store.get(key),
  };
  await time.until(startProcess(backend).cache.get("ghu_a", { fetch }));
  isDown = false;
  await time.until(startProcess(backend).cache.get("ghu_a", { fetch }));
  await time.until(startProcess(backend).cache.get("ghu_a", { fetch }));
  assertEquals(exchanges.length, 2);
});

test("sealStore() ignores an onError that throws", async () => {
  const { fetch } = stubFetch(countedTokens(LIFETIME));

  const store = sealStore({ ...memoryStore(), get: fail }, {
    onError: throwAtOnce,
  });
  const cache = new TokenCache({ store });
  assertEquals((await cache.get("ghu_a", { fetch })).value, tokenText(1));
});

test("sealStore() works without onError", async () => {
  const { fetch } = stubFetch(countedTokens(LIFETIME));

  const store = sealStore({ ...memoryStore(), get: fail });
  const cache = new TokenCache({ store });
  assertEquals((await cache.get("ghu_a", { fetch })).value, tokenText(1));
});

test("sealStore() calls the backend's functions as its methods", async () => {
  class Backend {
    readonly #values = new Map<string, string>();
    get(key: string) {
      return this.#values.get(key);
    }
    set(key: string, value: string) {
      this.#values.set(key, value);
    }
    delete(key: string) {
      this.#values.delete(key);
    }
    lock() {
      return this.#values.size === 0;
    }
  }
  const { fetch, exchanges } = stubFetch(countedTokens(LIFETIME));
  const backend = new Backend();
  for (let process = 0; process < 2; process++) {
    const { cache, errors } = startProcess(backend);
    await cache.get("ghu_a", { fetch });
    assertEquals(errors, []);
  }
  assertEquals(exchanges.length, 1);
});
