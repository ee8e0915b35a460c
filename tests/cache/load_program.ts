/**
 * Uses the cache as much as a large service does, and prints what that cost.
 * A program of its own, as Node's test runner makes promises slow.
 */
import process from "node:process";
import { createCopilotFetch, type FetchLike, TokenCache } from "../../mod.ts";
import { usedHeap } from "../helpers/memory.ts";
import { countedSignal } from "../helpers/stub_signal.ts";
import {
  countedTokens,
  MINUTE,
  stubClock,
  stubFetch,
  tokenResponse,
  tokenText,
} from "../helpers/stubs.ts";

const programs: Record<string, () => Promise<unknown>> = {
  stampede,
  longLivedSignal,
  week,
};

const [name] = process.argv.slice(2);
const outcome = await programs[name]();
console.log(JSON.stringify(outcome));

/** 100 000 callers at once, which block the event loop. */
async function stampede() {
  const { fetch, exchanges } = stubFetch(async () => {
    await new Promise((resolve) => setTimeout(resolve, 50));
    return tokenResponse();
  });
  const cache = new TokenCache();
  const { signal } = new AbortController();
  const start = performance.now();
  const calls = Array.from(
    { length: 100_000 },
    () => cache.get("ghu_a", { fetch, signal }),
  );
  const blocked = Math.round(performance.now() - start);
  const tokens = new Set(await Promise.all(calls));
  return { exchanges: exchanges.length, tokens: tokens.size, blocked };
}

/** 200 000 calls with one long-lived signal, and what they leave. */
async function longLivedSignal() {
  const response = new Response(null);
  const stub = stubFetch(countedTokens(), () => response);
  const { fetch, exchanges, requests } = stub;
  const cache = new TokenCache();
  const copilot = createCopilotFetch(
    () => Promise.resolve("ghu_a"),
    { fetch, cache },
  );
  const counted = countedSignal();
  const { signal } = counted;
  const spend = async (batches: number) => {
    for (let batch = 0; batch < batches; batch++) {
      await Promise.all(
        Array.from({ length: 100 }, () => copilot("/models", { signal })),
      );
      cache.clear();
      exchanges.length = requests.length = 0;
    }
    return usedHeap();
  };
  const before = await spend(200);
  const after = await spend(2000);
  const { listeners, most, added } = counted;
  const bytes = Math.round((after - before) / 200_000);
  return { listeners, most, added, bytes };
}

/**
 * A million calls in a week, of which some are aborted. Of the exchanges half
 * fail, and in the first two hours of each day all.
 */
async function week() {
  using clock = stubClock();
  const response = new Response(null);
  const failures = [
    () => new Response("", { status: 503 }),
    () => Promise.reject(new TypeError("connect ECONNREFUSED")),
    () => Response.json({ message: "Bad credentials" }, { status: 401 }),
  ];
  const outcomes = { calls: 0, aborted: 0, failed: 0, exchanges: 0 };
  let isOutage = false;
  const fetch: FetchLike = async (input) => {
    if (!String(input).includes("/copilot_internal/")) return response;
    const count = ++outcomes.exchanges;
    if (!isOutage && count % 2 === 0) {
      return tokenResponse({ token: tokenText(count), refresh_in: 1500 });
    }
    return await failures[count % failures.length]();
  };
  const cache = new TokenCache();
  const copilot = createCopilotFetch("ghu_a", { fetch, cache });

  async function spendDay(): Promise<void> {
    for (let minute = 0; minute < 24 * 60; minute++) {
      isOutage = minute < 2 * 60;
      const controller = new AbortController();
      const { signal } = controller;
      const calls = Array.from({ length: 99 }, () => copilot("/models"));
      calls.push(copilot("/models", { signal }));
      controller.abort("left");
      for (const call of await Promise.allSettled(calls)) {
        outcomes.calls++;
        if (call.status === "fulfilled") continue;
        if (call.reason === "left") outcomes.aborted++;
        else outcomes.failed++;
      }
      clock.advance(MINUTE);
    }
  }

  await spendDay();
  const before = await leastHeap();
  for (let day = 1; day < 7; day++) await spendDay();
  const bytes = (await leastHeap() - before) / outcomes.calls;
  return { ...outcomes, bytes };
}

/** What the heap holds when finalizers have run as well. */
async function leastHeap(): Promise<number> {
  const sizes: number[] = [];
  for (let turn = 0; turn < 5; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    sizes.push(usedHeap());
  }
  return Math.min(...sizes);
}
