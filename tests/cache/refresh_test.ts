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
  refused,
  setUp,
  stalled,
} from "../helpers/scripted_github.ts";

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
  const { get, exchanges } = setUp(inTurn(tokens, heldBack(gate, tokens)));
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
  clock.advance(1);
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

test("A renewal that ran out of time is followed by a pause", async () => {
  using clock = stubClock();
  using _timers = stubTimers();
  const { get, exchanges } = setUp(inTurn(countedTokens(), stalled), {
    exchangeTimeout: 5,
  });
  await get();
  clock.advance(26 * MINUTE);
  assertEquals(await get(), 1);
  assertEquals(await get(), 1);
  assertEquals(exchanges.length, 2);
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

test("Nor does one that is set back a little", async () => {
  using clock = stubClock();
  const { get } = setUp(failingFrom(1, limited(100), 2));
  await tokenError(get);
  clock.advance(-40 * SECOND);
  const { message, retryAfter } = await tokenError(get);
  assertEquals(retryAfter, 60);
  assertEquals(
    message,
    "copilot token exchange: http 429: \nTry again in 60 s",
  );
  clock.advance(140 * SECOND);
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
