import { assert, assertEquals } from "@std/assert";
import { test } from "node:test";
import {
  lockingStore,
  memoryStore,
  simulateStoreTime,
  startProcess,
} from "../helpers/stores.ts";
import {
  countedTokens,
  HOUR,
  MINUTE,
  SECOND,
  stubFetch,
  tokenError,
  tokenResponse,
  tokenText,
} from "../helpers/stubs.ts";

const LIFETIME = { refresh_in: 1500 };

/** How far a process's clock is ahead, and whether it can use the token. */
const CLOCKS: [ahead: number, isShared: boolean, reports: number][] = [
  [0, true, 0],
  [-5 * MINUTE, true, 0],
  [-5 * MINUTE - 1, false, 1],
  [-HOUR, false, 1],
  [5 * MINUTE, true, 0],
  [25 * MINUTE - 1, true, 0],
  [25 * MINUTE, false, 0],
  [HOUR, false, 0],
];

for (const [ahead, isShared, reports] of CLOCKS) {
  test(`TokenCache.get() ${isShared ? "takes" : "ignores"} a stored token where the clock is ${ahead} ms ahead`, async () => {
    using time = simulateStoreTime();
    const { fetch, exchanges } = stubFetch(countedTokens(LIFETIME));
    const backend = new Map<string, string>(); // without times to live
    await startProcess(backend).cache.get("ghu_a", { fetch });
    time.shiftClock(ahead);
    const { cache, errors } = startProcess(backend);
    const token = await cache.get("ghu_a", { fetch });
    assertEquals(exchanges.length, isShared ? 1 : 2);
    assertEquals(errors.length, reports);
    assert(token.refreshAt > Date.now() || !isShared);
    // A clock that is behind does not make a token valid for longer.
    assert(token.expiresAt <= Date.now() + 30 * MINUTE);
    assert(token.refreshAt <= Date.now() + 25 * MINUTE);
  });
}

test("sealStore() gives the backend the time to live of a token", async () => {
  using _time = simulateStoreTime();
  const { fetch } = stubFetch(countedTokens(LIFETIME));
  const ttls: number[] = [];
  const { cache } = startProcess({
    ...memoryStore(),
    set: (_key, _value, ttlMs) => ttls.push(ttlMs),
  });
  await cache.get("ghu_a", { fetch });
  assertEquals(ttls, [25 * MINUTE]);
});

for (const random of [0, 0.5, 1 - Number.EPSILON]) {
  test(`TokenCache.get() refreshes a shared token within the advisory window, with random ${random}`, async () => {
    using time = simulateStoreTime();
    using _random = stubRandom(() => random);
    const { fetch } = stubFetch(countedTokens(LIFETIME));
    const backend = memoryStore();
    const refreshAt = Date.now() + 25 * MINUTE;
    const earliest = refreshAt - 2 * MINUTE;
    const expected = earliest + random * 2 * MINUTE;
    const first = await startProcess(backend).cache.get("ghu_a", { fetch });
    await time.advance(20 * MINUTE);
    const second = await startProcess(backend).cache.get("ghu_a", { fetch });
    for (const token of [first, second]) {
      assert(Math.abs(token.refreshAt - expected) < SECOND);
    }
    await time.advance(4 * MINUTE); // into the window
    const third = await startProcess(backend).cache.get("ghu_a", { fetch });
    assert(third.refreshAt >= Date.now() && third.refreshAt <= refreshAt);
  });
}

test("TokenCache.get() spreads the refreshes of a short token over a fifth of its lifetime", async () => {
  using _time = simulateStoreTime();
  using _random = stubRandom(() => 0);
  const { fetch } = stubFetch(countedTokens({ refresh_in: 100 }));
  const { refreshAt } = await startProcess(memoryStore()).cache.get("ghu_a", {
    fetch,
  });
  assertEquals(refreshAt - Date.now(), 80 * SECOND);
});

test("TokenCache.get() takes a token that another process refreshed meanwhile", async () => {
  using time = simulateStoreTime();
  const { fetch, exchanges } = stubFetch(countedTokens(LIFETIME));
  const backend = memoryStore();
  const processes = [startProcess(backend), startProcess(backend)];
  for (const { cache } of processes) await cache.get("ghu_a", { fetch });
  await time.advance(24 * MINUTE + 59 * SECOND);
  for (const { cache } of processes) {
    cache.get("ghu_a", { fetch }); // in the background
    await time.advance(SECOND);
    assertEquals((await cache.get("ghu_a", { fetch })).value, tokenText(2));
  }
  assertEquals(exchanges.length, 2);
});

