/**
 * How cost grows: with callers that wait at once for the first token, with
 * credentials, and with calls. If each of many costs × 1.00 of each of few, the
 * whole grows in proportion. A higher ratio may be due to garbage collection: it
 * takes 72 % of the time in a profile of Node 20 (2026-11-25). There is no
 * profile of Bun and Deno.
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
/** Calls at once, where there are so many that they come one after another. */
const BATCH = 1000;

type Library = Pick<typeof library, "createCopilotFetch" | "TokenCache">;

/** What each of a number of calls costs. */
interface Cost {
  /** Of the processor, whatever else it does. */
  microseconds: number;
  /** What it holds while all wait for the exchange. */
  bytes: number;
  /** For how many milliseconds it keeps the event loop from other work. */
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

/** The time that calls at once take, and the longest pause of a timer. */
async function timeOf(
  start: () => Promise<unknown>[],
): Promise<Pick<Cost, "microseconds" | "blocked">> {
  let blocked = 0;
  let last = performance.now();
  const tick = () => {
    const now = performance.now();
    blocked = Math.max(blocked, now - last);
    last = now;
  };
  const timer = setInterval(tick, 1);
  const begun = process.cpuUsage();
  await Promise.all(start());
  const { user, system } = process.cpuUsage(begun);
  await turn();
  tick();
  clearInterval(timer);
  return { microseconds: user + system, blocked };
}

/** The bytes that calls hold while they wait. */
async function bytesOf(
  start: (exchange: Promise<void>) => Promise<unknown>[],
): Promise<number> {
  const exchange = deferred();
  await turn();
  const before = usedHeap();
  const calls = start(exchange.promise);
  await turn();
  const bytes = usedHeap() - before;
  exchange.resolve();
  await Promise.all(calls);
  return bytes;
}

/** Calls at once with one credential and no token. */
function startCallers(
  { TokenCache, createCopilotFetch }: Library,
  count: number,
  exchange?: Promise<void>,
) {
  const { fetch, counts } = stubFetch(exchange);
  const cache = new TokenCache();
  const copilot = createCopilotFetch("ghu_bench", {
    fetch,
    cache,
    exchangeTimeout,
  });
  const calls = Array.from({ length: count }, () => copilot("/models"));
  return { calls, counts };
}

async function callersAtOnce(
  count: number,
  tree: Library = library,
): Promise<Cost> {
  const allCounts: { exchanges: number }[] = [];
  const start = (exchange?: Promise<void>) => {
    const { calls, counts } = startCallers(tree, count, exchange);
    allCounts.push(counts);
    return calls;
  };
  const { microseconds, blocked } = await timeOf(start);
  const bytes = await bytesOf(start);
  if (allCounts.some(({ exchanges }) => exchanges !== 1)) throw new Error();
  return each({ microseconds, bytes, blocked }, count);
}

/** The first call of each of so many credentials, all at once. */
async function credentialsAtOnce(count: number): Promise<Cost> {
  const start = (exchange?: Promise<void>) => {
    const { fetch } = stubFetch(exchange);
    const cache = new library.TokenCache();
    return Array.from(
      { length: count },
      (_, index) => cache.get(credential(index), { fetch, exchangeTimeout }),
    );
  };
  const { microseconds, blocked } = await timeOf(start);
  const bytes = await bytesOf(start);
  return each({ microseconds, bytes, blocked }, count);
}

function each({ microseconds, bytes, blocked }: Cost, count: number): Cost {
  return {
    microseconds: microseconds / count,
    bytes: bytes / count,
    blocked: blocked / count,
  };
}

/** Prints what each of many costs, × each of few. */
async function compare(
  what: string,
  [few, many]: [few: number, many: number],
  costOf: (count: number) => Promise<Cost>,
): Promise<void> {
  await costOf(few); // once for what is only made once
  const pairs: [few: Cost, many: Cost][] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const runs: Cost[] = [];
    // Of so few each costs little, so the median of several runs is taken.
    for (let run = 0; run < 9; run++) runs.push(await costOf(few));
    const middle = (key: keyof Cost) => median(runs.map((cost) => cost[key]));
    const least = {
      microseconds: middle("microseconds"),
      bytes: middle("bytes"),
      blocked: middle("blocked"),
    };
    pairs.push([least, await costOf(many)]);
  }
  const ratios = (key: keyof Cost) =>
    times(pairs.map(([few, many]) => many[key] / few[key]));
  const title = `${digits(many)} ${what}, each × each of ${digits(few)}`;
  report(`${title}: time`, ratios("microseconds"));
  report(`… ${what}: memory while it waits`, ratios("bytes"));
  report(`… ${what}: time that other work waits`, ratios("blocked"));
}

/** Such as "100 000". */
function digits(count: number): string {
  return count.toLocaleString("en").replaceAll(",", " ");
}

/** Prints what callers at once cost, × in another tree. */
async function compareWithTree(count: number, tree: string): Promise<void> {
  const { href } = pathToFileURL(join(resolve(tree), "mod.ts"));
  const before: Library = await import(href);
  const pairs: [now: Cost, before: Cost][] = [];
  for (let round = 0; round < 5 * ROUNDS; round++) {
    const now = await callersAtOnce(count);
    pairs.push([now, await callersAtOnce(count, before)]);
  }
  const ratios = (key: keyof Cost) =>
    times(pairs.map(([now, before]) => now[key] / before[key]));
  const title = `${digits(count)} callers without a token × the tree before`;
  report(`${title}: time`, ratios("microseconds"));
  report("… × the tree before: memory", ratios("bytes"));
}

/** Prints the time of each of many callers, × that of one alone. */
async function compareWithOne(many: number): Promise<void> {
  const timeEach = async (count: number) =>
    (await timeOf(() => startCallers(library, count).calls)).microseconds /
    count;
  const ratios: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const alone: number[] = [];
    for (let run = 0; run < 100; run++) alone.push(await timeEach(1));
    ratios.push(await timeEach(many) / median(alone));
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
await compare("callers without a token", [1000, 100_000], callersAtOnce);
report("… exchanges that 100 000 callers make", "1");
await compare("credentials", [100, 10_000], credentialsAtOnce);
await compareCalls(1000);
