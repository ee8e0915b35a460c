import { assert, assertEquals } from "@std/assert";
import { test } from "node:test";
import {
  type Answer,
  countedTokens,
  HOUR,
  inTurn,
  MINUTE,
  SECOND,
  settle,
  stubClock,
  tokenError,
  tokenResponse,
  tokenText,
} from "../helpers/stubs.ts";
import {
  badCredentials,
  disconnected,
  down,
  limited,
  loginPage,
  refusal,
  setUp,
} from "../helpers/scripted_github.ts";
import { simulateTime } from "../helpers/simulated_time.ts";

const failures: [
  what: string,
  answer: Answer,
  withoutToken: number,
  withToken: number,
][] = [
  ["401", badCredentials, 30, 30],
  ["402", refusal(402), 30, 30],
  ["403", refusal(403), 30, 30],
  ["404", refusal(404), 30, 30],
  ["401 with retry-after 7", refusal(401, "No", { "retry-after": "7" }), 7, 7],
  ["502", () => new Response("", { status: 502 }), 1, 30],
  ["a proxy's 403", () => new Response("<html>", { status: 403 }), 1, 30],
  ["no connection", disconnected, 1, 30],
  ["a login page", loginPage, 1, 30],
  ["429 without a delay", refusal(429), 60, 60],
  ["429 with retry-after 100", limited(100), 100, 100],
  ["429 with retry-after 0", limited(0), 60, 60],
  ["429 with retry-after 1e9", limited(1_000_000_000), 3600, 3600],
  ["503 with retry-after 5", refusal(503, "", { "retry-after": "5" }), 5, 5],
  ["503 with retry-after 0", refusal(503, "", { "retry-after": "0" }), 1, 30],
];

for (const [what, answer, withoutToken, withToken] of failures) {
  test(`TokenCache without a token sends nothing for ${withoutToken} s after ${what}`, async () => {
    using clock = stubClock();
    const { get, exchanges } = setUp(answer);
    await tokenError(get);
    clock.advance(withoutToken * SECOND - 1);
    await tokenError(get);
    assertEquals(exchanges.length, 1);
    clock.advance(1);
    await tokenError(get);
    assertEquals(exchanges.length, 2);
  });

  test(`TokenCache with a valid token sends nothing for ${withToken} s after ${what}`, async () => {
    using clock = stubClock();
    const { outcome, exchanges } = setUp(
      inTurn(countedTokens({ refresh_in: 1, expires_at: 0 }), answer),
    );
    // A valid token that is due: 1 s, and 5 minutes more.
    await outcome();
    clock.advance(SECOND);
    const first = await outcome();
    const remaining = Math.min(withToken, 4 * 60) * SECOND;
    clock.advance(remaining - 1);
    assertEquals(await outcome(), first);
    assertEquals(exchanges.length, 2);
    if (remaining < withToken * SECOND) return;
    clock.advance(1);
    assertEquals(await outcome(), first);
    assertEquals(exchanges.length, 3);
  });
}

for (
  const [what, answer] of [["401", badCredentials], ["502", down]] as const
) {
  test(`TokenCache keeps a loop without pause to the cooldown while GitHub responds with ${what}`, async () => {
    using time = simulateTime();
    const { get, exchanges } = setUp(answer);
    for (let call = 0; call < 20_000; call++) {
      await get().catch(() => {});
      if (call % 100 === 99) await time.advance(10); // 2 s in all
    }
    const expected = what === "401" ? 1 : 2;
    assertEquals(exchanges.length, expected);
  });
}

test("TokenCache.get() in a cooldown throws the error again with the remaining seconds", async () => {
  using clock = stubClock();
  const { get } = setUp(limited(100));
  const first = await tokenError(get);
  assertEquals([first.code, first.retryAfter], ["rate_limited", 100]);
  clock.advance(40_500);
  const second = await tokenError(get);
  assertEquals([second.code, second.status], ["rate_limited", 429]);
  assertEquals(second.retryAfter, 60); // rounded up
  assert(second !== first && second.cause === undefined);
  for (const text of [second.message, second.hint ?? ""]) {
    assert(text.includes("60 s") && !text.includes("100 s"), text);
  }
  assert(second.message.endsWith(`\n${second.hint}`));
  assertEquals(second.message.split("\n")[0], first.message.split("\n")[0]);
});

test("TokenCache.get() reports in retryAfter how long nothing is sent after a permanent error", async () => {
  using clock = stubClock();
  const { get } = setUp(badCredentials);
  const first = await tokenError(get);
  clock.advance(10 * SECOND);
  const second = await tokenError(get);
  assertEquals([second.code, second.status], ["bad_credentials", 401]);
  assertEquals(second.retryAfter, 20);
  // The original hint is kept, and the delay appended.
  assert(first.hint && second.hint?.startsWith(first.hint), second.hint);
  assert(second.hint?.includes("20 s"), second.hint);
});