test("TokenCache.get() waits for the process that has the lock", async () => {
  using time = simulateStoreTime();
  const { fetch, exchanges } = stubFetch(async () => {
    await time.sleep(3 * SECOND);
    return Response.json({ token: tokenText(1), ...LIFETIME });
  });
  const backend = lockingStore();
  const calls = Array.from(
    { length: 10 },
    () => startProcess(backend).cache.get("ghu_a", { fetch }),
  );
  const started = performance.now();
  await time.until(Promise.all(calls));
  assertEquals(exchanges.length, 1);
  // The last look is at most a second after the token was stored.
  assert(performance.now() - started <= 4 * SECOND);
});

test("TokenCache.get() makes an exchange when the lock has ended", async () => {
  using time = simulateStoreTime();
  const { fetch, exchanges } = stubFetch(countedTokens(LIFETIME));
  const backend = lockingStore();
  const dead = stubFetch(() => new Promise(() => {}));
  startProcess(backend).cache.get("ghu_a", { fetch: dead.fetch })
    .catch(() => {});
  await time.advance(1);
  const started = performance.now();
  const calls = Array.from(
    { length: 10 },
    () => startProcess(backend).cache.get("ghu_a", { fetch }),
  );
  await time.until(Promise.all(calls));
  assertEquals([dead.exchanges.length, exchanges.length], [1, 1]);
  const waited = performance.now() - started;
  assert(waited >= 4 * SECOND && waited <= 8 * SECOND, `${waited} ms`);
});

test("TokenCache.get() waits for 10 seconds at most, and then makes an exchange of its own", async () => {
  using time = simulateStoreTime();
  const { fetch, exchanges } = stubFetch(countedTokens(LIFETIME));
  const backend = { ...lockingStore(), lock: () => false };
  const { cache } = startProcess(backend);
  const started = performance.now();
  await time.until(cache.get("ghu_a", { fetch }));
  const waited = performance.now() - started;
  assertEquals(exchanges.length, 1);
  assert(waited >= 10 * SECOND && waited <= 11 * SECOND, `${waited} ms`);
});

test("TokenCache.get() ends its lock when GitHub is down, so that the next attempt need not wait", async () => {
  using time = simulateStoreTime();
  let isDown = true;
  const tokens = countedTokens(LIFETIME);
  const { fetch, exchanges } = stubFetch((call) =>
    isDown ? new Response("", { status: 503 }) : tokens(call)
  );
  const backend = lockingStore();
  const { cache } = startProcess(backend);
  await tokenError(() => time.until(cache.get("ghu_a", { fetch })));
  assertEquals(backend.locks.size, 0);
  isDown = false;
  await time.advance(SECOND); // the cooldown
  const started = performance.now();
  await time.until(cache.get("ghu_a", { fetch }));
  assertEquals([exchanges.length, performance.now() - started], [2, 0]);
});

test("TokenCache.get() leaves a lock that another process may have by now", async () => {
  using time = simulateStoreTime();
  const { fetch } = stubFetch(async () => {
    await time.sleep(6 * SECOND);
    return tokenResponse(LIFETIME);
  });
  const backend = lockingStore();
  const slow = startProcess(backend).cache.get("ghu_a", { fetch });
  await time.advance(5.5 * SECOND);
  const next = startProcess(backend).cache.get("ghu_a", { fetch });
  await time.until(slow);
  assertEquals(backend.locks.size, 1); // of the next process
  await time.until(next);
});

test("TokenCache.get() looks at the store again when it has the lock", async () => {
  using _time = simulateStoreTime();
  const { fetch, exchanges } = stubFetch(countedTokens(LIFETIME));
  const store = lockingStore();
  const other = startProcess(store).cache;
  let isFirst = true;
  const { cache } = startProcess({
    ...store,
    async lock() {
      // The other process is done between the look and the lock.
      if (isFirst) await other.get("ghu_a", { fetch });
      isFirst = false;
      return true;
    },
  });
  await cache.get("ghu_a", { fetch });
  assertEquals(exchanges.length, 1);
});

function stubRandom(random: () => number): Disposable {
  const real = Math.random;
  Math.random = random;
  return {
    [Symbol.dispose]() {
      Math.random = real;
    },
  };
}
