import { assertEquals } from "@std/assert";
import { test } from "node:test";
import { exchangeToken } from "../../mod.ts";
import { TIMEOUT_HINT } from "../../internal/hints.ts";
import { CREDENTIAL, errorOf } from "../helpers/failed_exchange.ts";
import { simulateTime } from "../helpers/simulated_time.ts";
import {
  deferred,
  rejection,
  START,
  stubFetch,
  tokenError,
  tokenResponse,
} from "../helpers/stubs.ts";

const never = new Promise<never>(() => {});

test("exchangeToken() cancels an exchange that exceeds its time limit", async () => {
  using time = simulateTime();
  const { fetch, exchanges } = stubFetch(() => never);
  const error = await time.until(
    tokenError(() => exchangeToken(CREDENTIAL, { fetch, exchangeTimeout: 5 })),
  );
  assertEquals(Date.now(), START + 5);
  assertEquals([error.code, error.status], ["timeout", undefined]);
  assertEquals(error.hint, TIMEOUT_HINT);
  assertEquals(error.message.includes("5 ms"), true);
  assertEquals(exchanges[0].signal?.aborted, true);
});

test("exchangeToken() includes the response's body in the time limit", async () => {
  using time = simulateTime();
  const body = new ReadableStream({ pull: () => never });
  const error = await time.until(errorOf(() => new Response(body), {
    exchangeTimeout: 5,
  }));
  assertEquals(error.code, "timeout");
});

for (const exchangeTimeout of [Infinity, 1e12]) {
  test(`exchangeToken() accepts a time limit of ${exchangeTimeout}`, async () => {
    const { fetch } = stubFetch(async () => {
      await new Promise((resolve) => setTimeout(resolve, 10));
      return tokenResponse();
    });
    const { auth } = await exchangeToken(CREDENTIAL, {
      fetch,
      exchangeTimeout,
    });
    assertEquals(auth, "exchange");
  });
}

test("exchangeToken() sends nothing with a signal that is aborted", async () => {
  const { fetch, exchanges } = stubFetch();
  const reason = new Error("enough");
  const signal = AbortSignal.abort(reason);
  const error = await rejection(() =>
    exchangeToken(CREDENTIAL, { fetch, signal })
  );
  assertEquals(error === reason, true);
  assertEquals(exchanges.length, 0);
});

test("exchangeToken() rejects with the signal's reason when it aborts", async () => {
  const controller = new AbortController();
  const isSent = deferred();
  const { fetch } = stubFetch(() => {
    isSent.resolve();
    return never;
  });
  const exchange = rejection(() =>
    exchangeToken(CREDENTIAL, { fetch, signal: controller.signal })
  );
  await isSent.promise;
  const reason = { any: "thing" };
  controller.abort(reason);
  assertEquals(await exchange === reason, true);
});
