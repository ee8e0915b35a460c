import { assert, assertEquals } from "@std/assert";
import { test } from "node:test";
import {
  type Answer,
  countedTokens,
  deferred,
  inTurn,
  MINUTE,
  rejection,
  SECOND,
  tokenResponse,
  tokenText,
} from "../helpers/stubs.ts";
import { down, heldBack, setUp, stalled } from "../helpers/scripted_github.ts";
import { simulateTime } from "../helpers/simulated_time.ts";

// In Workers, an exchange ends without a result when the request that started
// it ends, and its timers with it: `time.dead` and `time.endRequest`.

/** Answers after half a second. */
function slowly(
  { sleep }: { sleep: (milliseconds: number) => Promise<void> },
  answer: Answer,
): Answer {
  return async (call) => {
    await sleep(500);
    return await answer(call);
  };
}

test("TokenCache.get() repeats an exchange that died, and returns within 3 seconds", async () => {
  using time = simulateTime();
  const { get, exchanges } = setUp(
    inTurn(stalled, slowly(time, countedTokens())),
  );
  void time.dead(() => get());
  const start = Date.now();
  assertEquals(await time.until(get()), 1);
  assertEquals(Date.now() - start, 2.5 * SECOND);
  assertEquals(exchanges.length, 2);
  assertEquals(time.pending, 0);
});

test("TokenCache.get() repeats a dead exchange once for all who wait", async () => {
  using time = simulateTime();
  const { get, exchanges } = setUp(
    inTurn(stalled, slowly(time, countedTokens())),
  );
  void time.dead(() => get());
  const calls = [get(), get()];
  await time.advance(300);
  calls.push(get());
  await time.advance(900);
  calls.push(get());
  assertEquals(await time.until(Promise.all(calls)), [1, 1, 1, 1]);
  assertEquals(exchanges.length, 2);
});

test("TokenCache.get() returns the token that another waiter got for a dead exchange", async () => {
  using time = simulateTime();
  const { get, exchanges } = setUp(inTurn(stalled, countedTokens()));
  void time.dead(() => get());
  const first = get();
  await time.advance(500);
  const second = get();
  assertEquals(await time.until(first), 1);
  assertEquals(await time.until(second), 1);
  assertEquals(exchanges.length, 2);
});

test("TokenCache.get() throws the failure that another waiter got for a dead exchange", async () => {
  using time = simulateTime();
  const { outcome, exchanges } = setUp(inTurn(stalled, down));
  void time.dead(() => outcome());
  const first = outcome();
  await time.advance(500);
  const second = outcome();
  const outcomes = await time.until(Promise.all([first, second]));
  assertEquals(outcomes, ["unavailable", "unavailable"]);
  assertEquals(exchanges.length, 2);
});

test("TokenCache.get() in refresh-due repeats a background refresh that died with its request", async () => {
  using time = simulateTime();
  const { get, exchanges } = setUp(
    inTurn(countedTokens(), stalled, slowly(time, countedTokens())),
  );
  await get();
  await time.advance(25 * MINUTE - SECOND);
  await get();
  time.endRequest();
  await time.advance(SECOND);
  const start = Date.now();
  assertEquals(await time.until(get()), 1); // of the second counter
  assert(Date.now() - start < 6 * SECOND);
  assertEquals(exchanges.length, 3);
  await get();
  assertEquals(exchanges.length, 3); // fresh
});

test("TokenCache.get() in refresh-soon starts another refresh 10 seconds after one died", async () => {
  using time = simulateTime();
  const { get, exchanges } = setUp(
    inTurn(countedTokens(), stalled, countedTokens()),
  );
  await get();
  await time.advance(23 * MINUTE);
  await get();
  time.endRequest();
  await time.advance(10 * SECOND - 1);
  await get();
  assertEquals(exchanges.length, 2);
  await time.advance(1);
  await get();
  assertEquals(exchanges.length, 3);
});

test("TokenCache.get() finds an exchange dead that has beaten before", async () => {
  using time = simulateTime();
  const { get, exchanges } = setUp(
    inTurn(countedTokens(), stalled, countedTokens()),
  );
  await get();
  await time.advance(25 * MINUTE - 2 * SECOND);
  await get();
  await time.advance(2 * SECOND);
  time.endRequest();
  const call = get();
  await time.advance(2 * SECOND);
  assertEquals(exchanges.length, 3);
  assertEquals(await call, 1);
});

