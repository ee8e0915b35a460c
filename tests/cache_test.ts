import { assert, assertEquals } from "@std/assert";
import { test } from "node:test";
import { inspect } from "node:util";
import { type ExchangeOptions, TokenCache } from "../mod.ts";
import {
  type Answer,
  countedTokens,
  deferred,
  HOUR,
  MINUTE,
  rejection,
  rejectionOf,
  SECOND,
  settle,
  stubClock,
  stubFetch,
  tokenError,
  tokenResponse,
  tokenText,
} from "./stubs.ts";

/** A cache over a scripted GitHub. */
function setUp(exchange: Answer = countedTokens(), more: ExchangeOptions = {}) {
  const { fetch, exchanges } = stubFetch(exchange);
  const cache = new TokenCache();
  const options = { fetch, ...more };
  return {
    cache,
    exchanges,
    options,
    /** Gets a token, and gives the number that it was made with. */
    async get(signal?: AbortSignal, pat = "ghu_a"): Promise<number> {
      const { value } = await cache.get(pat, { ...options, signal });
      return Number(/tid=(\d+)/.exec(value)?.[1]);
    },
  };
}

/** Answers in turn, the last one for good. */
function inTurn(...answers: Answer[]): Answer {
  return (call) => (answers.length > 1 ? answers.shift()! : answers[0])(call);
}

const down = () => new Response("down", { status: 503 });
const refused = () => new Response("no", { status: 401 });
const limited = (seconds: number) => () =>
  new Response("", { status: 429, headers: { "retry-after": `${seconds}` } });
const stalled = () => new Promise<Response>(() => {});

/** Answers with numbered tokens until the count is `from`, then otherwise. */
function failingFrom(from: number, failure: Answer, until = Infinity): Answer {
  const tokens = countedTokens();
  let count = 0;
  return (call) => {
    count++;
    return count >= from && count < until ? failure(call) : tokens(call);
  };
}

// ── the table of windows ──────────────────────────────────────────────────

test("A fresh token is returned without an exchange", async () => {
  using clock = stubClock();
  const { get, exchanges } = setUp();
  assertEquals(await get(), 1);
  clock.advance(23 * MINUTE - 1);
  assertEquals(await get(), 1);
  await settle();
  assertEquals(exchanges.length, 1);
});

test("In its last two minutes a token is renewed in the background", async () => {
  using clock = stubClock();
  const gate = deferred();
  const tokens = countedTokens();
  const { get, exchanges } = setUp(inTurn(tokens, async (call) => {
    await gate.promise;
    return tokens(call);
  }));
  await get();
  clock.advance(23 * MINUTE);
  assertEquals([await get(), await get()], [1, 1]); // nobody waits
  assertEquals(exchanges.length, 2); // and one renewal is enough
  gate.resolve();
  await settle();
  assertEquals(await get(), 2);
  assertEquals(exchanges.length, 2);
});

test("A short life has a short advisory window: its last fifth", async () => {
  using clock = stubClock();
  const { get, exchanges } = setUp(countedTokens({ refresh_in: 300 }));
  await get();
  clock.advance(4 * MINUTE - 1);
  await get();
  assertEquals(exchanges.length, 1);
  clock.advance(1);
  assertEquals(await get(), 1);
  assertEquals(exchanges.length, 2);
});

test("A background renewal that fails is silent", async () => {
  using clock = stubClock();
  const { get, exchanges } = setUp(inTurn(countedTokens(), refused));
  await get();
  clock.advance(24 * MINUTE);
  assertEquals(await get(), 1);
  await settle();
  assertEquals(await get(), 1);
  assertEquals(exchanges.length, 2);
});

test("From refreshAt on a token is renewed first", async () => {
  using clock = stubClock();
  const { get, exchanges } = setUp();
  await get();
  clock.advance(25 * MINUTE);
  assertEquals(await get(), 2);
  assertEquals(exchanges.length, 2);
});

