/**
 * How cost grows: with callers that wait at once for the first token, with
 * credentials, and with calls. If each of many costs × 1.00 of each of few, the
 * whole grows in proportion.
 *
 * Timers, streams and garbage collection themselves cost more where there are
 * many. So the same exchanges by hand, with as many timers, are measured too.
 *
 * `--before=PATH` compares with another tree.
 */
import { join, resolve } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import * as library from "../../mod.ts";
import type { FetchLike } from "../../mod.ts";
import { usedHeap } from "../helpers/memory.ts";
import { deferred } from "../helpers/stubs.ts";
import { median, report, times } from "./report.ts";
import { tokenResponse } from "./requests.ts";

const ROUNDS = 3;
/** Of fewer calls, the heap's own changes hide the bytes. */
const MEASURABLE = 5000;
/** Calls at once, where there are so many that they come one after another. */
const BATCH = 1000;

type Library = Pick<typeof library, "createCopilotFetch" | "TokenCache">;

/** Starts so many calls at once; they wait for the exchange, if there is one. */
type Start = (count: number, exchange?: Promise<void>) => Promise<unknown>[];

/** What calls at once cost. */
interface Cost {
  /** Of the processor, whatever else it does. */
  microseconds: number;
  /** For how many milliseconds they keep the event loop from other work. */
  blocked: number;
}

/** A `fetch` whose exchanges wait for a promise, and their number. */
function stubFetch(exchange?: Promise<void>) {
  const counts = { exchanges: 0 };
  const fetch: FetchLike = async (input) => {
    await Promise.resolve();
    if (!String(input).endsWith("/token")) return new Response("{}");
    counts.exchanges++;
    await exchange;
    return tokenResponse();
  };
  return { fetch, counts };
}

/** A busy machine may take longer than the default for 100 000 callers. */
const exchangeTimeout = 600_000;

const credential = (index: number) =>
  `ghu_${index.toString().padStart(36, "0")}`;

/** Lets the event loop turn once. */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** What so many calls at once cost. */
async function costOf(start: Start, count: number): Promise<Cost> {
  let blocked = 0;
  let last = performance.now();
  const tick = () => {
    const now = performance.now();
    blocked = Math.max(blocked, now - last);
    last = now;
  };
  const timer = setInterval(tick, 1);
  const begun = process.cpuUsage();
  await Promise.all(start(count));
  const { user, system } = process.cpuUsage(begun);
  await turn();
  tick();
  clearInterval(timer);
  return { microseconds: user + system, blocked };
}

/** The bytes that each of so many calls holds while it waits. */
async function bytesOf(start: Start, count: number): Promise<number> {
  const exchange = deferred();
  await turn();
  const before = usedHeap();
  const calls = start(count, exchange.promise);
  await turn();
  const bytes = usedHeap() - before;
  exchange.resolve();
  await Promise.all(calls);
  return bytes / count;
}

/** Calls with one credential and no token. */
function callers({ TokenCache, createCopilotFetch }: Library): Start {
  return (count, exchange) => {
    const { fetch, counts } = stubFetch(exchange);
    const cache = new TokenCache();
    const copilot = createCopilotFetch("ghu_bench", {
      fetch,
      cache,
      exchangeTimeout,
    });
    const calls = Array.from({ length: count }, () => copilot("/models"));
    calls[0].then(() => {
      if (counts.exchanges !== 1) throw new Error(`${counts.exchanges}`);
    });
    return calls;
  };
}

/** The first call of each of so many credentials. */
const credentials: Start = (count, exchange) => {
  const { fetch } = stubFetch(exchange);
  const cache = new library.TokenCache();
  return Array.from(
    { length: count },
    (_, index) => cache.get(credential(index), { fetch, exchangeTimeout }),
  );
};

/** The same exchanges by hand: with the same timers, and a Map for the tokens. */
const exchangesByHand: Start = (count, isReady) => {
  const tokens = new Map<string, unknown>();
  const { fetch } = stubFetch(isReady);
  const exchange = async (index: number) => {
    // An exchange has a limit and heartbeats, and its waiter has a timer.
    const limit = setTimeout(() => {}, exchangeTimeout);
    const heartbeats = setInterval(() => {}, 500);
    const waiter = setTimeout(() => {}, 1000);
    const { signal } = new AbortController();
    const response = await fetch("https://localhost/token", { signal });
    tokens.set(credential(index), await response.json());
    clearTimeout(limit);
    clearInterval(heartbeats);
    clearTimeout(waiter);
  };
  return Array.from({ length: count }, (_, index) => exchange(index));
};

