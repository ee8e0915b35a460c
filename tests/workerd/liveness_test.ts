/** Exchanges whose request ends, with the default time limits. */
import { ok as assert, strictEqual as assertEquals } from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { deferred } from "../helpers/stubs.ts";
import {
  NEW_DATE,
  OLD_DATE,
  testInWorkerd,
  type Worker,
} from "./run_in_workerd.ts";

/** Into the advisory window of a token that is refreshed after 25 minutes. */
const IN_REFRESH_SOON = 24 * 60_000;
/** After its `refreshAt`, and before it expires. */
const IN_REFRESH_DUE = 26 * 60_000;
/** How long an exchange takes, in milliseconds. */
const EXCHANGE_MS = 500;

/** Makes the next exchange slow; the promise resolves when it has begun. */
function slowExchange({ fake }: Worker): Promise<void> {
  const begun = deferred();
  fake.answerNextExchange(async () => {
    begun.resolve();
    await sleep(EXCHANGE_MS);
  });
  return begun.promise;
}

/** Asserts that a call succeeds, and within a time. */
async function assertAnswered(
  call: Promise<Response>,
  milliseconds: number,
): Promise<void> {
  const begun = performance.now();
  assertEquals((await call).status, 200);
  const taken = Math.round(performance.now() - begun);
  assert(taken < milliseconds, `${taken} ms`);
}

// Before 2024-10-14 a promise continued in the request that resolved it.
for (const date of [NEW_DATE, OLD_DATE]) {
  testInWorkerd(
    "createCopilotFetch() repeats a background refresh that ended with its request within 6 seconds",
    async (worker) => {
      const { fake, send } = worker;
      assertEquals((await send()).status, 200);
      const begun = slowExchange(worker);
      await assertAnswered(send({ ahead: IN_REFRESH_SOON }), EXCHANGE_MS);
      await begun;
      await assertAnswered(send({ ahead: IN_REFRESH_DUE }), 6000);
      // The first token, the refresh that ended, and the one that replaced it.
      assertEquals(fake.exchanges.length, 3);
    },
    date,
  );

  testInWorkerd(
    "createCopilotFetch() goes on with a background refresh under waitUntil",
    async (worker) => {
      const { fake, send } = worker;
      assertEquals((await send()).status, 200);
      const begun = slowExchange(worker);
      const early = { ahead: IN_REFRESH_SOON, waitUntil: true };
      await assertAnswered(send(early), EXCHANGE_MS);
      await begun;
      const late = { ahead: IN_REFRESH_DUE, waitUntil: true };
      await assertAnswered(send(late), 1000);
      assertEquals(fake.exchanges.length, 2);
    },
    date,
  );

  testInWorkerd(
    "createCopilotFetch() answers a patient caller within 3 seconds after one with a short limit",
    async (worker) => {
      const { fake, send } = worker;
      slowExchange(worker);
      slowExchange(worker);
      const impatient = await send({ abortAfter: 200 });
      assertEquals(await impatient.text(), "TimeoutError");
      await sleep(1000);
      await assertAnswered(send(), 3000);
      assertEquals(fake.exchanges.length, 2);
    },
    date,
  );

  testInWorkerd(
    "createCopilotFetch() answers callers within 3 seconds if the request that exchanges ends first",
    async (worker) => {
      const { fake, send } = worker;
      const begun = slowExchange(worker);
      slowExchange(worker);
      const first = send({ leaveAfter: 200 });
      await begun;
      const others = Array.from({ length: 5 }, () => send());
      await Promise.all([
        first.then((response) => response.text())
          .then((text) => assertEquals(text, "left")),
        ...others.map((call) => assertAnswered(call, 3000)),
      ]);
      assertEquals(fake.exchanges.length, 2);
    },
    date,
  );
}

testInWorkerd(
  "createCopilotFetch() reports a timeout if the request that exchanges has ended",
  async ({ fake, send }) => {
    const begun = deferred();
    fake.answerNextExchange(() => {
      begun.resolve();
      return new Promise(() => {});
    });
    const scene = { exchangeTimeout: 1000 };
    await (await send({ ...scene, leaveAfter: 100 })).text();
    await begun.promise;
    const calls = Array.from({ length: 3 }, () => send(scene));
    for (const response of await Promise.all(calls)) {
      assertEquals(response.status, 504);
      assertEquals((await response.json()).error.code, "timeout");
    }
    const afterCooldown = { ...scene, ahead: 2000 };
    assertEquals((await send(afterCooldown)).status, 200);
    assertEquals(fake.exchanges.length, 2);
  },
);
