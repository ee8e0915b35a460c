import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { test } from "node:test";
import { inspect } from "node:util";
import { TokenCache } from "../../mod.ts";
import {
  countedTokens,
  deferred,
  HOUR,
  MINUTE,
  rejection,
  SECOND,
  settle,
  stubClock,
  stubTimers,
  tokenError,
  tokenResponse,
  tokenText,
} from "../helpers/stubs.ts";
import {
  down,
  failingFrom,
  heldBack,
  inTurn,
  limited,
  setUp,
  stalled,
} from "../helpers/scripted_github.ts";

// ── the mutex ─────────────────────────────────────────────────────────────

test("A thousand callers on a cold cache make one exchange", async () => {
  const { get, exchanges } = setUp();
  const tokens = await Promise.all(Array.from({ length: 1000 }, () => get()));
  assertEquals(tokens, Array(1000).fill(1));
  assertEquals(exchanges.length, 1);
});

test("A thousand callers share a failure, and the next one tries again", async () => {
  const { get, exchanges } = setUp(failingFrom(1, down, 2));
  const errors = await Promise.all(
    Array.from({ length: 1000 }, () => tokenError(get)),
  );
  assertEquals(errors.map(({ code }) => code), Array(1000).fill("unavailable"));
  assertEquals(exchanges.length, 1);
  assertEquals(await get(), 1);
  assertEquals(exchanges.length, 2);
});

test("A thousand callers in the mandatory window make one exchange", async () => {
  using clock = stubClock();
  const { get, exchanges } = setUp(failingFrom(2, down));
  await get();
  clock.advance(26 * MINUTE);
  const tokens = await Promise.all(Array.from({ length: 1000 }, () => get()));
  assertEquals(tokens, Array(1000).fill(1));
  assertEquals(exchanges.length, 2);
});

test("Whoever comes during a background renewal past refreshAt waits for it", async () => {
  using clock = stubClock();
  const gate = deferred();
  const tokens = countedTokens();
  const { get, exchanges } = setUp(inTurn(tokens, heldBack(gate, tokens)));
  await get();
  clock.advance(24 * MINUTE);
  await get();
  clock.advance(2 * MINUTE);
  const late = get();
  gate.resolve();
  assertEquals(await late, 2);
  assertEquals(exchanges.length, 2);
});

for (
  const [what, answer, outcome] of [
    ["brought a token", () => tokenResponse(), undefined],
    ["told of a rate limit", limited(100), "rate_limited"],
  ] as const
) {
  test(`Whoever comes as an exchange ends that ${what} makes no other`, async () => {
    // At each of the microtasks that the ending takes, and some more.
    for (let turns = 0; turns < 30; turns++) {
      const { get, exchanges } = setUp(async () => {
        late = (async () => {
          for (let turn = 0; turn < turns; turn++) await null;
          return await get().then(() => undefined, ({ code }) => code);
        })();
        return await answer();
      });
      let late: Promise<string | undefined> | undefined;
      await get().catch(() => {});
      assertEquals([await late, exchanges.length], [outcome, 1]);
    }
  });
}

test("Why a waiter leaves is not how the exchange ended", async () => {
  const { cache, options } = setUp(limited(3600));
  const reason = await tokenError(() => cache.get("ghu_b", options));
  const controller = new AbortController();
  const { signal } = controller;
  const { get, exchanges } = setUp(inTurn(stalled, countedTokens()));
  const left = rejection(() => get(signal));
  controller.abort(reason);
  assertEquals(await left, reason);
  assertEquals(await get(), 1);
  assertEquals(exchanges.length, 2);
});

test("A waiter with an old token leaves with its reason all the same", async () => {
  using clock = stubClock();
  const { get } = setUp(inTurn(countedTokens(), down, stalled));
  const { cache, options } = setUp(down);
  const reason = await tokenError(() => cache.get("ghu_b", options));
  await get();
  clock.advance(26 * MINUTE);
  const controller = new AbortController();
  const left = rejection(() => get(controller.signal));
  controller.abort(reason);
  assertEquals(await left, reason);
});

test("An exchange's end is told with its own time limit", async () => {
  const { cache, options } = setUp(stalled);
  const limits = [10, 30_000];
  const messages = await Promise.all(limits.map(async (exchangeTimeout) => {
    const error = await tokenError(() =>
      cache.get("ghu_a", { ...options, exchangeTimeout })
    );
    return error.message;
  }));
  assertEquals(
    messages,
    Array(2).fill("copilot token exchange: no answer in time"),
  );
});