/** Callers that wait for one exchange by hand, each with a timer. */
const callersByHand: Start = (count, isReady) => {
  const { fetch } = stubFetch(isReady);
  const token = fetch("https://localhost/token").then((it) => it.json());
  const call = async () => {
    let waiter: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise((resolve) => {
      waiter = setTimeout(resolve, exchangeTimeout);
    });
    await Promise.race([token, late]);
    clearTimeout(waiter);
    return await fetch("https://localhost/models", { headers: {} });
  };
  return Array.from({ length: count }, call);
};

/** Prints what each of many costs, × each of few. */
async function compare(
  what: string,
  [few, many]: [few: number, many: number],
  start: Start,
): Promise<void> {
  await costOf(start, many); // once for what is only made once
  const time: number[] = [];
  const blocked: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    // As many calls on both sides, so that both pay for their garbage.
    const groups: Cost[] = [];
    for (let group = 0; group < many / few; group++) {
      groups.push(await costOf(start, few));
    }
    const all = await costOf(start, many);
    const sum = groups.reduce((sum, { microseconds }) => sum + microseconds, 0);
    time.push(all.microseconds / sum);
    const ofFew = median(groups.map(({ blocked }) => blocked)) / few;
    blocked.push(all.blocked / many / ofFew);
  }
  const bytes = await bytesOf(start, many) /
    await bytesOf(start, Math.max(few, MEASURABLE));
  const title = `${digits(many)} ${what}, each × each of ${digits(few)}`;
  report(`${title}: time`, times(time));
  report(`… ${what}: memory while it waits`, bytes.toFixed(2));
  report(`… ${what}: time that other work waits`, times(blocked));
}

/** Such as "100 000". */
function digits(count: number): string {
  return count.toLocaleString("en").replaceAll(",", " ");
}

/** Prints what callers at once cost, × in another tree. */
async function compareWithTree(count: number, tree: string): Promise<void> {
  const { href } = pathToFileURL(join(resolve(tree), "mod.ts"));
  const now = callers(library);
  const before = callers(await import(href));
  const time: number[] = [];
  const bytes: number[] = [];
  for (let round = 0; round < 5 * ROUNDS; round++) {
    const { microseconds } = await costOf(now, count);
    time.push(microseconds / (await costOf(before, count)).microseconds);
    bytes.push(await bytesOf(now, count) / await bytesOf(before, count));
  }
  const title = `${digits(count)} callers without a token × the tree before`;
  report(`${title}: time`, times(time));
  report("… × the tree before: memory", times(bytes));
}

/** Prints the time of each of many callers, × that of one alone. */
async function compareWithOne(many: number): Promise<void> {
  const timeOf = async (count: number) =>
    (await costOf(callers(library), count)).microseconds / count;
  const ratios: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const alone: number[] = [];
    for (let run = 0; run < 100; run++) alone.push(await timeOf(1));
    ratios.push(await timeOf(many) / median(alone));
  }
  const title = `${digits(many)} callers without a token, each × one alone`;
  report(`${title}: time`, times(ratios));
}

/** Prints how a million calls with a token differ from the first of them. */
async function compareCalls(batches: number): Promise<void> {
  const { fetch } = stubFetch();
  const cache = new library.TokenCache();
  const copilot = library.createCopilotFetch("ghu_bench", {
    fetch,
    cache,
    exchangeTimeout,
  });
  const spend = async (count: number) => {
    const taken: number[] = [];
    for (let batch = 0; batch < count; batch++) {
      const begun = performance.now();
      await Promise.all(
        Array.from({ length: BATCH }, () => copilot("/models")),
      );
      taken.push(performance.now() - begun);
      await turn();
    }
    return taken;
  };
  await spend(batches / 10);
  const before = usedHeap();
  const taken = await spend(batches);
  const left = (usedHeap() - before) / (batches * BATCH);
  const tenth = batches / 10;
  const ratio = median(taken.slice(-tenth)) / median(taken.slice(0, tenth));
  const title = `${digits(batches * BATCH)} calls with a token`;
  report(`${title}: time, the last × the first 100 000`, ratio.toFixed(2));
  report("… memory that is left of each, bytes", left.toFixed(2));
}

const tree = process.argv.find((flag) => flag.startsWith("--before="));
if (tree) await compareWithTree(10_000, tree.replace("--before=", ""));
await compareWithOne(1000);
await compare("callers without a token", [1000, 100_000], callers(library));
report("… exchanges that 100 000 callers make", "1");
await compare("callers by hand", [1000, 100_000], callersByHand);

await compare("credentials", [100, 10_000], credentials);
await compare("exchanges by hand", [100, 10_000], exchangesByHand);
await compareCalls(1000);
