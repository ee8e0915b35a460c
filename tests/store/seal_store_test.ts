import { assert, assertEquals, assertThrows } from "@std/assert";
import { afterEach, test } from "node:test";
import { TokenCache } from "../../mod.ts";
import { type KeyValueStore, sealStore } from "../../store/mod.ts";
import {
  lockingStore,
  memoryStore,
  simulateStoreTime,
} from "../helpers/stores.ts";
import {
  countedTokens,
  MINUTE,
  rejection,
  SECOND,
  stubFetch,
  tokenError,
  tokenText,
} from "../helpers/stubs.ts";

const LIFETIME = { refresh_in: 1500 };

/** What stores have reported that a test does not expect. */
const reported: unknown[] = [];

afterEach(() => assertEquals(reported.splice(0), []));

/** A process: a cache of its own over a store. */
function processOver(
  backend: KeyValueStore,
  onError: (error: unknown) => void = (error) => reported.push(error),
): TokenCache {
  return new TokenCache({ store: sealStore(backend, { onError }) });
}

for (const store of [memoryStore(), new Map(), {}, { isSealed: true }, null]) {
  test(`TokenCache refuses a store that was not sealed: ${String(store)} ${Object.keys(store ?? {})}`, () => {
    assertThrows(() => new TokenCache({ store: store as never }), TypeError);
  });
}

test("TokenCache takes options without a store", () => {
  new TokenCache({});
  new TokenCache({ store: undefined });
  assertThrows(() => new TokenCache(null as never), TypeError);
});

for (
  const [what, backend] of Object.entries({
    nothing: undefined,
    null: null,
    "no get": { set() {}, delete() {} },
    "no set": { get() {}, delete() {} },
    "no delete": { get() {}, set() {} },
    "a lock that is no function": { ...memoryStore(), lock: true },
  })
) {
  test(`sealStore() refuses a backend with ${what}`, () => {
    assertThrows(() => sealStore(backend as never), TypeError);
  });
}

test("sealStore() refuses an onError that is no function", () => {
  assertThrows(() => sealStore(new Map(), { onError: 1 as never }), TypeError);
  assertThrows(() => sealStore(new Map(), null as never), TypeError);
});

test("TokenCache.get() with a store takes the token that another process stored", async () => {
  using time = simulateStoreTime();
  const { fetch, exchanges } = stubFetch(countedTokens(LIFETIME));
  const backend = memoryStore();
  const first = await processOver(backend).get("ghu_a", { fetch });
  await time.advance(10 * MINUTE);
  const second = await processOver(backend).get("ghu_a", { fetch });
  assertEquals(exchanges.length, 1);
  const { value, baseURL, auth, expiresAt } = first;
  assertEquals(
    { ...second, refreshAt: 0 },
    { value, baseURL, auth, expiresAt, refreshAt: 0 },
  );
});

test("TokenCache.get() with a store takes a Map as the backend", async () => {
  const { fetch, exchanges } = stubFetch(countedTokens(LIFETIME));
  const backend = new Map<string, string>();
  for (let process = 0; process < 3; process++) {
    await processOver(backend).get("ghu_a", { fetch });
  }
  assertEquals(exchanges.length, 1);
});

test("TokenCache.get() with a store reads it once, and not while the token is fresh", async () => {
  const { fetch } = stubFetch(countedTokens(LIFETIME));
  const backend = memoryStore();
  await processOver(backend).get("ghu_a", { fetch });
  backend.calls.length = 0;
  const cache = processOver(backend);
  await Promise.all([1, 2, 3].map(() => cache.get("ghu_a", { fetch })));
  await cache.get("ghu_a", { fetch });
  assertEquals(backend.calls, ["get"]);
});

