import { assertEquals } from "@std/assert";
import { test } from "node:test";
import { down, setUp } from "../helpers/scripted_github.ts";
import { simulateTime } from "../helpers/simulated_time.ts";
import {
  countedTokens,
  HOUR,
  inTurn,
  MINUTE,
  SECOND,
  stubClock,
  tokenResponse,
} from "../helpers/stubs.ts";

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