test("From expiresAt on a token is never returned", async () => {
  using clock = stubClock();
  const { get } = setUp(inTurn(countedTokens(), down));
  await get();
  clock.advance(30 * MINUTE - 1);
  assertEquals(await get(), 1);
  clock.advance(1);
  assertEquals((await tokenError(get)).code, "unavailable");
});

const passing: Record<string, [answer: Answer, code: string]> = {
  "GitHub is down": [down, "unavailable"],
  "the network is down": [
    () => Promise.reject(new TypeError("fetch failed")),
    "network",
  ],
  "GitHub is stalled": [stalled, "timeout"],
  "GitHub sends a page": [() => new Response("<html>"), "invalid_response"],
  "GitHub limits the rate": [limited(1), "rate_limited"],
};

for (const [what, [answer, code]] of Object.entries(passing)) {
  test(`Between refreshAt and expiresAt the old token serves if ${what}`, async () => {
    using clock = stubClock();
    const { get } = setUp(inTurn(countedTokens(), answer), {
      exchangeTimeout: 5,
    });
    await get();
    clock.advance(26 * MINUTE);
    assertEquals(await get(), 1);
    clock.advance(3 * MINUTE + 59 * SECOND);
    assertEquals(await get(), 1);
  });

  test(`A cold cache tells that ${what}`, async () => {
    const { get } = setUp(answer, { exchangeTimeout: 5 });
    assertEquals((await tokenError(get)).code, code);
  });
}

for (const status of [401, 403, 404]) {
  test(`Between refreshAt and expiresAt a ${status} is the answer`, async () => {
    using clock = stubClock();
    const { get, exchanges } = setUp(
      inTurn(countedTokens(), () => new Response("no", { status })),
    );
    await get();
    clock.advance(26 * MINUTE);
    assertEquals((await tokenError(get)).status, status);
    // It stays the answer while the next attempt has to wait.
    clock.advance(29 * SECOND);
    assertEquals((await tokenError(get)).status, status);
    assertEquals(exchanges.length, 2);
    clock.advance(SECOND);
    await tokenError(get);
    assertEquals(exchanges.length, 3);
  });
}

test("After a failed renewal the next attempt waits 30 seconds", async () => {
  using clock = stubClock();
  const { get, exchanges } = setUp(failingFrom(2, down, 3));
  await get();
  clock.advance(26 * MINUTE);
  assertEquals(await get(), 1);
  clock.advance(30 * SECOND - 1);
  assertEquals(await get(), 1);
  assertEquals(exchanges.length, 2);
  clock.advance(1);
  assertEquals(await get(), 2);
  assertEquals(exchanges.length, 3);
});

test("The same holds for one in the background", async () => {
  using clock = stubClock();
  const { get, exchanges } = setUp(failingFrom(2, down));
  await get();
  clock.advance(23 * MINUTE);
  await get();
  await settle();
  clock.advance(30 * SECOND - 1);
  await get();
  assertEquals(exchanges.length, 2);
  clock.advance(1);
  await get();
  assertEquals(exchanges.length, 3);
});

test("The next attempt waits as long as GitHub asked", async () => {
  using clock = stubClock();
  const { get, exchanges } = setUp(failingFrom(2, limited(100), 3));
  await get();
  clock.advance(26 * MINUTE);
  assertEquals(await get(), 1);
  clock.advance(100 * SECOND - 1);
  assertEquals(await get(), 1);
  assertEquals(exchanges.length, 2);
  clock.advance(1);
  assertEquals(await get(), 2);
});

test("A dead token does not make an attempt wait that GitHub allows", async () => {
  using clock = stubClock();
  const { get } = setUp(failingFrom(2, down, 3));
  await get();
  clock.advance(30 * MINUTE - 1);
  assertEquals(await get(), 1); // and the renewal has failed
  clock.advance(2);
  assertEquals(await get(), 2);
});

