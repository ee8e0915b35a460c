import { assert, assertEquals } from "@std/assert";
import { test } from "node:test";
import {
  CopilotTokenError,
  createCopilotFetch,
  type FetchLike,
  TokenCache,
} from "../../mod.ts";
import {
  seeded,
  type SimulatedTime,
  simulateTime,
} from "../helpers/simulated_time.ts";
import {
  HOUR,
  MINUTE,
  SECOND,
  stubClock,
  tokenText,
} from "../helpers/stubs.ts";

const DAY = 24 * HOUR;
const TOKEN_LIFETIME = 30 * MINUTE;

/** What became of one exchange. */
type Outcome = "token" | "permanent" | "transient" | "limited";

/** One exchange, as GitHub saw it. */
interface Exchange {
  at: number;
  outcome: Outcome;
  /** Until when the last token that GitHub issued before is valid. */
  validUntil: number;
  /** The delay that GitHub named, in milliseconds. */
  delay: number;
}

/** GitHub and Copilot, and what they saw. */
interface World {
  fetch: FetchLike;
  exchanges: Exchange[];
  /** Requests with a token that has expired or was never issued. */
  rejected: number;
  /** Until when the newest token is valid. */
  validUntil: number;
}

/** One way to fail, and what the cache makes of it. */
type Failure = [
  outcome: Outcome,
  respond: (delay: number) => Response | Promise<Response>,
];

const github = (status: number, headers = {}) =>
  Response.json({ message: "Refused" }, { status, headers });

/** 401, 403, 429, 502 and HTML. */
const FAILURES: Failure[] = [
  ["permanent", () => github(401)],
  ["permanent", () => github(403)],
  ["limited", (delay) => github(429, { "retry-after": `${delay / SECOND}` })],
  ["transient", () => new Response("", { status: 502 })],
  ["transient", () => new Response("<h1>Welcome to our network</h1>")],
];

/** Makes a world in which `failure` says how the next exchange fails. */
function createWorld(failure: () => Failure | undefined): World {
  const issued = new Map<string, number>();
  const world: World = { fetch, exchanges: [], rejected: 0, validUntil: 0 };

  async function fetch(input: string | URL | Request, init?: RequestInit) {
    if (String(input).includes("/copilot_internal/")) return await exchange();
    const { authorization } = init?.headers as Record<string, string>;
    const validUntil = issued.get(authorization.slice("Bearer ".length)) ?? 0;
    if (Date.now() < validUntil) return new Response("");
    world.rejected++;
    return new Response("token expired", { status: 401 });
  }

  async function exchange(): Promise<Response> {
    const at = Date.now();
    const delay = (1 + world.exchanges.length % 120) * SECOND;
    const [outcome, respond] = failure() ?? ["token", issue] as const;
    const { validUntil } = world;
    world.exchanges.push({ at, outcome, validUntil, delay });
    return await respond(delay);
  }

  function issue(): Response {
    const token = tokenText(world.exchanges.length);
    world.validUntil = Date.now() + TOKEN_LIFETIME;
    issued.set(token, world.validUntil);
    return Response.json({ token, refresh_in: 1500 });
  }

  return world;
}

/** What became of a day's calls. */
interface Day {
  calls: number;
  /** How long the slowest call after the first waited, in milliseconds. */
  longestWait: number;
  failures: number;
}

/** An agent that makes a call every 20 seconds for 24 hours. */
async function spendDay(time: SimulatedTime, world: World): Promise<Day> {
  const { fetch } = world;
  const cache = new TokenCache();
  const copilot = createCopilotFetch("ghu_a", { fetch, cache });
  const day: Day = { calls: 0, longestWait: 0, failures: 0 };
  const end = Date.now() + DAY;
  while (Date.now() < end) {
    const start = Date.now();
    try {
      await time.until(copilot("/models"));
    } catch (error) {
      assertFailureIsDue(error, world);
      day.failures++;
    }
    const wait = Date.now() - start;
    if (day.calls > 0) day.longestWait = Math.max(day.longestWait, wait);
    day.calls++;
    await time.advance(Math.max(0, 20 * SECOND - wait));
  }
  return day;
}

