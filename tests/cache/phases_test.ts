import { assertEquals } from "@std/assert";
import { test } from "node:test";
import {
  badCredentials,
  disconnected,
  down,
  heldBack,
  limited,
  loginPage,
  refusal,
  setUp,
  stalled,
} from "../helpers/scripted_github.ts";
import { simulateTime } from "../helpers/simulated_time.ts";
import {
  type Answer,
  countedTokens,
  deferred,
  inTurn,
  MINUTE,
  SECOND,
  settle,
  stubClock,
  tokenError,
} from "../helpers/stubs.ts";

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