test("A success ends the pause", async () => {
  using clock = stubClock();
  const { get, exchanges } = setUp(failingFrom(2, down, 3));
  await get();
  clock.advance(29 * MINUTE + 50 * SECOND);
  await get();
  clock.advance(15 * SECOND);
  assertEquals(await get(), 2);
  clock.advance(23 * MINUTE);
  await get();
  assertEquals(exchanges.length, 4);
});

test("A success ends the pause for what comes next", async () => {
  using clock = stubClock();
  const { get, exchanges } = setUp(
    inTurn(
      countedTokens(),
      down,
      () => tokenResponse({ token: tokenText(2), refresh_in: 10 }),
      () => tokenResponse({ token: tokenText(3) }),
    ),
  );
  await get();
  clock.advance(30 * MINUTE - 1);
  assertEquals(await get(), 1); // the renewal failed, and is not tried for 30 s
  clock.advance(2);
  assertEquals(await get(), 2); // but for want of a token it is
  clock.advance(9 * SECOND);
  assertEquals(await get(), 2);
  await settle();
  assertEquals(await get(), 3);
  assertEquals(exchanges.length, 4);
});

test("A cold cache keeps the wait that GitHub asks for", async () => {
  using clock = stubClock();
  const { get, exchanges } = setUp(failingFrom(1, limited(100), 2));
  const first = await tokenError(get);
  assertEquals([first.code, first.retryAfter], ["rate_limited", 100]);
  clock.advance(40_500);
  const second = await tokenError(get);
  assertEquals([second.code, second.status], ["rate_limited", 429]);
  assertEquals(second.retryAfter, 60); // what is left of it, rounded up
  assert(second.message.includes("60 s") && !second.message.includes("100"));
  assertEquals(second.message.split("\n").length, 2);
  assertEquals(exchanges.length, 1);
  clock.advance(59_500);
  assertEquals(await get(), 1);
});

test("A rate limit of one credential does not stop another", async () => {
  const { get } = setUp(inTurn(limited(100), countedTokens()));
  await tokenError(get);
  assertEquals(await get(undefined, "ghu_b"), 1);
});

// ── clocks ────────────────────────────────────────────────────────────────

test("A clock that is set back makes the token renew", async () => {
  using clock = stubClock();
  const { get, exchanges } = setUp();
  await get();
  clock.advance(-3 * HOUR);
  assertEquals(await get(), 2);
  assertEquals(await get(), 2);
  assertEquals(exchanges.length, 2);
});

test("A clock that is set back does not prolong a pause", async () => {
  using clock = stubClock();
  const { get } = setUp(failingFrom(1, limited(100), 2));
  await tokenError(get);
  clock.advance(-3 * HOUR);
  assertEquals(await get(), 1);
});

test("A clock that is three hours ahead or behind changes nothing", async () => {
  for (const wrong of [-3 * HOUR, 3 * HOUR]) {
    const now = Date.now();
    using clock = stubClock(now + wrong);
    const { get, exchanges } = setUp(() =>
      tokenResponse({ refresh_in: 1500, expires_at: now / SECOND + 1800 })
    );
    await get();
    clock.advance(22 * MINUTE);
    await get();
    assertEquals(exchanges.length, 1);
    clock.advance(3 * MINUTE);
    await get();
    assertEquals(exchanges.length, 2);
  }
});

test("A laptop that sleeps through a token's life wakes to a new one", async () => {
  using clock = stubClock();
  const { get } = setUp();
  await get();
  clock.advance(8 * HOUR);
  assertEquals(await get(), 2);
});