/** A call may fail for a permanent error, or if there is no valid token. */
function assertFailureIsDue(error: unknown, { validUntil }: World): void {
  if (!(error instanceof CopilotTokenError)) throw error;
  const isPermanent = ["bad_credentials", "no_access"].includes(error.code);
  assert(isPermanent || Date.now() >= validUntil, String(error));
}

/** Asserts that no exchange was made before the cooldown of the last was over. */
function assertCooldowns(exchanges: Exchange[]): void {
  for (const [index, exchange] of exchanges.entries()) {
    const next = exchanges[index + 1];
    if (!next) return;
    const gap = next.at - exchange.at;
    const hadToken = next.at < exchange.validUntil;
    const least = exchange.outcome === "token"
      ? 23 * MINUTE
      : exchange.outcome === "limited"
      ? exchange.delay
      : exchange.outcome === "permanent" || hadToken
      ? 30 * SECOND
      : SECOND;
    assert(gap >= least, `${gap} ms after ${JSON.stringify(exchange)}`);
  }
}

test("TokenCache makes 63 exchanges in a day of an agent, and no call after the first waits for one", async () => {
  using time = simulateTime();
  const world = createWorld(() => undefined);
  const { fetch } = world;
  world.fetch = async (input, init) => {
    if (String(input).includes("/copilot_internal/")) await time.sleep(300);
    return await fetch(input, init);
  };
  const day = await spendDay(time, world);
  assertEquals(day, { calls: 24 * 60 * 3, longestWait: 0, failures: 0 });
  assertEquals(world.rejected, 0);
  assertEquals(world.exchanges.length, 63);
});

for (const seed of [1, 2, 3]) {
  test(`TokenCache keeps to the cooldowns and uses a valid token on a day on which half of the exchanges fail (seed ${seed})`, async () => {
    using time = simulateTime();
    const random = seeded(seed);
    const world = createWorld(() =>
      random() < 0.5
        ? FAILURES[Math.floor(random() * FAILURES.length)]
        : undefined
    );
    const day = await spendDay(time, world);
    assertEquals(world.rejected, 0);
    assertCooldowns(world.exchanges);
    const { length } = world.exchanges;
    const failed = world.exchanges.filter(({ outcome }) =>
      outcome !== "token"
    ).length;
    assert(failed > length / 3, `${failed} of ${length}`);
    // On average there is one failure, and so one cooldown, for each token.
    assert(length < 3 * 63, `${length}`);
    assert(day.failures < day.calls / 100, JSON.stringify(day));
  });

  test(`TokenCache fails no call and delays none by more than 5 seconds on a day with outages of minutes (seed ${seed})`, async () => {
    using time = simulateTime();
    const random = seeded(seed);
    const schedule = outages(random);
    const world = createWorld(() => undefined);
    const { fetch } = world;
    world.fetch = async (input, init) => {
      if (!String(input).includes("/copilot_internal/")) {
        return await fetch(input, init);
      }
      const answer = () => fetch(input, init);
      const isDown = schedule.isDown(Date.now());
      await time.sleep(300);
      if (!isDown) return await answer();
      return await failTransiently(random(), time, answer, init?.signal);
    };
    const day = await spendDay(time, world);
    const share = schedule.down / DAY;
    assert(share > 0.4 && share < 0.6, `${share}`);
    assertEquals([day.failures, world.rejected], [0, 0]);
    assert(day.longestWait <= 5 * SECOND, `${day.longestWait} ms`);
  });
}

/** Outages of up to four minutes, at least one minute apart. */
function outages(random: () => number) {
  let isOutage = false;
  let until = 0;
  return {
    down: 0,
    isDown(now: number): boolean {
      until ||= now + MINUTE; // the first exchange succeeds
      while (now >= until) {
        isOutage = !isOutage;
        const length = isOutage
          ? (0.1 + 0.9 * random()) * 4 * MINUTE
          : (1 + 2 * random()) * MINUTE;
        if (isOutage) this.down += length;
        until += length;
      }
      return isOutage;
    },
  };
}

