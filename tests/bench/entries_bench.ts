/**
 * Ten thousand credentials in one cache, against the same tokens in a
 * plain Map: their memory, how long a look-up takes, and what remains
 * when they have expired.
 */
import { do_not_optimize, measure } from "mitata";
import process from "node:process";
import { type CopilotToken, TokenCache } from "../../mod.ts";
import { report, times } from "./report.ts";
import { HOST, TOKEN } from "./requests.ts";

const COUNT = 10_000; // as many as a cache keeps
const HOUR = 3_600_000;
const credential = (index: number) =>
  `ghu_${index.toString().padStart(36, "0")}`;
const options = {
  fetch: (_: unknown, init?: RequestInit) => {
    // Each has a token of its own.
    const id = new Headers(init?.headers).get("authorization")?.slice(-36);
    return Promise.resolve(Response.json({ token: `tid=${id};${TOKEN}` }));
  },
};

async function fill(cache: TokenCache): Promise<void> {
  for (let index = 0; index < COUNT; index += 1000) {
    const each = (_: unknown, more: number) =>
      cache.get(credential(index + more), options);
    await Promise.all(Array.from({ length: 1000 }, each));
  }
}

/** Bytes in use after a garbage collection. */
async function heapUsed(): Promise<number> {
  const { gc, Bun } = globalThis as {
    gc?: () => void;
    Bun?: { gc(force: boolean): void };
  };
  for (let turn = 0; turn < 5; turn++) {
    Bun ? Bun.gc(true) : gc?.();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  // Bun only estimates the size of its heap.
  return Bun ? process.memoryUsage().rss : process.memoryUsage().heapUsed;
}

const realNow = Date.now;
let ahead = 0;
Date.now = () => realNow() + ahead;

// Once for what is only made once.
await fill(new TokenCache());

const empty = await heapUsed();
const plain = new Map<string, CopilotToken>();
for (let index = 0; index < COUNT; index++) {
  const value = `tid=${credential(index).slice(-36)};${TOKEN}`;
  plain.set(`exchange github.com ${credential(index)}`, {
    // As JSON gives it: a text of its own, and not of two pieces.
    value: JSON.parse(JSON.stringify(value)),
    baseURL: HOST,
    auth: "exchange",
    refreshAt: Date.now(),
    expiresAt: Date.now(),
  });
}
const plainBytes = await heapUsed() - empty;
const before = await heapUsed();
const cache = new TokenCache();
await fill(cache);
const full = await heapUsed();
report(
  "10 000 credentials: memory × a plain Map's",
  ((full - before) / plainBytes).toFixed(2),
);
report("… bytes for each", Math.round((full - before) / COUNT).toString());

const small = new TokenCache();
await small.get(credential(0), options);
const alone = new Map([...plain].slice(0, 1));
const ratios: number[] = [];
const plainRatios: number[] = [];
for (let round = 0; round < 7; round++) {
  const settings = { min_cpu_time: 1e8 };
  let index = 0;
  const many = await measure(
    async () => await cache.get(credential(index++ % COUNT), options),
    settings,
  );
  const one = await measure(
    async () => {
      do_not_optimize(credential(index++ % COUNT)); // made here as well
      return await small.get(credential(0), options);
    },
    settings,
  );
  ratios.push(many.p50 / one.p50);
  // As far as the caches of the processor go, it is the same with a Map.
  const key = (index: number) => `exchange github.com ${credential(index)}`;
  const manyPlain = await measure(
    () => do_not_optimize(plain.get(key(index++ % COUNT))),
    settings,
  );
  const onePlain = await measure(() => {
    do_not_optimize(credential(index++ % COUNT));
    do_not_optimize(alone.get(key(0)));
  }, settings);
  plainRatios.push(manyPlain.p50 / onePlain.p50);
}
report("… a look-up × one among one", times(ratios));
report("… the same in a plain Map", times(plainRatios));

ahead = 2 * HOUR;
await cache.get("ghu_another", options);
const after = await heapUsed();
report(
  "… memory that remains when they have expired",
  `${Math.max(0, Math.round((after - before) / (full - before) * 100))} %`,
);
if (plain.size !== COUNT) throw new Error(); // it has to live until here