test("A token of two minutes is not exchanged at every call", async () => {
  using clock = stubClock();
  const { get, exchanges } = setUp(() =>
    tokenResponse({ expires_at: Date.now() / SECOND + 120 })
  );
  for (let second = 0; second < 10 * 60; second++) {
    await get();
    await settle();
    clock.advance(SECOND);
  }
  // Renewed at four fifths of half a life.
  assertEquals(exchanges.length, Math.ceil(10 * 60 / 48));
});

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
  const { get, exchanges } = setUp(inTurn(tokens, async (call) => {
    await gate.promise;
    return tokens(call);
  }));
  await get();
  clock.advance(24 * MINUTE);
  await get();
  clock.advance(2 * MINUTE);
  const late = get();
  gate.resolve();
  assertEquals(await late, 2);
  assertEquals(exchanges.length, 2);
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
    const { get, exchanges } = setUp(async (call) => {
      await gate.promise;
      return tokens(call);
    }, { exchangeTimeout });
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
  const real = { setTimeout: globalThis.setTimeout, now: performance.now };
  let now = 0;
  performance.now = () => now;
  try {
    const { get, exchanges } = setUp(inTurn(stalled, countedTokens()), {
      exchangeTimeout: 5,
    });
    globalThis.setTimeout = (() => 0) as unknown as typeof setTimeout;
    const dead = rejection(() => get());
    globalThis.setTimeout = real.setTimeout;
    const joined = get(); // begins one of its own when its time is up
    now = 6;
    assertEquals(await joined, 1);
    assertEquals(exchanges.length, 2);
    assertEquals(await get(), 1);
    void dead;
  } finally {
    Object.assign(globalThis, { setTimeout: real.setTimeout });
    performance.now = real.now;
  }
});

test("What an exchange brings that was given up does not count", async () => {
  const real = performance.now;
  let now = 0;
  performance.now = () => now;
  try {
    const gates = [deferred<Response>(), deferred<Response>()];
    const answers = gates.map(({ promise }) => promise);
    const { get, exchanges } = setUp(() => answers.shift()!);
    const first = get();
    now = 30_001;
    const second = get();
    gates[1].resolve(tokenResponse({ token: tokenText(2) }));
    assertEquals(await second, 2);
    gates[0].resolve(tokenResponse({ token: tokenText(1) }));
    assertEquals(await first, 2);
    assertEquals(await get(), 2);
    assertEquals(exchanges.length, 2);
  } finally {
    performance.now = real;
  }
});

test("A dead exchange in the background makes nobody wait", async () => {
  using clock = stubClock();
  const real = { setTimeout: globalThis.setTimeout, now: performance.now };
  let now = 0;
  performance.now = () => now;
  try {
    const tokens = countedTokens();
    const { get, exchanges } = setUp(inTurn(tokens, stalled, tokens));
    await get();
    clock.advance(24 * MINUTE);
    globalThis.setTimeout = (() => 0) as unknown as typeof setTimeout;
    await get();
    globalThis.setTimeout = real.setTimeout;
    now = 30_001;
    clock.advance(30_001);
    assertEquals(await get(), 1);
    await settle();
    assertEquals(await get(), 2);
    assertEquals(exchanges.length, 3);
  } finally {
    Object.assign(globalThis, { setTimeout: real.setTimeout });
    performance.now = real.now;
  }
});

test("A bad time limit is refused even with a fresh token", async () => {
  const { cache, get, options } = setUp();
  await get();
  await rejectionOf(
    TypeError,
    () => cache.get("ghu_a", { ...options, exchangeTimeout: -1 }),
  );
});

// ── aborts ────────────────────────────────────────────────────────────────

test("A waiter that aborts leaves at once; the others go on", async () => {
  const gate = deferred<Response>();
  const { get, exchanges } = setUp(() => gate.promise);
  const controller = new AbortController();
  const first = rejection(() => get(controller.signal));
  const second = get();
  const reason = new Error("enough");
  controller.abort(reason);
  assertEquals(await first, reason);
  assertEquals(exchanges[0].signal?.aborted, false);
  gate.resolve(tokenResponse());
  assertEquals(await second, 1);
  assertEquals(exchanges.length, 1);
});

test("An exchange that nobody waits for any more is cancelled", async () => {
  const { get, exchanges } = setUp(inTurn(stalled, countedTokens()));
  const controllers = [new AbortController(), new AbortController()];
  const calls = controllers.map(({ signal }) => rejection(() => get(signal)));
  controllers[0].abort("first");
  await settle();
  assertEquals(exchanges[0].signal?.aborted, false);
  controllers[1].abort("second");
  assertEquals(await Promise.all(calls), ["first", "second"]);
  await settle();
  assertEquals(exchanges[0].signal?.aborted, true);
  // It leaves nothing behind: the next one starts at once.
  assertEquals(await get(), 1);
  assertEquals(exchanges.length, 2);
});