/** Fails in one of many transient ways, chosen by a number below one. */
function failTransiently(
  chance: number,
  time: SimulatedTime,
  answer: () => Promise<Response>,
  signal?: AbortSignal | null,
): Response | Promise<Response> {
  const seconds = 1 + Math.floor(chance * 1e6) % 60;
  const ways: (() => Response | Promise<Response>)[] = [
    () => Promise.reject(new TypeError("connect ECONNREFUSED")),
    () =>
      new Promise((_, reject) => {
        signal?.addEventListener("abort", () => reject(signal.reason));
      }),
    () => new Response("", { status: 500 }),
    () => new Response("<h1>503</h1>", { status: 503 }),
    () => new Response("<h1>Welcome to our network</h1>"),
    () => github(429, { "retry-after": `${seconds}` }),
    () =>
      github(403, {
        "x-ratelimit-remaining": "0",
        "x-ratelimit-reset": `${Math.ceil(Date.now() / SECOND) + seconds}`,
      }),
    async () => {
      await time.sleep(29 * SECOND);
      return new Response(
        new ReadableStream({
          start: (controller) => controller.error(new TypeError("terminated")),
        }),
      );
    },
    async () => {
      const text = await (await answer()).text();
      return new Response(text.slice(0, text.length / 2));
    },
  ];
  return ways[Math.floor(chance * ways.length)]();
}

/** A program whose calls take half a second, with no pause between them. */
async function askWithoutPause(world: World, duration: number): Promise<Day> {
  using clock = stubClock();
  const { fetch } = world;
  const cache = new TokenCache();
  const day: Day = { calls: 0, longestWait: 0, failures: 0 };
  for (let passed = 0; passed < duration; passed += SECOND / 2) {
    try {
      await cache.get("ghu_a", { fetch });
    } catch (error) {
      assertFailureIsDue(error, world);
      day.failures++;
    }
    day.calls++;
    clock.advance(SECOND / 2);
  }
  return day;
}

for (const [index, [outcome]] of FAILURES.entries()) {
  const what = ["401", "403", "429", "502", "HTML"][index];
  test(`TokenCache keeps to the cooldowns in an hour of ${what} while a program calls without pause`, async () => {
    const world = createWorld(() => FAILURES[index]);
    const { failures, calls } = await askWithoutPause(world, HOUR);
    assertEquals(failures, calls);
    assertCooldowns(world.exchanges);
    const { length } = world.exchanges;
    if (outcome === "permanent") assertEquals(length, HOUR / (30 * SECOND));
    if (outcome === "transient") assertEquals(length, HOUR / SECOND);
    if (outcome === "limited") assert(length < 120, `${length}`);
  });
}

test("TokenCache makes no more exchanges than the cooldowns allow on a day of calls without pause, on which half of the exchanges fail", async () => {
  const random = seeded(1);
  // Whole hours of failure, in which the token expires, and single failures.
  const world = createWorld(() => {
    const isHourOfFailure = Math.floor(Date.now() / HOUR) % 2 === 0;
    return isHourOfFailure || random() < 0.3
      ? FAILURES[Math.floor(random() * FAILURES.length)]
      : undefined;
  });
  await askWithoutPause(world, DAY);
  const { exchanges } = world;
  assertCooldowns(exchanges);
  // At most one exchange a second without a token, two a minute with one.
  const tokens = exchanges.filter(({ outcome }) => outcome === "token");
  const withToken = Math.min(DAY, tokens.length * TOKEN_LIFETIME);
  const bound = (DAY - withToken) / SECOND + withToken / (30 * SECOND) + 1;
  assert(exchanges.length <= bound, `${exchanges.length} > ${bound}`);
});