test("TokenCache.get() with a store keeps both hosts of a token", async () => {
  const token = tokenText(1, "business");
  const endpoints = { api: "https://api.individual.githubcopilot.com" };
  const { fetch } = stubFetch(countedTokens({ ...LIFETIME, token, endpoints }));
  const backend = memoryStore();
  const first = await processOver(backend).get("ghu_a", { fetch });
  const second = await processOver(backend).get("ghu_a", { fetch });
  assert(first.otherBaseURL);
  assertEquals(
    [second.baseURL, second.otherBaseURL],
    [first.baseURL, first.otherBaseURL],
  );
});

test("TokenCache.get() with a store keeps accounts, domains and plans apart", async () => {
  const { fetch, exchanges } = stubFetch(countedTokens(LIFETIME));
  const backend = memoryStore();
  const calls = [
    ["ghu_a", {}],
    ["ghu_b", {}],
    ["ghu_a", { domain: "acme.ghe.com" }],
    ["gho_a", {}],
    ["gho_a", { auth: "exchange" }],
  ] as const;
  const tokens = new Set<string>();
  for (const [credential, options] of [...calls, ...calls]) {
    const cache = processOver(backend);
    const { value } = await cache.get(credential, { fetch, ...options });
    tokens.add(value);
  }
  assertEquals([exchanges.length, tokens.size], [calls.length, calls.length]);
  assertEquals(backend.values.size, calls.length);
});

test("TokenCache.get() with a store never stores a direct credential, nor asks for one", async () => {
  const { fetch } = stubFetch(() =>
    Response.json({ message: "Not Found" }, { status: 404 })
  );
  for (
    const [credential, auth] of [
      ["ghs_a", "auto"],
      ["github_pat_a", "auto"],
      ["ghu_a", "direct"],
    ] as const
  ) {
    const backend = lockingStore();
    const token = await processOver(backend).get(credential, { fetch, auth });
    assertEquals([token.auth, backend.calls], ["direct", []]);
  }
});

test("TokenCache.get() with a store and a lock reports to others that an OAuth token is used directly", async () => {
  using time = simulateStoreTime();
  const { fetch } = stubFetch(async () => {
    await time.sleep(300);
    return Response.json({ message: "Not Found" }, { status: 404 });
  });
  const backend = lockingStore();
  const started = performance.now();
  const tokens = await time.until(Promise.all(
    [1, 2, 3].map(() => processOver(backend).get("gho_a", { fetch })),
  ));
  assertEquals(tokens.map(({ auth }) => auth), Array(3).fill("direct"));
  // Two rounds of two requests each, and a pause.
  assert(performance.now() - started < 3 * SECOND);
});

test("TokenCache.get() with a store replaces a token that Copilot refused", async () => {
  using time = simulateStoreTime();
  const { fetch, exchanges } = stubFetch(countedTokens(LIFETIME));
  const backend = memoryStore();
  const [first, second] = [processOver(backend), processOver(backend)];
  const refused = await first.get("ghu_a", { fetch });
  await second.get("ghu_a", { fetch });
  await time.advance(MINUTE);
  first.invalidate("ghu_a", { token: refused });
  const replaced = await first.get("ghu_a", { fetch });
  assert(replaced.value !== refused.value);
  // The other process finds the new one, also when it was refused the old one.
  second.invalidate("ghu_a");
  assertEquals((await second.get("ghu_a", { fetch })).value, replaced.value);
  const third = await processOver(backend).get("ghu_a", { fetch });
  assertEquals(third.value, replaced.value);
  assertEquals(exchanges.length, 2);
});

test("TokenCache.get() with a store removes a token that Copilot refused before it is replaced", async () => {
  const { fetch } = stubFetch(countedTokens(LIFETIME));
  const backend = memoryStore();
  const cache = processOver(backend);
  await cache.get("ghu_a", { fetch });
  cache.invalidate("ghu_a");
  const sizes: number[] = [];
  await cache.get("ghu_a", {
    fetch: (...args) => {
      sizes.push(backend.values.size);
      return fetch(...args);
    },
  });
  assertEquals([sizes, backend.values.size], [[0], 1]);
});