test("TokenCache.get() names a new number of seconds each time", async () => {
  using clock = stubClock();
  const { get } = setUp(badCredentials);
  await tokenError(get);
  for (const expected of [25, 20, 15]) {
    clock.advance(5 * SECOND);
    const { retryAfter, hint = "" } = await tokenError(get);
    assertEquals(retryAfter, expected);
    assertEquals(hint.match(/\d+ s/g), [`${expected} s`]);
  }
});

test("TokenCache.get() does not wait for another credential's cooldown", async () => {
  const { outcome } = setUp(inTurn(limited(100), countedTokens()));
  assertEquals(await outcome(), "rate_limited");
  assertEquals(await outcome(undefined, "ghu_b"), 1);
});

test("TokenCache shortens a cooldown to a second when the token expires", async () => {
  using clock = stubClock();
  const { get } = setUp(inTurn(countedTokens(), down, countedTokens()));
  await get();
  clock.advance(30 * MINUTE - SECOND);
  assertEquals(await get(), 1); // the refresh failed
  clock.advance(SECOND);
  assertEquals(await get(), 1); // the first token of the second counter
});

test("TokenCache keeps a rate limit's delay when the token expires", async () => {
  using clock = stubClock();
  const { outcome, exchanges } = setUp(inTurn(countedTokens(), limited(100)));
  await outcome();
  clock.advance(30 * MINUTE - SECOND);
  assertEquals(await outcome(), 1);
  clock.advance(SECOND);
  assertEquals(await outcome(), "rate_limited");
  assertEquals(exchanges.length, 2);
});

test("TokenCache starts a cooldown after a failed background refresh", async () => {
  using clock = stubClock();
  const { get, exchanges } = setUp(inTurn(countedTokens(), down));
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

test("TokenCache starts a cooldown after a timeout", async () => {
  using time = simulateTime();
  const { outcome, exchanges } = setUp(
    inTurn(() => new Promise(() => {}), countedTokens()),
    { exchangeTimeout: 100 },
  );
  assertEquals(await time.until(outcome()), "timeout");
  assertEquals(await outcome(), "timeout"); // at once
  assertEquals(exchanges.length, 1);
  await time.advance(SECOND);
  assertEquals(await outcome(), 1);
});

test("TokenCache forgets a failure after a success", async () => {
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
  assertEquals(await get(), 1); // the refresh failed
  clock.advance(1 + SECOND);
  assertEquals(await get(), 2);
  clock.advance(9 * SECOND); // within 30 s of the failure
  assertEquals(await get(), 2);
  await settle();
  assertEquals(await get(), 3);
  assertEquals(exchanges.length, 4);
});

test("TokenCache ends a cooldown after the clock was set back by more", async () => {
  using clock = stubClock();
  const { outcome } = setUp(inTurn(limited(100), countedTokens()));
  await outcome();
  clock.advance(-3 * HOUR);
  assertEquals(await outcome(), 1);
});

test("TokenCache does not prolong a cooldown after the clock was set back a little", async () => {
  using clock = stubClock();
  const { get, outcome } = setUp(inTurn(limited(100), countedTokens()));
  await outcome();
  clock.advance(-40 * SECOND);
  assertEquals((await tokenError(get)).retryAfter, 60);
  clock.advance(140 * SECOND);
  assertEquals(await outcome(), 1);
});

test("TokenCache ends a cooldown after the clock was set forward", async () => {
  using clock = stubClock();
  const { outcome } = setUp(inTurn(limited(100), countedTokens()));
  await outcome();
  clock.advance(3 * HOUR);
  assertEquals(await outcome(), 1);
});

test("TokenCache starts no cooldown for a malformed credential, as nothing was sent", async () => {
  const { cache, options, exchanges } = setUp();
  for (let call = 0; call < 2; call++) {
    const error = await tokenError(() => cache.get('"ghu_a"', options));
    assertEquals([error.code, error.retryAfter], [
      "bad_credentials",
      undefined,
    ]);
  }
  assertEquals(exchanges.length, 0);
});

test("TokenCache exchanges a token of two minutes once in 48 seconds", async () => {
  using clock = stubClock();
  const { get, exchanges } = setUp(() =>
    tokenResponse({ expires_at: Date.now() / SECOND + 120 })
  );
  for (let second = 0; second < 10 * 60; second++) {
    await get();
    await settle();
    clock.advance(SECOND);
  }
  // Refreshed after four fifths of half its time.
  assertEquals(exchanges.length, Math.ceil(10 * 60 / 48));
});
