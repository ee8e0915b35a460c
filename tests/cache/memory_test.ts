import { assert, assertEquals } from "@std/assert";
import { test } from "node:test";
import { inspect } from "node:util";
import { newEntry, recordFailure } from "../../internal/cache_entry.ts";
import { SharedTask } from "../../internal/shared_task.ts";
import { type CopilotToken, CopilotTokenError } from "../../mod.ts";
import {
  countedTokens,
  deferred,
  HOUR,
  inTurn,
  MINUTE,
  SECOND,
  settle,
  stubClock,
  tokenError,
  tokenResponse,
} from "../helpers/stubs.ts";
import { usedHeap } from "../helpers/memory.ts";
import {
  badCredentials,
  down,
  heldBack,
  limited,
  setUp,
} from "../helpers/scripted_github.ts";

const MAX_ENTRIES = 10_000;

/** Runs `use`, and returns how many entries there were at each access. */
async function watchSizes(use: () => Promise<void>): Promise<number[]> {
  const sizes: number[] = [];
  const { set } = Map.prototype;
  // The cache does not show its entries, so its Map is watched.
  Map.prototype.set = function (key, value) {
    if (typeof key === "string" && key.startsWith("exchange github.com")) {
      sizes.push(this.size);
    }
    return set.call(this, key, value);
  };
  try {
    await use();
  } finally {
    Map.prototype.set = set;
  }
  return sizes;
}

test("TokenCache removes idle entries when it adds one, once a minute", async () => {
  using clock = stubClock();
  const { get } = setUp();
  const sizes = await watchSizes(async () => {
    for (let count = 0; count < 100; count++) await get(undefined, `a${count}`);
    clock.advance(30 * MINUTE - 1);
    await get(undefined, "b"); // all are valid
    clock.advance(1);
    await get(undefined, "c"); // a minute has not passed
    clock.advance(MINUTE - 2);
    await get(undefined, "d");
    clock.advance(1);
    await get(undefined, "e"); // 100 have expired
    clock.advance(HOUR);
    await get(undefined, "f"); // all have
  });
  assertEquals(sizes.slice(-5), [100, 101, 102, 3, 0]);
});

test("TokenCache returns to 10 000 entries after busy ones have exceeded them", async () => {
  using _clock = stubClock();
  const { outcome, exchanges } = setUp((call) =>
    call.headers.authorization.includes("limited")
      ? limited(600)(call)
      : tokenResponse()
  );
  const sizes = await watchSizes(async () => {
    for (let count = 0; count < MAX_ENTRIES / 2; count++) {
      await outcome(undefined, `limited${count}`);
    }
    for (let count = 0; count < 1.5 * MAX_ENTRIES; count++) {
      await outcome(undefined, `ghu_${count}`);
      exchanges.length = 0;
    }
  });
  assert(Math.max(...sizes) > MAX_ENTRIES);
  assert(Number(sizes.at(-1)) <= MAX_ENTRIES, `${sizes.at(-1)}`);
});

test("TokenCache keeps an idle entry during its rate limit", async () => {
  using clock = stubClock();
  const { get, exchanges } = setUp((call) =>
    call.headers.authorization === "Bearer ghu_a"
      ? limited(600)(call)
      : tokenResponse()
  );
  await tokenError(get);
  clock.advance(2 * MINUTE);
  await get(undefined, "ghu_b");
  assertEquals((await tokenError(get)).retryAfter, 480);
  assertEquals(exchanges.length, 2);
});

test("TokenCache keeps an idle entry in the minute after its forced exchange", async () => {
  using clock = stubClock();
  const { cache, get } = setUp(
    inTurn(
      countedTokens({ refresh_in: 0, expires_at: 0 }),
      down,
      countedTokens(),
    ),
  );
  await get();
  clock.advance(29 * MINUTE + 50 * SECOND);
  assertEquals(cache.invalidate("ghu_a"), true);
  await get(); // fails
  clock.advance(40 * SECOND); // expired; the cooldown is over, the minute is not
  await get(undefined, "ghu_b");
  await get();
  assertEquals(cache.invalidate("ghu_a"), false);
});

