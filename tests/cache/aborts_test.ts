import { assertEquals } from "@std/assert";
import { test } from "node:test";
import {
  hanging,
  heldBack,
  limited,
  setUp,
  stalled,
} from "../helpers/scripted_github.ts";
import { simulateTime } from "../helpers/simulated_time.ts";
import {
  countedTokens,
  deferred,
  inTurn,
  MINUTE,
  rejection,
  SECOND,
  settle,
  stubClock,
  tokenError,
  tokenResponse,
} from "../helpers/stubs.ts";

test("TokenCache.get() rejects with the signal's reason at once; the other callers get the token", async () => {
  const gate = deferred();
  const { get, exchanges } = setUp(heldBack(gate, countedTokens()));
  const controller = new AbortController();
  const first = rejection(() => get(controller.signal));
  const second = get();
  const reason = new Error("enough");
  controller.abort(reason);
  assertEquals(await first, reason);
  assertEquals(exchanges[0].signal?.aborted, false);
  gate.resolve();
  assertEquals(await second, 1);
  assertEquals(exchanges.length, 1);
});

test("TokenCache.get() rejects with the reason even if it is null", async () => {
  const { get } = setUp(stalled);
  const controller = new AbortController();
  const call = rejection(() => get(controller.signal));
  controller.abort(null);
  assertEquals(await call, null);
  assertEquals(await rejection(() => get(controller.signal)), null);
});

test("TokenCache.get() with an aborted signal rejects in every phase and starts nothing", async () => {
  using clock = stubClock();
  const { cache, get, exchanges } = setUp();
  const aborted = () => rejection(() => get(AbortSignal.abort("no")));
  assertEquals(await aborted(), "no"); // missing
  assertEquals(exchanges.length, 0);
  await get();
  assertEquals(await aborted(), "no"); // fresh
  clock.advance(24 * MINUTE);
  assertEquals(await aborted(), "no"); // refresh-soon
  clock.advance(2 * MINUTE);
  assertEquals(await aborted(), "no"); // refresh-due
  cache.invalidate("ghu_a");
  assertEquals(await aborted(), "no"); // rejected
  assertEquals(exchanges.length, 1);
});

for (const phase of ["missing", "refresh-due", "rejected"]) {
  test(`TokenCache.get() in ${phase} rejects when its signal aborts, and a later caller joins the exchange`, async () => {
    using time = simulateTime();
    const gate = deferred();
    const tokens = countedTokens();
    const { cache, get, exchanges } = setUp(
      phase === "missing"
        ? heldBack(gate, tokens)
        : inTurn(tokens, heldBack(gate, tokens)),
    );
    if (phase !== "missing") await get();
    if (phase === "refresh-due") await time.advance(26 * MINUTE);
    if (phase === "rejected") cache.invalidate("ghu_a");
    const before = exchanges.length;
    const controller = new AbortController();
    const call = rejection(() => get(controller.signal));
    await time.advance(SECOND);
    controller.abort("enough");
    assertEquals(await call, "enough");
    await time.advance(2 * SECOND - 1);
    const next = get();
    await time.advance(0);
    gate.resolve();
    assertEquals(await next, phase === "missing" ? 1 : 2);
    assertEquals(exchanges.length, before + 1);
    assertEquals(time.pending, 0);
  });
}

test("TokenCache cancels an exchange 2 seconds after its last caller has left", async () => {
  using time = simulateTime();
  const { get, exchanges } = setUp(inTurn(hanging, countedTokens()));
  const controllers = [new AbortController(), new AbortController()];
  const calls = controllers.map(({ signal }) => rejection(() => get(signal)));
  controllers[0].abort("first");
  await time.advance(10 * SECOND);
  assertEquals(exchanges[0].signal?.aborted, false);
  controllers[1].abort("second");
  assertEquals(await Promise.all(calls), ["first", "second"]);
  await time.advance(2 * SECOND - 1);
  assertEquals(exchanges[0].signal?.aborted, false);
  await time.advance(1);
  assertEquals(exchanges[0].signal?.aborted, true);
  assertEquals(time.pending, 0);
  // A cancelled exchange is no failure: the next one starts at once.
  assertEquals(await get(), 1);
  assertEquals(exchanges.length, 2);
});

test("TokenCache stores the token of an exchange that ends after its callers have left", async () => {
  using time = simulateTime();
  const gate = deferred();
  const { get, exchanges } = setUp(heldBack(gate, countedTokens()));
  const controller = new AbortController();
  const call = rejection(() => get(controller.signal));
  controller.abort("enough");
  await call;
  await time.advance(SECOND);
  gate.resolve();
  await settle();
  assertEquals(await get(), 1);
  assertEquals(exchanges.length, 1);
});

