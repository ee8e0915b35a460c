import { assert, assertEquals } from "@std/assert";
import { test } from "node:test";
import {
  LATE,
  throwIfAborted,
  toNativeSignal,
  waitAtMost,
  waitFor,
} from "../../internal/waiting.ts";
import { deferred, rejection, rejectionOf } from "../helpers/stubs.ts";
import { simulateTime } from "../helpers/simulated_time.ts";
import { countedSignal, stubSignal } from "../helpers/stub_signal.ts";

test("throwIfAborted() throws the reason of an aborted signal", async () => {
  throwIfAborted(undefined);
  throwIfAborted(null);
  throwIfAborted(new AbortController().signal);
  const reasons = ["x", 0, null, false];
  for (const reason of reasons) {
    const thrown = await rejection(async () => {
      await Promise.resolve();
      throwIfAborted(AbortSignal.abort(reason));
    });
    assertEquals(thrown, reason);
  }
});

test("waitFor() passes a result and a rejection through", async () => {
  const { signal } = new AbortController();
  for (const given of [undefined, null, signal]) {
    assertEquals(await waitFor(Promise.resolve(1), given), 1);
    assertEquals(
      await rejection(() => waitFor(Promise.reject("x"), given)),
      "x",
    );
  }
});

test("waitFor() rejects if the signal has aborted before, even if the result is there", async () => {
  const reason = await rejection(() =>
    waitFor(Promise.resolve(1), AbortSignal.abort("x"))
  );
  assertEquals(reason, "x");
});

test("waitFor() handles the rejection of its promise also if the signal is none", async () => {
  let handlers = 0;
  const promise = Promise.resolve();
  const then = promise.then.bind(promise);
  Object.assign(promise, {
    then: (...callbacks: Parameters<typeof then>) => {
      if (callbacks[1]) handlers++;
      return then(...callbacks);
    },
  });
  await rejectionOf(TypeError, () => waitFor(promise, {} as AbortSignal));
  assertEquals(handlers, 1);
});

test("waitFor() removes its listener in every case", async () => {
  for (const how of ["resolve", "reject", "abort"] as const) {
    for (const stub of [countedSignal(), stubSignal()]) {
      const { promise, ...settlers } = deferred<number>();
      const wait = waitFor(promise, stub.signal).catch(() => {});
      assertEquals(stub.listeners, 1);
      if (how === "abort") stub.abort("x");
      else settlers[how](1);
      await wait;
      assertEquals(stub.listeners, 0);
    }
  }
});

test("toNativeSignal() returns the runtime's own signal as it is", () => {
  const { signal } = new AbortController();
  assert(toNativeSignal(signal) === signal);
});

test("toNativeSignal() makes one signal for another make's, which aborts with it", () => {
  const stub = stubSignal();
  const native = toNativeSignal(stub.signal);
  assert(native instanceof AbortSignal);
  assert(toNativeSignal(stub.signal) === native);
  assertEquals([native.aborted, stub.listeners], [false, 1]);
  stub.abort("enough");
  assertEquals([native.aborted, native.reason], [true, "enough"]);
});

test("waitAtMost() resolves with LATE when the time is up, and clears its timer", async () => {
  using time = simulateTime();
  const wait = waitAtMost(100, new Promise(() => {}));
  await time.advance(99);
  assertEquals(time.pending, 1);
  await time.advance(1);
  assertEquals(await wait, LATE);
  assertEquals(await waitAtMost(100, Promise.resolve(1)), 1);
  assertEquals(time.pending, 0);
  const { signal } = new AbortController();
  assertEquals(await waitAtMost(100, Promise.resolve(1), signal), 1);
  const aborted = AbortSignal.abort("x");
  const reason = await rejection(() =>
    waitAtMost(100, new Promise(() => {}), aborted)
  );
  assertEquals([reason, time.pending], ["x", 0]);
});