test("A time limit with a fraction is one to wait behind as well", async () => {
  using clock = stubClock();
  const tokens = countedTokens();
  const { cache, options, exchanges } = setUp(inTurn(tokens, stalled));
  const get = () => cache.get("ghu_a", { ...options, exchangeTimeout: 4.3 });
  const { value } = await get();
  clock.advance(26 * MINUTE);
  for (let call = 0; call < 3; call++) {
    assertEquals((await get()).value, value);
  }
  assertEquals(exchanges.length, 2);
});

test("A credential that is not known may have a token", () => {
  assertEquals(new TokenCache().invalidate("ghu_a"), true);
});

test("Two credentials do not wait for each other", async () => {
  const { get } = setUp(({ headers }) =>
    headers.authorization === "Bearer ghu_slow" ? stalled() : tokenResponse()
  );
  const controller = new AbortController();
  const slow = rejection(() => get(controller.signal, "ghu_slow"));
  assertEquals(await get(undefined, "ghu_quick"), 1);
  controller.abort();
  await slow;
});

test("Credential, domain and kind of auth each have an entry", async () => {
  const { cache, options, exchanges } = setUp();
  for (let round = 0; round < 2; round++) {
    await cache.get("ghu_a", options);
    await cache.get(" ghu_a ", options);
    await cache.get("ghu_b", options);
    await cache.get("ghu_a", { ...options, domain: "acme.ghe.com" });
    await cache.get("ghu_a", { ...options, auth: "direct" });
    await cache.get("ghu_a", { ...options, domain: "ACME.ghe.com" });
    await cache.get("ghu_a", { ...options, domain: "github.com" });
  }
  assertEquals(exchanges.length, 4);
});

test("A reentrant call from fetch shares the exchange", async () => {
  let inner: Promise<number> | undefined;
  const tokens = countedTokens();
  const { get, exchanges } = setUp((call) => {
    inner ??= get();
    return tokens(call);
  });
  assertEquals(await get(), 1);
  assertEquals(await inner, 1);
  assertEquals(exchanges.length, 1);
});

test("No time limit is too long to wait with", async () => {
  for (const exchangeTimeout of [Infinity, 2 ** 31 - 1, 1e12]) {
    const gate = deferred();
    const tokens = countedTokens();
    const { get, exchanges } = setUp(heldBack(gate, tokens), {
      exchangeTimeout,
    });
    const calls = [get(), get()];
    await new Promise((resolve) => setTimeout(resolve, 10));
    gate.resolve();
    assertEquals(await Promise.all(calls), [1, 1]);
    assertEquals(exchanges.length, 1);
  }
});

test("A waiter with less time leaves earlier; the others go on", async () => {
  const gate = deferred<Response>();
  const { cache, get, options, exchanges } = setUp(() => gate.promise);
  const patient = get();
  const { code } = await tokenError(() =>
    cache.get("ghu_a", { ...options, exchangeTimeout: 5 })
  );
  assertEquals(code, "timeout");
  assertEquals(exchanges[0].signal?.aborted, false);
  gate.resolve(tokenResponse());
  assertEquals(await patient, 1);
  assertEquals(exchanges.length, 1);
});

test("An exchange that does not keep its own time limit is given up", async () => {
  // As in workerd, where it dies with the request that began it.
  using timers = stubTimers();
  const { get, exchanges } = setUp(inTurn(stalled, countedTokens()), {
    exchangeTimeout: 5,
  });
  void timers.dead(() => rejection(() => get()));
  const joined = tokenError(get);
  timers.now = 6;
  assertEquals((await joined).code, "timeout");
  assertEquals(exchanges.length, 1);
  assertEquals(await get(), 1);
});

test("What an exchange brings that was given up does not count", async () => {
  using timers = stubTimers();
  const gates = [deferred<Response>(), deferred<Response>()];
  const answers = gates.map(({ promise }) => promise);
  const { get, exchanges } = setUp(() => answers.shift()!);
  const first = get();
  timers.now = 30_000;
  const second = get();
  gates[1].resolve(tokenResponse({ token: tokenText(2) }));
  assertEquals(await second, 2);
  gates[0].resolve(tokenResponse({ token: tokenText(1) }));
  assertEquals(await first, 1);
  assertEquals(await get(), 2);
  assertEquals(exchanges.length, 2);
});

test("A dead exchange in the background makes nobody wait", async () => {
  using clock = stubClock();
  using timers = stubTimers();
  const tokens = countedTokens();
  const { get, exchanges } = setUp(inTurn(tokens, stalled, tokens));
  await get();
  clock.advance(24 * MINUTE);
  await timers.dead(get);
  timers.now = 30_001;
  clock.advance(30_001);
  assertEquals(await get(), 1);
  await settle();
  assertEquals(await get(), 2);
  assertEquals(exchanges.length, 3);
});

// ── invalidate and clear ──────────────────────────────────────────────────

