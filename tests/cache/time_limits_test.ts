import { assert, assertEquals } from "@std/assert";
import { test } from "node:test";
import {
  down,
  hanging,
  heldBack,
  setUp,
  stalled,
} from "../helpers/scripted_github.ts";
import { simulateTime } from "../helpers/simulated_time.ts";
import {
  countedTokens,
  deferred,
  HOUR,
  inTurn,
  MINUTE,
  SECOND,
  settle,
  tokenError,
} from "../helpers/stubs.ts";

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

test("TokenCache.get() in missing waits for exchangeTimeout and names it in the error", async () => {
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

test("TokenCache.get() with an expired token waits once for its exchangeTimeout", async () => {
  using time = simulateTime();
  const { cache, options, get } = setUp(inTurn(countedTokens(), hanging));
  await get();
  await time.advance(HOUR);
  const patient = tokenError(get);
  const start = Date.now();
  const error = await time.until(
    tokenError(() => cache.get("ghu_a", { ...options, exchangeTimeout: 900 })),
  );
  assertEquals([error.code, Date.now() - start], ["timeout", 900]);
  assertEquals((await time.until(patient)).code, "timeout");
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