test("TokenCache keeps an entry whose exchange is in flight", async () => {
  using clock = stubClock();
  const gate = deferred();
  const tokens = countedTokens();
  const { get, exchanges } = setUp((call) =>
    call.headers.authorization === "Bearer ghu_a"
      ? heldBack(gate, tokens)(call)
      : tokenResponse()
  );
  const first = get();
  clock.advance(2 * MINUTE);
  await get(undefined, "ghu_b");
  const second = get();
  gate.resolve();
  assertEquals([await first, await second], [1, 1]);
  assertEquals(exchanges.length, 2);
});

test("TokenCache keeps 10 000 entries and removes the least recently used", async () => {
  using _clock = stubClock();
  const { get, exchanges } = setUp(() => tokenResponse());
  for (let count = 0; count < MAX_ENTRIES; count++) {
    await get(undefined, `ghu_${count}`);
  }
  for (let count = 0; count < MAX_ENTRIES; count++) {
    await get(undefined, `ghu_${count}`);
  }
  assertEquals(exchanges.length, MAX_ENTRIES);
  await get(undefined, "ghu_0"); // now the most recently used
  await get(undefined, "ghu_new");
  exchanges.length = 0;
  await get(undefined, "ghu_0");
  await get(undefined, `ghu_${MAX_ENTRIES - 1}`);
  assertEquals(exchanges.length, 0);
  await get(undefined, "ghu_1");
  assertEquals(exchanges.length, 1);
});

test("TokenCache keeps about 10 000 entries however many are added", async () => {
  using _clock = stubClock();
  const { get, exchanges } = setUp(() => tokenResponse());
  for (let count = 0; count < 3 * MAX_ENTRIES; count++) {
    await get(undefined, `ghu_${count}`);
    exchanges.length = 0;
  }
  // From the newest on, so that a kept entry is not removed by the search.
  let kept = 0;
  for (let count = 3 * MAX_ENTRIES - 1; count >= 0; count--) {
    await get(undefined, `ghu_${count}`);
    if (exchanges.length > 0) break;
    kept++;
  }
  assert(kept > MAX_ENTRIES - 10 && kept <= MAX_ENTRIES, `${kept}`);
});

test("TokenCache removes no entry with a cooldown or an exchange in flight for another", async () => {
  using _clock = stubClock();
  const gate = deferred();
  const { get, exchanges } = setUp((call) => {
    const { authorization } = call.headers;
    if (authorization === "Bearer ghu_limited") return limited(600)(call);
    if (authorization !== "Bearer ghu_slow") return tokenResponse();
    return heldBack(gate, () => tokenResponse())(call);
  });
  await tokenError(() => get(undefined, "ghu_limited"));
  const slow = get(undefined, "ghu_slow");
  for (let count = 0; count < 2 * MAX_ENTRIES; count++) {
    await get(undefined, `ghu_${count}`);
  }
  exchanges.length = 0;
  await tokenError(() => get(undefined, "ghu_limited"));
  const joined = get(undefined, "ghu_slow");
  gate.resolve();
  assertEquals([await slow, await joined], [1, 1]);
  assertEquals(exchanges.length, 0);
});

test("recordFailure() stores short texts and no Error", async () => {
  const { promise, reject } = deferred<CopilotToken>();
  const task = new SharedTask(() => promise, {
    milliseconds: 1000,
    error: () => new Error("late"),
  });
  const cause = new Error("cause");
  const error = new CopilotTokenError("First line\nand second", {
    code: "rate_limited",
    status: 429,
    retryAfter: 5,
    hint: "Wait.",
    cause,
  });
  const entry = newEntry("exchange");
  entry.task = task;
  recordFailure(entry, task, error, 1234);
  assertEquals(entry.failure, {
    at: 1234,
    code: "rate_limited",
    status: 429,
    retryAfter: 5,
    summary: "First line\nand second",
    hint: "Wait.",
  });
  reject(error);
  await settle();
});

test("TokenCache keeps less than a kilobyte of a refused credential", async () => {
  using _clock = stubClock();
  const { get, exchanges, cache } = setUp(badCredentials);
  const refuse = async (from: number, to: number) => {
    for (let count = from; count < to; count++) {
      await get(undefined, `ghu_${count}`).catch(() => {});
      exchanges.length = 0;
    }
  };
  await refuse(0, 2000);
  const before = usedHeap();
  await refuse(2000, 12_000);
  const each = (usedHeap() - before) / 10_000;
  assert(each < 1024, `${each} bytes`);
  assert(inspect(cache)); // still in use
});