test("invalidate() drops that token, and no newer one", async () => {
  const { cache, options, exchanges } = setUp();
  const old = await cache.get("ghu_a", options);
  assertEquals(cache.invalidate("ghu_a", { token: old }), true);
  const fresh = await cache.get("ghu_a", options);
  assertEquals(fresh.value, tokenText(2));
  assertEquals(cache.invalidate("ghu_a", { token: old }), true);
  assertEquals(await cache.get("ghu_a", options), fresh);
  assertEquals(exchanges.length, 2);
});

test("invalidate() without a token drops whichever is kept", async () => {
  const { cache, options } = setUp();
  await cache.get("ghu_a", options);
  cache.invalidate("ghu_a");
  assertEquals((await cache.get("ghu_a", options)).value, tokenText(2));
});

test("invalidate() allows one forced exchange a minute", async () => {
  using clock = stubClock();
  const { cache, options } = setUp();
  await cache.get("ghu_a", options);
  assertEquals(cache.invalidate("ghu_a"), true);
  await cache.get("ghu_a", options);
  clock.advance(MINUTE - 1);
  assertEquals(cache.invalidate("ghu_a"), false);
  assertEquals((await cache.get("ghu_a", options)).value, tokenText(2));
  clock.advance(1);
  assertEquals(cache.invalidate("ghu_a"), true);
});

test("invalidate() does not count a renewal that is under way", async () => {
  using clock = stubClock();
  const gate = deferred();
  const tokens = countedTokens();
  const { cache, options, exchanges } = setUp(
    inTurn(tokens, heldBack(gate, tokens), tokens),
  );
  const token = await cache.get("ghu_a", options);
  clock.advance(24 * MINUTE);
  await cache.get("ghu_a", options);
  assertEquals(cache.invalidate("ghu_a", { token }), true);
  const next = cache.get("ghu_a", options);
  gate.resolve();
  assertEquals((await next).value, tokenText(2));
  assertEquals(cache.invalidate("ghu_a"), true);
  assertEquals(exchanges.length, 2);
});

test("invalidate() knows credentials and domains apart", async () => {
  const { cache, options, exchanges } = setUp();
  await cache.get("ghu_a", options);
  cache.invalidate("ghu_b");
  cache.invalidate("ghu_a", { domain: "acme.ghe.com" });
  cache.invalidate("ghu_a", { auth: "direct" });
  await cache.get("ghu_a", options);
  assertEquals(exchanges.length, 1);
  cache.invalidate(" ghu_a ", { domain: "https://github.com/" });
  await cache.get("ghu_a", options);
  assertEquals(exchanges.length, 2);
});

test("clear() forgets all tokens", async () => {
  const { cache, options, exchanges } = setUp();
  await cache.get("ghu_a", options);
  cache.clear();
  await cache.get("ghu_a", options);
  assertEquals(exchanges.length, 2);
});

test("clear() takes nothing from a call that is under way", async () => {
  using clock = stubClock();
  const gate = deferred<Response>();
  const { cache, get } = setUp(inTurn(countedTokens(), () => gate.promise));
  await get();
  clock.advance(26 * MINUTE);
  const renewing = get();
  cache.clear();
  gate.resolve(down());
  assertEquals(await renewing, 1);
});

test("clear() lets an exchange end for those who wait, and no others", async () => {
  const gate = deferred();
  const tokens = countedTokens();
  const { cache, get, exchanges } = setUp(
    inTurn(heldBack(gate, tokens), tokens),
  );
  const before = get();
  cache.clear();
  const after = get();
  assertEquals(await after, 1);
  gate.resolve();
  assertEquals(await before, 2);
  assertEquals(await get(), 1);
  assertEquals(exchanges.length, 2);
});

test("A cache shows neither credentials nor tokens", async () => {
  const { cache, options } = setUp();
  await cache.get("ghu_secret", options);
  const shown = inspect(cache, { depth: 9, showHidden: true }) +
    JSON.stringify(cache);
  assert(!/secret|tid=/.test(shown), shown);
});

test("Waits leave no timer behind that would keep a process alive", async () => {
  const real = { set: globalThis.setTimeout, clear: globalThis.clearTimeout };
  const timers = new Set<unknown>();
  globalThis.setTimeout = ((...args: Parameters<typeof setTimeout>) => {
    const timer = real.set(...args);
    timers.add(timer);
    return timer;
  }) as typeof setTimeout;
  globalThis.clearTimeout = ((timer: Parameters<typeof clearTimeout>[0]) => {
    timers.delete(timer);
    real.clear(timer);
  }) as typeof clearTimeout;
  try {
    using clock = stubClock();
    const { get } = setUp(failingFrom(2, down));
    await Promise.all([get(), get()]);
    clock.advance(24 * MINUTE);
    await get();
    clock.advance(2 * MINUTE);
    await get();
    const { get: never } = setUp(stalled);
    const controller = new AbortController();
    const call = rejection(() => never(controller.signal));
    assert(timers.size > 0);
    controller.abort("enough");
    await call;
    for (let turn = 0; turn < 30; turn++) await Promise.resolve();
    assertEquals(timers.size, 0);
  } finally {
    globalThis.setTimeout = real.set;
    globalThis.clearTimeout = real.clear;
  }
});

