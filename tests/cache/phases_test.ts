import { assert, assertEquals } from "@std/assert";
import { test } from "node:test";
import {
  type Answer,
  countedTokens,
  deferred,
  HOUR,
  MINUTE,
  SECOND,
  settle,
  stubClock,
  tokenError,
  tokenResponse,
} from "../helpers/stubs.ts";
import {
  badCredentials,
  disconnected,
  down,
  hanging,
  heldBack,
  inTurn,
  limited,
  loginPage,
  refusal,
  setUp,
  stalled,
} from "../helpers/scripted_github.ts";
import { simulateTime } from "../helpers/simulated_time.ts";

// Fresh and refresh-soon

test("TokenCache.get() returns a fresh token without an exchange", async () => {
  using clock = stubClock();
  const { get, exchanges } = setUp();
  assertEquals(await get(), 1);
  clock.advance(23 * MINUTE - 1);
  assertEquals(await get(), 1);
  await settle();
  assertEquals(exchanges.length, 1);
});

test("TokenCache.get() in refresh-soon returns the token and refreshes it in the background", async () => {
  using clock = stubClock();
  const gate = deferred();
  const tokens = countedTokens();
  const { get, exchanges } = setUp(inTurn(tokens, heldBack(gate, tokens)));
  await get();
  clock.advance(23 * MINUTE);
  assertEquals([await get(), await get()], [1, 1]);
  assertEquals(exchanges.length, 2);
  gate.resolve();
  await settle();
  assertEquals(await get(), 2);
  assertEquals(exchanges.length, 2);
});

test("TokenCache.get() in refresh-soon hides a permanent error until the token is due", async () => {
  using clock = stubClock();
  const { outcome, exchanges } = setUp(inTurn(countedTokens(), badCredentials));
  await outcome();
  clock.advance(24 * MINUTE + 50 * SECOND);
  assertEquals(await outcome(), 1);
  await settle();
  assertEquals(await outcome(), 1);
  assertEquals(exchanges.length, 2);
  clock.advance(10 * SECOND);
  assertEquals(await outcome(), "bad_credentials");
  assertEquals(exchanges.length, 2);
});