test("TokenCache cancels an abandoned exchange no later than at exchangeTimeout", async () => {
  using time = simulateTime();
  const { get, exchanges } = setUp(hanging, { exchangeTimeout: 1500 });
  const controller = new AbortController();
  const call = rejection(() => get(controller.signal));
  await time.advance(SECOND);
  controller.abort("enough");
  await call;
  await time.advance(499);
  assertEquals(exchanges[0].signal?.aborted, false);
  await time.advance(1);
  assertEquals(exchanges[0].signal?.aborted, true);
});

test("TokenCache cancels an abandoned exchange that a caller has joined and left again", async () => {
  using time = simulateTime();
  const { get, exchanges } = setUp(hanging);
  for (let round = 0; round < 5; round++) {
    const controller = new AbortController();
    const call = rejection(() => get(controller.signal));
    await time.advance(SECOND);
    controller.abort("enough");
    await call;
    await time.advance(SECOND);
  }
  assertEquals(exchanges.length, 1);
  await time.advance(SECOND - 1);
  assertEquals(exchanges[0].signal?.aborted, false);
  await time.advance(1);
  assertEquals(exchanges[0].signal?.aborted, true);
});

test("TokenCache does not cancel a background refresh with those who joined it", async () => {
  using time = simulateTime();
  const gate = deferred();
  const tokens = countedTokens();
  const { get, exchanges } = setUp(inTurn(tokens, heldBack(gate, tokens)));
  await get();
  await time.advance(25 * MINUTE - SECOND);
  await get();
  await time.advance(SECOND);
  const controller = new AbortController();
  const late = rejection(() => get(controller.signal));
  controller.abort("enough");
  assertEquals(await late, "enough");
  await time.advance(8 * SECOND);
  assertEquals(exchanges[1].signal?.aborted, false);
  gate.resolve();
  await settle();
  assertEquals(await get(), 2);
});

test("TokenCache does not abort the signal of an exchange that has ended", async () => {
  using time = simulateTime();
  const { get, exchanges } = setUp();
  await get();
  assertEquals(time.pending, 0);
  await time.advance(MINUTE);
  assertEquals(exchanges[0].signal?.aborted, false);
});

test("TokenCache does not take a caller's reason for the failure of the exchange", async () => {
  using time = simulateTime();
  const { cache, options } = setUp(limited(3600));
  const reason = await tokenError(() => cache.get("ghu_b", options));
  const { get, exchanges } = setUp(inTurn(hanging, countedTokens()));
  const controller = new AbortController();
  const call = rejection(() => get(controller.signal));
  controller.abort(reason);
  assertEquals(await call, reason);
  await time.advance(2 * SECOND);
  assertEquals(await get(), 1);
  assertEquals(exchanges.length, 2);
});

test("TokenCache.get() rejects with a reason that is an error of this package, an old token or not", async () => {
  using clock = stubClock();
  const { cache, options } = setUp(limited(3600));
  const reason = await tokenError(() => cache.get("ghu_b", options));
  const gate = deferred();
  const tokens = countedTokens();
  const { get } = setUp(inTurn(tokens, heldBack(gate, tokens)));
  await get();
  clock.advance(26 * MINUTE);
  const controller = new AbortController();
  const call = rejection(() => get(controller.signal));
  controller.abort(reason);
  assertEquals(await call, reason);
  gate.resolve();
  await settle();
});

test("TokenCache.get() ends where the exchange cannot be cancelled", async () => {
  // As in Workers, where it belongs to the request that started it.
  using time = simulateTime();
  const { AbortController } = globalThis;
  globalThis.AbortController = class extends AbortController {
    override abort() {
      throw new Error("out of reach");
    }
  };
  try {
    const { outcome } = setUp(inTurn(stalled, countedTokens()));
    assertEquals(await time.until(outcome()), "timeout");
    await time.advance(SECOND);
    assertEquals(await outcome(), 1);
  } finally {
    globalThis.AbortController = AbortController;
  }
});

test("TokenCache makes no second exchange at any moment of an abort", async () => {
  for (let turns = 0; turns < 30; turns++) {
    using time = simulateTime();
    let inFlight = 0;
    let most = 0;
    const gate = deferred();
    const { get } = setUp(async (call) => {
      most = Math.max(most, ++inFlight);
      try {
        return await Promise.race([
          gate.promise.then(() => tokenResponse()),
          hanging(call),
        ]);
      } finally {
        inFlight--;
      }
    });
    const controller = new AbortController();
    const first = rejection(() => get(controller.signal));
    controller.abort("enough");
    for (let turn = 0; turn < turns; turn++) await null;
    const second = get();
    gate.resolve();
    assertEquals([await first, await second, most], ["enough", 1, 1]);
    assertEquals(time.pending, 0);
  }
});

test("TokenCache sends nothing if it is cancelled before the exchange begins", async () => {
  using time = simulateTime();
  const { get, exchanges } = setUp(undefined, { exchangeTimeout: 5 });
  const call = get().catch((error) => error.code);
  time.block(5);
  await get().catch(() => {}); // replaces the exchange that is overdue
  assertEquals(await call, "timeout");
  assertEquals(exchanges.length, 1);
});