test("Dead entries are dropped when a new one is put in", async () => {
  using clock = stubClock();
  const sizes: number[] = [];
  const real = Map.prototype.set;
  // The cache shows nothing of itself, so its Map is watched as it grows.
  Map.prototype.set = function (key, value) {
    if (typeof key === "string" && key.startsWith("exchange github.com")) {
      sizes.push(this.size);
    }
    return real.call(this, key, value);
  };
  try {
    const { get } = setUp();
    for (let count = 0; count < 100; count++) await get(undefined, `a${count}`);
    clock.advance(29 * MINUTE);
    await get(undefined, "b");
    clock.advance(2 * MINUTE);
    await get(undefined, "c");
    clock.advance(HOUR);
    await get(undefined, "d");
  } finally {
    Map.prototype.set = real;
  }
  assertEquals(sizes.slice(-3), [100, 1, 0]);
});

test("An entry without a token is not dropped while its rate limit holds", async () => {
  using clock = stubClock();
  const { get, exchanges } = setUp(({ headers }) =>
    headers.authorization === "Bearer ghu_a" ? limited(600)() : tokenResponse()
  );
  await tokenError(get);
  clock.advance(2 * MINUTE);
  await get(undefined, "ghu_b");
  assertEquals((await tokenError(get)).retryAfter, 480);
  assertEquals(exchanges.length, 2);
});

test("An entry without a token is not dropped in the minute after it was forced", async () => {
  using clock = stubClock();
  const tokens = countedTokens();
  const { cache, get, options } = setUp(inTurn(tokens, down, tokens));
  await get();
  clock.advance(50 * SECOND);
  const token = await cache.get("ghu_a", options);
  assertEquals(cache.invalidate("ghu_a", { token }), true);
  await tokenError(get);
  clock.advance(40 * SECOND); // the pause is over, the minute is not
  await get(undefined, "ghu_b");
  await get();
  assertEquals(cache.invalidate("ghu_a"), false);
});

test("An exchange under way keeps its entry from being dropped", async () => {
  using clock = stubClock();
  const gate = deferred<Response>();
  const { get, exchanges } = setUp(({ headers }) =>
    headers.authorization === "Bearer ghu_a" ? gate.promise : tokenResponse()
  );
  const first = get();
  clock.advance(2 * MINUTE);
  await get(undefined, "ghu_b");
  const second = get();
  gate.resolve(tokenResponse());
  assertEquals([await first, await second], [1, 1]);
  assertEquals(exchanges.length, 2);
});

test("How an exchange fails that was given up does not count either", async () => {
  using clock = stubClock();
  using timers = stubTimers();
  const gates = [deferred<Response>(), deferred<Response>()];
  const answers = gates.map(({ promise }) => promise);
  const { get } = setUp(() => answers.shift() ?? tokenResponse());
  const first = tokenError(get);
  timers.now = 30_001;
  const second = get();
  gates[0].resolve(limited(600)());
  await settle();
  gates[1].resolve(tokenResponse({ token: tokenText(2), refresh_in: 10 }));
  assertEquals(await second, 2);
  assertEquals((await first).code, "rate_limited");
  clock.advance(9 * SECOND);
  assertEquals(await get(), 2);
  await settle();
  assertEquals(await get(), 1); // renewed, as no pause is in force
});

test("Who joins an exchange late waits no longer than it may take", async () => {
  using timers = stubTimers();
  const { cache, get, options } = setUp(inTurn(stalled, countedTokens()), {
    exchangeTimeout: 5000,
  });
  void timers.dead(() => rejection(() => get()));
  timers.now = 4000;
  const { setTimeout } = globalThis;
  const waits: number[] = [];
  globalThis.setTimeout = ((run: () => void, milliseconds: number) => {
    waits.push(milliseconds);
    timers.now = 5001;
    return setTimeout(run, 0);
  }) as unknown as typeof setTimeout;
  const { code, message } = await tokenError(() =>
    cache.get("ghu_a", { ...options, exchangeTimeout: 3000 })
  );
  assertEquals(code, "timeout");
  assertStringIncludes(message, "no answer in time");
  assertEquals(waits, [1000]);
  assertEquals(await get(), 1);
});