test("TokenCache.get() with a store forgets the stored token when GitHub refuses the credential", async () => {
  using time = simulateStoreTime();
  let isRefused = false;
  const tokens = countedTokens(LIFETIME);
  const { fetch, exchanges } = stubFetch((call) =>
    isRefused
      ? Response.json({ message: "Bad credentials" }, { status: 401 })
      : tokens(call)
  );
  const backend = memoryStore();
  const cache = processOver(backend);
  await cache.get("ghu_a", { fetch });
  isRefused = true;
  cache.invalidate("ghu_a");
  assertEquals(
    (await tokenError(() => cache.get("ghu_a", { fetch }))).code,
    "bad_credentials",
  );
  const other = processOver(backend);
  const { code } = await tokenError(() => other.get("ghu_a", { fetch }));
  assertEquals([code, exchanges.length], ["bad_credentials", 3]);
  await time.advance(MINUTE);
  isRefused = false;
  await other.get("ghu_a", { fetch });
  await processOver(backend).get("ghu_a", { fetch });
  assertEquals(exchanges.length, 4);
});

test("TokenCache.get() with a store leaves the stored token when GitHub is down", async () => {
  using time = simulateStoreTime();
  let isDown = false;
  const tokens = countedTokens(LIFETIME);
  const { fetch } = stubFetch((call) =>
    isDown ? new Response("", { status: 503 }) : tokens(call)
  );
  const backend = memoryStore();
  const cache = processOver(backend);
  const { value } = await cache.get("ghu_a", { fetch });
  isDown = true;
  await time.advance(10 * MINUTE);
  const other = await processOver(backend).get("ghu_a", { fetch });
  assertEquals(other.value, value);
});

test("TokenCache.get() with a store ends when the caller aborts, without a report", async () => {
  using time = simulateStoreTime();
  const backend = lockingStore();
  const errors: unknown[] = [];
  const { fetch, exchanges } = stubFetch(() => new Promise(() => {}));
  const holder = processOver(backend).get("ghu_a", { fetch });
  await time.advance(10);
  const aborting = new AbortController();
  const { signal } = aborting;
  const cache = processOver(backend, (error) => errors.push(error));
  const waiting = rejection(() => cache.get("ghu_a", { fetch, signal }));
  await time.advance(100);
  aborting.abort("enough");
  assertEquals(await waiting, "enough");
  await time.advance(3 * SECOND); // an exchange that nobody waits for ends
  assertEquals([errors, exchanges.length], [[], 1]);
  await tokenError(() => time.until(holder));
});

test("TokenCache.get() with a store does not go back to an older token that is put into it", async () => {
  using time = simulateStoreTime();
  const { fetch, exchanges } = stubFetch(countedTokens(LIFETIME));
  const backend = memoryStore();
  const cache = processOver(backend);
  await cache.get("ghu_a", { fetch });
  const old = new Map(backend.values);
  await time.advance(2 * MINUTE);
  cache.invalidate("ghu_a");
  const { value } = await cache.get("ghu_a", { fetch });
  for (const [key, sealed] of old) backend.values.set(key, sealed);
  await time.advance(2 * MINUTE);
  cache.invalidate("ghu_a");
  assertEquals(value, tokenText(2));
  assertEquals((await cache.get("ghu_a", { fetch })).value, tokenText(3));
  assertEquals(exchanges.length, 3);
});

test("TokenCache.get() with a store does not wait for a lock after another process got nothing to share", async () => {
  using time = simulateStoreTime();
  const { fetch, exchanges } = stubFetch(() =>
    Response.json({ message: "Bad credentials" }, { status: 401 })
  );
  const store = lockingStore();
  const backend = { ...store, delete: () => true }; // does not end the lock
  const started = performance.now();
  for (let process = 0; process < 3; process++) {
    const cache = processOver(backend);
    await tokenError(() => time.until(cache.get("ghu_a", { fetch })));
  }
  assertEquals([exchanges.length, performance.now() - started], [3, 0]);
});
