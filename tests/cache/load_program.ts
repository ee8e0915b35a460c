/**
 * Uses the cache as much as a large service does, and prints what that cost.
 * A program of its own, as Node's test runner makes promises slow.
 */
import process from "node:process";
import { createCopilotFetch, TokenCache } from "../../mod.ts";
import { usedHeap } from "../helpers/memory.ts";
import { countedSignal } from "../helpers/stub_signal.ts";
import { countedTokens, stubFetch, tokenResponse } from "../helpers/stubs.ts";

const programs: Record<string, () => Promise<unknown>> = {
  stampede,
  longLivedSignal,
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