test("A cancelled exchange is no failed renewal", async () => {
  using clock = stubClock();
  const tokens = countedTokens();
  const { get } = setUp(inTurn(tokens, stalled, tokens));
  await get();
  clock.advance(26 * MINUTE);
  const controller = new AbortController();
  const call = rejection(() => get(controller.signal));
  controller.abort("enough");
  assertEquals(await call, "enough");
  await settle();
  assertEquals(await get(), 2);
});

test("Whoever comes as an exchange is being cancelled is served", async () => {
  // At each of the microtasks that the cancelling takes, and some more.
  for (let turns = 0; turns < 30; turns++) {
    let underWay = 0;
    let most = 0;
    const gate = deferred();
    const { get } = setUp(async ({ signal }) => {
      most = Math.max(most, ++underWay);
      const aborted = deferred<never>();
      signal?.addEventListener("abort", () => aborted.reject(signal.reason));
      try {
        await Promise.race([gate.promise, aborted.promise]);
        return tokenResponse();
      } finally {
        underWay--;
      }
    });
    const controller = new AbortController();
    const first = rejection(() => get(controller.signal));
    controller.abort("enough");
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();
    const second = get();
    gate.resolve();
    assertEquals([await first, await second, most], ["enough", 1, 1]);
  }
});

test("A background renewal is not cancelled by those who join it", async () => {
  using clock = stubClock();
  const gate = deferred();
  const tokens = countedTokens();
  const { get, exchanges } = setUp(inTurn(tokens, async (call) => {
    await gate.promise;
    return tokens(call);
  }));
  await get();
  clock.advance(24 * MINUTE);
  await get();
  clock.advance(2 * MINUTE);
  const controller = new AbortController();
  const late = rejection(() => get(controller.signal));
  controller.abort("enough");
  assertEquals(await late, "enough");
  await settle();
  assertEquals(exchanges[1].signal?.aborted, false);
  gate.resolve();
  await settle();
  assertEquals(await get(), 2);
});

test("An aborted signal does not even get a fresh token", async () => {
  const { get, exchanges } = setUp();
  await get();
  assertEquals(await rejection(() => get(AbortSignal.abort("no"))), "no");
  assertEquals(exchanges.length, 1);
});

test("A signal keeps no listener once the wait is over", async () => {
  const { get } = setUp();
  const { signal } = new AbortController();
  let listeners = 0;
  const { addEventListener, removeEventListener } = signal;
  Object.assign(signal, {
    addEventListener(type: string, listener: () => void) {
      listeners++;
      addEventListener.call(signal, type, listener);
    },
    removeEventListener(type: string, listener: () => void) {
      listeners--;
      removeEventListener.call(signal, type, listener);
    },
  });
  for (let call = 0; call < 10; call++) await get(signal);
  assertEquals(listeners, 0);
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
  const { cache, options, exchanges } = setUp(inTurn(tokens, async (call) => {
    await gate.promise;
    return tokens(call);
  }, tokens));
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

test("clear() forgets even what an exchange under way would fall back to", async () => {
  using clock = stubClock();
  const gate = deferred<Response>();
  const { cache, get } = setUp(inTurn(countedTokens(), () => gate.promise));
  await get();
  clock.advance(26 * MINUTE);
  const renewing = tokenError(get);
  cache.clear();
  gate.resolve(down());
  assertEquals((await renewing).code, "unavailable");
});

test("clear() lets an exchange end for those who wait, and no others", async () => {
  const gate = deferred();
  const tokens = countedTokens();
  const { cache, get, exchanges } = setUp(inTurn(async (call) => {
    await gate.promise;
    return tokens(call);
  }, tokens));
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