test("TokenCache.get() refreshes a token of five minutes in the last fifth of its time", async () => {
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

test("TokenCache cancels a background refresh after 10 seconds and starts a cooldown", async () => {
  using time = simulateTime();
  const { get, exchanges } = setUp(inTurn(countedTokens(), hanging));
  await get();
  await time.advance(23 * MINUTE);
  await get();
  await time.advance(10 * SECOND - 1);
  assertEquals(exchanges[1].signal?.aborted, false);
  await time.advance(1);
  assertEquals(exchanges[1].signal?.aborted, true);
  assertEquals(time.pending, 0);
  await time.advance(30 * SECOND - 1);
  await get();
  assertEquals(exchanges.length, 2);
  await time.advance(1);
  await get();
  assertEquals(exchanges.length, 3);
});

test("TokenCache limits a background refresh to exchangeTimeout if that is shorter", async () => {
  using time = simulateTime();
  const { get, exchanges } = setUp(inTurn(countedTokens(), hanging), {
    exchangeTimeout: 3000,
  });
  await get();
  await time.advance(23 * MINUTE);
  await get();
  await time.advance(3000);
  assertEquals(exchanges[1].signal?.aborted, true);
});

// Refresh-due

test("TokenCache.get() in refresh-due waits for the new token", async () => {
  using clock = stubClock();
  const { get, exchanges } = setUp();
  await get();
  clock.advance(25 * MINUTE);
  assertEquals(await get(), 2);
  assertEquals(exchanges.length, 2);
});

const transient: Record<string, [answer: Answer, code: string]> = {
  "GitHub is down": [down, "unavailable"],
  "the network is down": [disconnected, "network"],
  "GitHub does not respond": [stalled, "timeout"],
  "a login page responds": [loginPage, "invalid_response"],
  "GitHub limits the rate": [limited(1), "rate_limited"],
  "a proxy responds with 401": [
    () => new Response("<html>", { status: 401 }),
    "unavailable",
  ],
  "a proxy responds with 407": [refusal(407), "unavailable"],
};

for (const [what, [answer, code]] of Object.entries(transient)) {
  test(`TokenCache.get() in refresh-due returns the old token while ${what}`, async () => {
    using time = simulateTime();
    const { get } = setUp(inTurn(countedTokens(), answer));
    await get();
    await time.advance(26 * MINUTE);
    assertEquals(await time.until(get()), 1);
    await time.advance(3 * MINUTE + 40 * SECOND);
    assertEquals(await time.until(get()), 1);
  });

  test(`TokenCache.get() in missing rejects while ${what}`, async () => {
    using time = simulateTime();
    const { outcome } = setUp(answer);
    assertEquals(await time.until(outcome()), code);
  });
}

for (const status of [401, 402, 403, 404, 422]) {
  test(`TokenCache.get() in refresh-due rejects if GitHub refuses with ${status}`, async () => {
    using clock = stubClock();
    const { get } = setUp(inTurn(countedTokens(), refusal(status)));
    await get();
    clock.advance(26 * MINUTE);
    assertEquals((await tokenError(get)).status, status);
  });
}

test("TokenCache.get() in refresh-due returns the old token after 5 seconds", async () => {
  using time = simulateTime();
  const gate = deferred();
  const tokens = countedTokens();
  const { get, exchanges } = setUp(inTurn(tokens, heldBack(gate, tokens)));
  await get();
  await time.advance(26 * MINUTE);
  const start = Date.now();
  assertEquals(await time.until(get()), 1);
  assertEquals(Date.now() - start, 5 * SECOND);
  // The exchange goes on in the background.
  await time.advance(9 * SECOND);
  assertEquals(exchanges[1].signal?.aborted, false);
  gate.resolve();
  await settle();
  assertEquals(await get(), 2);
  assertEquals(exchanges.length, 2);
});

test("TokenCache cancels a refresh 10 seconds after its caller got the old token", async () => {
  using time = simulateTime();
  const { get, exchanges } = setUp(inTurn(countedTokens(), hanging));
  await get();
  await time.advance(26 * MINUTE);
  await time.until(get());
  await time.advance(6 * SECOND);
  await time.until(get()); // joins, and does not prolong it
  assertEquals(exchanges[1].signal?.aborted, true);
  assertEquals(exchanges.length, 2);
  assertEquals(await get(), 1); // in the cooldown
  assertEquals(exchanges.length, 2);
});

test("TokenCache never lets an exchange exceed exchangeTimeout, in the background neither", async () => {
  using time = simulateTime();
  const { get, exchanges } = setUp(inTurn(countedTokens(), hanging), {
    exchangeTimeout: 6000,
  });
  await get();
  await time.advance(26 * MINUTE);
  await time.until(get()); // after 5 s
  await time.advance(999);
  assertEquals(exchanges[1].signal?.aborted, false);
  await time.advance(1);
  assertEquals(exchanges[1].signal?.aborted, true);
});

test("TokenCache.get() in refresh-due waits no longer than exchangeTimeout", async () => {
  using time = simulateTime();
  const { get, exchanges } = setUp(inTurn(countedTokens(), hanging), {
    exchangeTimeout: 4.3,
  });
  await get();
  await time.advance(26 * MINUTE);
  for (let call = 0; call < 3; call++) {
    assertEquals(await time.until(get()), 1);
  }
  assertEquals(exchanges.length, 2);
});

test("TokenCache.get() waits on if the old token expires during the 5 seconds", async () => {
  using time = simulateTime();
  const gate = deferred();
  const tokens = countedTokens();
  const { get, exchanges } = setUp(inTurn(tokens, heldBack(gate, tokens)));
  await get();
  await time.advance(30 * MINUTE - SECOND);
  const call = get();
  await time.advance(8 * SECOND);
  gate.resolve();
  assertEquals(await time.until(call), 2);
  assertEquals(exchanges.length, 2);
});

test("TokenCache.get() rejects if the old token expires before the refresh fails", async () => {
  using time = simulateTime();
  const gate = deferred();
  const { get, outcome } = setUp(
    inTurn(countedTokens(), heldBack(gate, down)),
  );
  await get();
  await time.advance(30 * MINUTE - SECOND);
  const call = outcome();
  await time.advance(2 * SECOND);
  gate.resolve();
  assertEquals(await call, "unavailable");
});

test("TokenCache.get() rethrows a framework's own error in refresh-due and starts no cooldown", async () => {
  using clock = stubClock();
  const bailout = Object.assign(new Error("dynamic"), { digest: "NEXT" });
  const { get } = setUp(
    inTurn(countedTokens(), () => Promise.reject(bailout), countedTokens()),
  );
  await get();
  clock.advance(26 * MINUTE);
  assertEquals(await get().catch((error) => error), bailout);
  assertEquals(await get(), 1); // the first token of the second counter
});

// Missing

test("TokenCache.get() never returns an expired token", async () => {
  using clock = stubClock();
  const { outcome } = setUp(inTurn(countedTokens(), down));
  await outcome();
  clock.advance(30 * MINUTE - 1);
  assertEquals(await outcome(), 1);
  clock.advance(1);
  assertEquals(await outcome(), "unavailable");
});

test("TokenCache.get() in missing waits for exchangeTimeout and says how long", async () => {
  using time = simulateTime();
  const { get } = setUp(hanging, { exchangeTimeout: 12_345 });
  const start = Date.now();
  const error = await time.until(tokenError(get));
  assertEquals([error.code, Date.now() - start], ["timeout", 12_345]);
  assert(error.message.includes("12345"));
  assertEquals(time.pending, 0);
});

test("TokenCache.get() waits with any exchangeTimeout, however long", async () => {
  for (const exchangeTimeout of [Infinity, 2 ** 31 - 1, 1e12]) {
    using time = simulateTime();
    const gate = deferred();
    const { get, exchanges } = setUp(heldBack(gate, countedTokens()), {
      exchangeTimeout,
    });
    const calls = [get(), get()];
    await time.advance(HOUR / 4);
    gate.resolve();
    assertEquals(await Promise.all(calls), [1, 1]);
    assertEquals(exchanges.length, 1);
  }
});

test("TokenCache.get() with a short exchangeTimeout leaves an exchange that others wait for", async () => {
  using time = simulateTime();
  const gate = deferred();
  const { cache, options, get, exchanges } = setUp(
    heldBack(gate, countedTokens()),
  );
  const patient = get();
  const error = await time.until(
    tokenError(() => cache.get("ghu_a", { ...options, exchangeTimeout: 5 })),
  );
  assertEquals(error.code, "timeout");
  assert(error.message.includes("5 ms"), error.message);
  assertEquals(exchanges[0].signal?.aborted, false);
  gate.resolve();
  assertEquals(await patient, 1);
  assertEquals(exchanges.length, 1);
});

test("TokenCache.get() ends with the exchange that it joined, if that has a shorter limit", async () => {
  using time = simulateTime();
  const { cache, options } = setUp(stalled);
  const errors = [10, 30_000].map((exchangeTimeout) =>
    tokenError(() => cache.get("ghu_a", { ...options, exchangeTimeout }))
  );
  for (const error of await time.until(Promise.all(errors))) {
    assertEquals(error.code, "timeout");
    assert(error.message.includes("10 ms"), error.message);
  }
});

// Clocks

test("TokenCache.get() refreshes once after the clock was set back", async () => {
  using clock = stubClock();
  const { get, exchanges } = setUp();
  await get();
  clock.advance(-3 * HOUR);
  assertEquals([await get(), await get()], [2, 2]);
  assertEquals(exchanges.length, 2);
});

test("TokenCache.get() returns the old token after the clock was set back while GitHub is down", async () => {
  using clock = stubClock();
  const { outcome, exchanges } = setUp(inTurn(countedTokens(), down));
  await outcome();
  clock.advance(-3 * HOUR);
  assertEquals([await outcome(), await outcome()], [1, 1]);
  assertEquals(exchanges.length, 2);
});

for (const wrong of [-3 * HOUR, 3 * HOUR]) {
  test(`TokenCache.get() refreshes in time with a clock that is wrong by ${wrong / HOUR} hours`, async () => {
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
  });
}

test("TokenCache.get() after a laptop has slept for hours returns a new token", async () => {
  using clock = stubClock();
  const { get } = setUp();
  await get();
  clock.advance(8 * HOUR);
  assertEquals(await get(), 2);
});

test("TokenCache.get() counts a token's time from the request, not from the response", async () => {
  using time = simulateTime();
  const { get, exchanges } = setUp(async () => {
    await time.sleep(20 * SECOND);
    return tokenResponse({ refresh_in: 60 });
  });
  await time.until(get());
  await time.advance(28 * SECOND - 1);
  await get();
  assertEquals(exchanges.length, 1);
  await time.advance(1); // 48 s, four fifths of a minute, after the request
  await get();
  assertEquals(exchanges.length, 2);
});
