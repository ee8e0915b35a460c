import { assert, assertEquals } from "@std/assert";
import { test } from "node:test";
import { createCopilotFetch } from "../../mod.ts";
import { heldBack, setUp, stalled } from "../helpers/scripted_github.ts";
import { simulateTime } from "../helpers/simulated_time.ts";
import { countedSignal, stubSignal } from "../helpers/stub_signal.ts";
import {
  apart,
  countedTokens,
  deferred,
  inTurn,
  MINUTE,
  rejection,
  rejectionOf,
  settle,
  stubClock,
  stubFetch,
} from "../helpers/stubs.ts";

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

test("createCopilotFetch() sends no request after its signal has aborted", async () => {
  for (let turns = 0; turns < 40; turns++) {
    const { fetch } = stubFetch(undefined, ({ signal }) => {
      assertEquals(signal?.aborted, false);
      return new Response("");
    });
    const controller = new AbortController();
    const copilot = createCopilotFetch("ghu_a", apart({ fetch }));
    const call = copilot("/x", { signal: controller.signal })
      .catch((error) => error);
    for (let turn = 0; turn < turns; turn++) await null;
    controller.abort("enough");
    const outcome = await call;
    assert(outcome === "enough" || outcome instanceof Response, `${outcome}`);
  }
});

test("createCopilotFetch() stops reading a Request's body when its signal aborts", async () => {
  const { fetch } = stubFetch();
  const copilot = createCopilotFetch("ghu_a", apart({ fetch }));
  const controller = new AbortController();
  const request = new Request("https://a.com/x", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: new ReadableStream({ pull: () => new Promise(() => {}) }),
    duplex: "half",
    signal: controller.signal,
  } as RequestInit);
  const call = rejection(() => copilot(request));
  await settle();
  controller.abort("enough");
  assertEquals(await call, "enough");
});

test("createCopilotFetch() with an aborted signal calls no credential function and reads no body", async () => {
  const { fetch, exchanges } = stubFetch();
  const signal = AbortSignal.abort("enough");
  let called = 0;
  const copilot = createCopilotFetch(() => {
    called++;
    return Promise.reject(new Error("locked"));
  }, apart({ fetch }));
  const request = new Request("https://a.com/x", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "{}",
  });
  assertEquals(await rejection(() => copilot("/x", { signal })), "enough");
  assertEquals(await rejection(() => copilot(request, { signal })), "enough");
  assertEquals([called, exchanges.length], [0, 0]);
  assertEquals(request.bodyUsed, false);
});

test("createCopilotFetch() rejects if the credential function itself aborts the signal", async () => {
  const { fetch } = stubFetch();
  const controller = new AbortController();
  const { signal } = controller;
  const copilot = createCopilotFetch(() => {
    controller.abort("enough");
    return new Promise<string>(() => {});
  }, apart({ fetch }));
  assertEquals(await rejection(() => copilot("/x", { signal })), "enough");
});

test("createCopilotFetch() sets no time limit for the credential function", async () => {
  using time = simulateTime();
  const { fetch, requests } = stubFetch();
  const gate = deferred<string>();
  const copilot = createCopilotFetch(() => gate.promise, apart({ fetch }));
  const call = copilot("/x");
  await settle();
  assertEquals(time.pending, 0);
  gate.resolve("ghu_a");
  await call;
  assertEquals(requests.length, 1);
});
