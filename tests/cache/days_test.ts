import { assert, assertEquals } from "@std/assert";
import { test } from "node:test";
import {
  type CopilotFetchOptions,
  createCopilotFetch,
  type FetchLike,
} from "../../mod.ts";
import { createFakeCopilot } from "../../testing/mod.ts";
import { seeded, simulateTime } from "../helpers/simulated_time.ts";
import { apart, HOUR, MINUTE, SECOND } from "../helpers/stubs.ts";

/** What became of a day. */
interface Day {
  calls: number;
  exchanges: number;
  /** How long the slowest call after the first waited, in milliseconds. */
  longestWait: number;
  failures: number;
  /** Requests that Copilot refused for their token. */
  refused: number;
}

/** An agent that makes a call every 20 seconds for 24 hours. */
async function spendDay(
  github: (answer: FetchLike, sleep: Sleep) => FetchLike,
  options: CopilotFetchOptions = {},
): Promise<Day> {
  using time = simulateTime();
  const fake = createFakeCopilot();
  const overGitHub = github(fake.fetch, time.sleep);
  const day = {
    calls: 0,
    exchanges: 0,
    longestWait: 0,
    failures: 0,
    refused: 0,
  };
  const copilot = createCopilotFetch(
    "ghu_a",
    apart({
      ...options,
      async fetch(input, init) {
        if (String(input).includes("/copilot_internal/")) {
          day.exchanges++;
          return await overGitHub(input, init);
        }
        const response = await fake.fetch(input, init);
        if (response.status === 401) day.refused++;
        return response;
      },
    }),
  );
  const end = Date.now() + 24 * HOUR;
  while (Date.now() < end) {
    const begun = Date.now();
    try {
      await time.until(copilot("/models"));
    } catch {
      day.failures++;
    }
    const wait = Date.now() - begun;
    if (day.calls++) day.longestWait = Math.max(day.longestWait, wait);
    await time.advance(Math.max(0, 20 * SECOND - wait));
    fake.exchanges.length = fake.requests.length = 0;
  }
  return day;
}

type Sleep = (milliseconds: number) => Promise<void>;

test("A day of an agent: no call waits after the first, none has a dead token", async () => {
  const day = await spendDay((answer, sleep) => async (input, init) => {
    await sleep(300);
    return answer(input, init);
  });
  console.log("A day:", JSON.stringify(day));
  assertEquals(day.calls, 24 * 60 * 3);
  assertEquals(day.longestWait, 0);
  assertEquals([day.failures, day.refused], [0, 0]);
  assert(day.exchanges <= 64, `${day.exchanges} exchanges`);
});

/** Fails in each passing way, one for each number below one. */
function fail(
  chance: number,
  answer: FetchLike,
  sleep: Sleep,
  ...[input, init]: Parameters<FetchLike>
): Promise<Response> {
  const signal = init?.signal;
  const ways: (() => Response | Promise<Response>)[] = [
    () => Promise.reject(new TypeError("connect ECONNREFUSED")),
    () => Promise.reject(new TypeError("read ECONNRESET")),
    () =>
      new Promise((_, reject) => {
        signal?.addEventListener("abort", () => reject(signal.reason));
      }),
    () => new Response("", { status: 500 }),
    () => new Response("<h1>503</h1>", { status: 503 }),
    () => new Response("<h1>Welcome to our network</h1>"),
    () =>
      new Response("", {
        status: 429,
        headers: { "retry-after": `${1 + Math.floor(chance * 1e6) % 60}` },
      }),
    () =>
      new Response("API rate limit exceeded", {
        status: 403,
        headers: {
          "x-ratelimit-remaining": "0",
          "x-ratelimit-reset": `${
            Math.ceil(Date.now() / SECOND) + Math.floor(chance * 1e6) % 60
          }`,
        },
      }),
    async () => {
      await sleep(29 * SECOND);
      return new Response(
        new ReadableStream({
          start: (controller) => controller.error(new TypeError("terminated")),
        }),
      );
    },
    async () => {
      const text = await (await answer(input, init)).text();
      return new Response(text.slice(0, text.length / 2));
    },
  ];
  return Promise.resolve(ways[Math.floor(chance * ways.length)]());
}

for (const seed of [1, 2, 3]) {
  test(`A day on which GitHub fails half of the time, no call does (seed ${seed})`, async () => {
    const random = seeded(seed);
    let outage = false;
    let until = 0;
    let down = 0;
    const day = await spendDay((answer, sleep) => async (input, init) => {
      // The first exchange works, or there would be nothing to live on.
      until ||= Date.now() + MINUTE;
      while (Date.now() >= until) {
        outage = !outage;
        // Outages of up to four minutes, at least one minute apart.
        const length = outage
          ? (0.1 + 0.9 * random()) * 4 * MINUTE
          : (1 + 2 * random()) * MINUTE;
        if (outage) down += length;
        until += length;
      }
      await sleep(300);
      return outage
        ? fail(random(), answer, sleep, input, init)
        : answer(input, init);
    });
    const share = Math.round(100 * down / (24 * HOUR));
    console.log(`Seed ${seed}, down ${share} %:`, JSON.stringify(day));
    assert(share >= 40 && share <= 60, `${share} %`);
    assertEquals([day.failures, day.refused], [0, 0]);
    assert(day.longestWait <= 30 * SECOND, `${day.longestWait} ms`);
  });
}