test("TokenCache.get() does not repeat an exchange that is slow but alive", async () => {
  using time = simulateTime();
  const gate = deferred();
  const { get, exchanges } = setUp(heldBack(gate, countedTokens()));
  const calls = [get(), get()];
  await time.advance(29 * SECOND);
  assertEquals(exchanges.length, 1);
  gate.resolve();
  assertEquals(await Promise.all(calls), [1, 1]);
});

test("TokenCache.get() does not repeat an exchange because the event loop was blocked", async () => {
  using time = simulateTime();
  const gate = deferred();
  const { get, exchanges } = setUp(heldBack(gate, countedTokens()));
  const calls = [get(), get()];
  for (let round = 0; round < 4; round++) {
    time.block(5 * SECOND);
    await time.advance(100);
  }
  assertEquals(exchanges.length, 1);
  gate.resolve();
  assertEquals(await Promise.all(calls), [1, 1]);
});

test("TokenCache.get() with a dead exchange rejects when its signal aborts", async () => {
  using time = simulateTime();
  const { get, exchanges } = setUp(stalled);
  void time.dead(() => get());
  const controller = new AbortController();
  const call = rejection(() => get(controller.signal));
  await time.advance(1500);
  controller.abort("enough");
  assertEquals(await call, "enough");
  assertEquals([exchanges.length, time.pending], [1, 0]);
});

test("TokenCache.get() with a dead exchange rejects after its own exchangeTimeout", async () => {
  using time = simulateTime();
  const { outcome, exchanges } = setUp(inTurn(stalled, countedTokens()), {
    exchangeTimeout: 200,
  });
  void time.dead(() => outcome());
  const start = Date.now();
  assertEquals(await time.until(outcome()), "timeout");
  assertEquals(Date.now() - start, 200);
  await time.advance(SECOND); // its cooldown
  assertEquals(await outcome(), 1);
  assertEquals(exchanges.length, 2);
});

test("TokenCache.get() in missing does not exceed exchangeTimeout however many exchanges are dead", async () => {
  using time = simulateTime();
  const { cache, options, exchanges } = setUp(stalled);
  const get = (exchangeTimeout: number) =>
    cache.get("ghu_a", { ...options, exchangeTimeout })
      .catch((error) => error.code);
  void time.dead(() => get(30_000));
  const start = Date.now();
  const call = get(5000);
  await time.advance(2 * SECOND);
  assertEquals(exchanges.length, 2);
  assertEquals(await time.until(call), "timeout");
  assertEquals(Date.now() - start, 5000);
});

test("TokenCache ignores the token of an exchange that was replaced", async () => {
  using time = simulateTime();
  const gate = deferred();
  const { get, exchanges } = setUp(
    inTurn(
      heldBack(gate, () => tokenResponse({ token: tokenText(7) })),
      countedTokens(),
    ),
  );
  const first = time.dead(() => get());
  assertEquals(await time.until(get()), 1);
  gate.resolve();
  assertEquals(await first, 7);
  assertEquals(await get(), 1);
  assertEquals(exchanges.length, 2);
});

test("TokenCache ignores the failure of an exchange that was replaced", async () => {
  using time = simulateTime();
  const gates = [deferred(), deferred()];
  const { get, outcome } = setUp(
    inTurn(
      heldBack(gates[0], down),
      heldBack(gates[1], countedTokens({ refresh_in: 10 })),
      countedTokens(),
    ),
  );
  const first = time.dead(() => outcome());
  const second = get();
  await time.advance(2 * SECOND);
  gates[0].resolve();
  assertEquals(await first, "unavailable");
  gates[1].resolve();
  assertEquals(await second, 1);
  await time.advance(10 * SECOND);
  assertEquals(await get(), 1); // of the second counter: no cooldown
});

test("TokenCache cancels an exchange that is overdue before it starts another", async () => {
  using time = simulateTime();
  const { outcome, exchanges } = setUp(inTurn(stalled, countedTokens()));
  const first = outcome();
  await time.advance(SECOND);
  time.block(30 * SECOND); // its timer could not run
  const second = outcome();
  assertEquals(await first, "timeout");
  assertEquals(exchanges[0].signal?.aborted, true);
  assertEquals(await second, 1);
  assertEquals(exchanges.length, 2);
});
