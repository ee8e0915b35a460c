import { assertEquals } from "@std/assert";
import { test } from "node:test";
import { createCopilotFetch } from "../../mod.ts";
import {
  apart,
  countedTokens,
  deferred,
  MINUTE,
  rejection,
  rejectionOf,
  settle,
  stubClock,
  stubFetch,
} from "../helpers/stubs.ts";
import {
  heldBack,
  inTurn,
  setUp,
  stalled,
} from "../helpers/scripted_github.ts";
import { countedSignal, stubSignal } from "../helpers/stub_signal.ts";

for (const phase of ["missing", "refresh-due", "rejected"]) {
  test(`TokenCache.get() in ${phase} takes a signal without throwIfAborted and reason`, async () => {
    using clock = stubClock();
    const gate = deferred();
    const tokens = countedTokens();
    const { cache, get } = setUp(
      inTurn(tokens, heldBack(gate, tokens), tokens),
    );
    await get();
    if (phase === "missing") clock.advance(MINUTE * 60);
    if (phase === "refresh-due") clock.advance(MINUTE * 26);
    if (phase === "rejected") cache.invalidate("ghu_a");
    const stub = stubSignal();
    const call = rejectionOf(DOMException, () => get(stub.signal));
    assertEquals(stub.listeners, 1);
    stub.abort();
    assertEquals((await call).name, "AbortError");
    assertEquals(stub.listeners, 0);
    gate.resolve();
  });
}

test("TokenCache.get() with an aborted signal without reason rejects with an AbortError", async () => {
  const { get, exchanges } = setUp();
  const stub = stubSignal();
  stub.abort();
  const error = await rejectionOf(DOMException, () => get(stub.signal));
  assertEquals([error.name, exchanges.length], ["AbortError", 0]);
});

test("TokenCache.get() rejects with the reason of another make's signal", async () => {
  const { get } = setUp(stalled);
  const stub = stubSignal();
  const call = rejection(() => get(stub.signal));
  stub.abort("enough");
  assertEquals(await call, "enough");
});

test("createCopilotFetch() takes another make's signal in every phase", async () => {
  using clock = stubClock();
  const { fetch, requests } = stubFetch(countedTokens());
  const copilot = createCopilotFetch(() => "ghu_a", apart({ fetch }));
  const { signal } = stubSignal();
  for (const minutes of [0, 1, 24, 2, 60]) {
    clock.advance(minutes * MINUTE);
    assertEquals((await copilot("/models", { signal })).status, 200);
  }
  assertEquals(requests.length, 5);
});

test("TokenCache adds one listener to a signal for any number of calls, and removes it", async () => {
  const gate = deferred();
  const { get } = setUp(heldBack(gate, countedTokens()));
  const stub = stubSignal();
  const calls = Array.from(
    { length: 1000 },
    (_, index) => get(stub.signal, `ghu_${index % 20}`),
  );
  assertEquals([stub.listeners, stub.added], [1, 1]);
  gate.resolve();
  await Promise.all(calls);
  assertEquals([stub.listeners, stub.most], [0, 1]);
});

test("TokenCache.get() keeps listening for a caller after another with the same signal is served", async () => {
  const gate = deferred();
  const { get } = setUp((call) =>
    call.headers.authorization === "Bearer ghu_b"
      ? stalled()
      : heldBack(gate, countedTokens())(call)
  );
  const stub = stubSignal();
  const first = get(stub.signal);
  const second = rejection(() => get(stub.signal, "ghu_b"));
  gate.resolve();
  assertEquals(await first, 1);
  assertEquals(stub.listeners, 1);
  stub.abort("enough");
  assertEquals(await second, "enough");
  assertEquals(stub.listeners, 0);
});

test("TokenCache.get() rejects every caller of a signal", async () => {
  const { get } = setUp(stalled);
  const stub = stubSignal();
  const calls = Array.from(
    { length: 100 },
    () => rejection(() => get(stub.signal)),
  );
  stub.abort("enough");
  assertEquals(await Promise.all(calls), Array(100).fill("enough"));
  assertEquals(stub.listeners, 0);
});

test("createCopilotFetch() adds one listener at a time to its signal, and removes it", async () => {
  const gate = deferred<string>();
  const { fetch } = stubFetch();
  const copilot = createCopilotFetch(() => gate.promise, apart({ fetch }));
  const counted = countedSignal();
  const { signal } = counted;
  const calls = Array.from({ length: 20 }, () => copilot("/x", { signal }));
  await settle();
  assertEquals(counted.listeners, 1);
  gate.resolve("ghu_a");
  await Promise.all(calls);
  assertEquals([counted.listeners, counted.most], [0, 1]);
});
