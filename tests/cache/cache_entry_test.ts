import { assertEquals } from "@std/assert";
import { test } from "node:test";
import {
  cooldownError,
  elapsed,
  type Entry,
  type Failure,
  isAlive,
  isBusy,
  isCoolingDown,
  isIdle,
  isRecentlyForced,
  newEntry,
  phaseOf,
  recordFailure,
  recordToken,
  rejectToken,
  taskInFlight,
} from "../../internal/cache_entry.ts";
import type { SharedTask } from "../../internal/shared_task.ts";
import { type CopilotToken, CopilotTokenError } from "../../mod.ts";
import { HOUR, MINUTE, SECOND, START } from "../helpers/stubs.ts";

/** A token of half an hour, requested at `START`. */
function createToken(members: Partial<CopilotToken> = {}): CopilotToken {
  return {
    value: "tid=1",
    baseURL: "https://api.individual.githubcopilot.com",
    auth: "exchange",
    refreshAt: START + 25 * MINUTE,
    expiresAt: START + 30 * MINUTE,
    ...members,
  };
}

/** An entry with a token. */
function createEntry(members: Partial<Entry> = {}): Entry {
  return {
    ...newEntry("exchange"),
    token: createToken(),
    requestedAt: START,
    ...members,
  };
}

function createFailure(members: Partial<Failure> = {}): Failure {
  return { at: START, code: "network", summary: "s", hint: "h", ...members };
}

function createTask(isJoinable: boolean): SharedTask<CopilotToken> {
  return { isJoinable } as SharedTask<CopilotToken>;
}

const phases: [what: string, entry: Entry, at: number, phase: string][] = [
  ["a new entry", newEntry("exchange"), 0, "missing"],
  ["a new token", createEntry(), 0, "fresh"],
  ["before the advisory window", createEntry(), 23 * MINUTE - 1, "fresh"],
  ["in the advisory window", createEntry(), 23 * MINUTE, "refresh-soon"],
  ["at its end", createEntry(), 25 * MINUTE - 1, "refresh-soon"],
  ["at refreshAt", createEntry(), 25 * MINUTE, "refresh-due"],
  ["before expiresAt", createEntry(), 30 * MINUTE - 1, "refresh-due"],
  ["at expiresAt", createEntry(), 30 * MINUTE, "missing"],
  ["a clock set back by 1 ms", createEntry(), -1, "refresh-due"],
  ["a clock set back by a day", createEntry(), -24 * HOUR, "refresh-due"],
  ["rejected", createEntry({ isRejected: true }), 0, "rejected"],
  [
    "rejected and due",
    createEntry({ isRejected: true }),
    26 * MINUTE,
    "rejected",
  ],
  [
    "rejected and expired",
    createEntry({ isRejected: true }),
    30 * MINUTE,
    "missing",
  ],
  [
    "rejected without a token",
    createEntry({ isRejected: true, token: undefined }),
    0,
    "missing",
  ],
  [
    "a short token before its last fifth",
    createEntry({ token: createToken({ refreshAt: START + 100 }) }),
    79,
    "fresh",
  ],
  [
    "a short token in its last fifth",
    createEntry({ token: createToken({ refreshAt: START + 100 }) }),
    80,
    "refresh-soon",
  ],
  [
    "ten minutes, whose fifth is the whole window",
    createEntry({ token: createToken({ refreshAt: START + 10 * MINUTE }) }),
    8 * MINUTE,
    "refresh-soon",
  ],
];

for (const [what, entry, at, phase] of phases) {
  test(`phaseOf() is ${phase}: ${what}`, () => {
    assertEquals(phaseOf(entry, START + at), phase);
  });
}

test("newEntry() has the plan and no history", () => {
  const entry = newEntry("direct");
  assertEquals(entry.plan, "direct");
  assertEquals(entry.isRejected, false);
  assertEquals(isRecentlyForced(entry, 0), false);
  assertEquals(isIdle(entry, 0), true);
});

test("isAlive() is true until expiresAt", () => {
  assertEquals(isAlive(undefined, START), false);
  assertEquals(isAlive(createToken(), START + 30 * MINUTE - 1), true);
  assertEquals(isAlive(createToken(), START + 30 * MINUTE), false);
});

test("elapsed() is a distance without sign", () => {
  assertEquals(elapsed(5, 8), 3);
  assertEquals(elapsed(8, 5), 3);
  assertEquals(elapsed(-Infinity, 5), Infinity);
});

test("taskInFlight() is the task that a new caller may join", () => {
  const task = createTask(true);
  assertEquals(taskInFlight(createEntry({ task })), task);
  const over = createTask(false);
  assertEquals(taskInFlight(createEntry({ task: over })), undefined);
  assertEquals(taskInFlight(createEntry()), undefined);
});

const withoutToken = { token: undefined };
const cooldowns: [
  what: string,
  entry: Partial<Entry>,
  failure: Partial<Failure>,
  milliseconds: number,
][] = [
  ["a transient error", withoutToken, {}, SECOND],
  ["a transient error with a token", {}, {}, 30 * SECOND],
  [
    "a transient error with an expired token",
    { token: createToken({ expiresAt: 0 }) },
    {},
    SECOND,
  ],
  ["401", withoutToken, { code: "bad_credentials" }, 30 * SECOND],
  ["403", withoutToken, { code: "no_access" }, 30 * SECOND],
  ["401 with a token", {}, { code: "bad_credentials" }, 30 * SECOND],
  ["a delay", withoutToken, { retryAfter: 100 }, 100 * SECOND],
  ["a delay with a token", {}, { retryAfter: 100 }, 100 * SECOND],
  [
    "a delay with 401",
    withoutToken,
    { code: "bad_credentials", retryAfter: 2 },
    2 * SECOND,
  ],
];

for (const [what, members, failure, milliseconds] of cooldowns) {
  test(`isCoolingDown() for ${milliseconds / SECOND} s after ${what}`, () => {
    const entry = createEntry({ ...members, failure: createFailure(failure) });
    for (const direction of [1, -1]) {
      const end = START + direction * milliseconds;
      assertEquals(isCoolingDown(entry, end - direction), true);
      assertEquals(isCoolingDown(entry, end), false);
      assertEquals(isCoolingDown(entry, end + direction * HOUR), false);
    }
  });
}

test("isCoolingDown() is false without a failure", () => {
  assertEquals(isCoolingDown(createEntry(), START), false);
  assertEquals(cooldownError(createEntry(), START), undefined);
});

test("cooldownError() has the failure's code and status and the remaining seconds", () => {
  const failure = createFailure({
    code: "rate_limited",
    status: 429,
    retryAfter: 10,
    summary: "First line",
    hint: "Wait. Try again in 10 s.",
  });
  const entry = createEntry({ failure });
  for (const [passed, seconds] of [[0, 10], [1, 10], [1000, 9], [9999, 1]]) {
    const error = cooldownError(entry, START + passed);
    if (!error) throw new Error("There is none");
    const { code, status, retryAfter, hint, message } = error;
    assertEquals([code, status, retryAfter], ["rate_limited", 429, seconds]);
    assertEquals(hint, `Wait. Try again in ${seconds} s.`);
    assertEquals(message, `First line\n${hint}`);
  }
  assertEquals(cooldownError(entry, START + 10 * SECOND), undefined);
});

test("isBusy() is true while an exchange is in flight or forbidden", () => {
  const failure = createFailure();
  assertEquals(isBusy(createEntry(), START), false);
  assertEquals(isBusy(createEntry({ task: createTask(true) }), START), true);
  assertEquals(isBusy(createEntry({ task: createTask(false) }), START), false);
  assertEquals(isBusy(createEntry({ failure }), START), true);
  assertEquals(isBusy(createEntry({ failure }), START + MINUTE), false);
});

test("isRecentlyForced() is true for a minute in either direction", () => {
  const entry = createEntry({ forcedAt: START });
  for (const direction of [1, -1]) {
    const end = START + direction * MINUTE;
    assertEquals(isRecentlyForced(entry, end - direction), true);
    assertEquals(isRecentlyForced(entry, end), false);
  }
});

test("isIdle() is true if nothing about an entry matters any more", () => {
  const expired = { token: createToken({ expiresAt: START }) };
  const failure = createFailure();
  assertEquals(isIdle(createEntry(expired), START), true);
  assertEquals(isIdle(createEntry(withoutToken), START), true);
  assertEquals(isIdle(createEntry(), START), false);
  const task = createTask(true);
  assertEquals(isIdle(createEntry({ ...expired, task }), START), false);
  assertEquals(isIdle(createEntry({ ...expired, failure }), START), false);
  const forced = { ...expired, forcedAt: START };
  assertEquals(isIdle(createEntry(forced), START), false);
  assertEquals(isIdle(createEntry(forced), START + MINUTE), true);
});

test("rejectToken() allows an exchange and forgets the failure", () => {
  const entry = createEntry({ failure: createFailure() });
  assertEquals(rejectToken(entry, START), true);
  assertEquals([entry.isRejected, entry.forcedAt], [true, START]);
  assertEquals(entry.failure, undefined);
});

test("rejectToken() changes nothing within a minute of a forced exchange", () => {
  const entry = createEntry({ forcedAt: START });
  assertEquals(rejectToken(entry, START + MINUTE - 1), false);
  assertEquals([entry.isRejected, entry.forcedAt], [false, START]);
  assertEquals(rejectToken(entry, START + MINUTE), true);
  assertEquals([entry.isRejected, entry.forcedAt], [true, START + MINUTE]);
});

test("rejectToken() changes nothing while GitHub's own delay lasts", () => {
  const failure = createFailure({ retryAfter: 100 });
  const entry = createEntry({ failure });
  assertEquals(rejectToken(entry, START + 100 * SECOND - 1), false);
  assertEquals([entry.isRejected, entry.failure], [false, failure]);
  assertEquals(rejectToken(entry, START + 100 * SECOND), true);
});

test("rejectToken() with an exchange in flight does not count as forced", () => {
  const entry = createEntry({ task: createTask(true), forcedAt: START });
  assertEquals(rejectToken(entry, START + 1), true);
  assertEquals([entry.isRejected, entry.forcedAt], [true, START]);
});

test("rejectToken() on a rejected token returns whether its cooldown is over", () => {
  const entry = createEntry({ isRejected: true, forcedAt: START });
  assertEquals(rejectToken(entry, START), true);
  entry.failure = createFailure();
  assertEquals(rejectToken(entry, START + 30 * SECOND - 1), false);
  assertEquals(rejectToken(entry, START + 30 * SECOND), true);
  assertEquals([entry.forcedAt, entry.failure.at], [START, START]);
});

test("recordToken() replaces the token and all that was known of the old one", () => {
  const task = createTask(true);
  const failure = createFailure();
  const entry = createEntry({ task, failure, isRejected: true, forcedAt: 5 });
  const token = createToken({ value: "tid=2" });
  recordToken(entry, task, token, START + 7);
  assertEquals(entry, {
    plan: "exchange",
    token,
    requestedAt: START + 7,
    isRejected: false,
    task: undefined,
    failure: undefined,
    forcedAt: 5,
  });
});

test("recordToken() remembers that a credential is used directly", () => {
  const task = createTask(true);
  const entry: Entry = { ...newEntry("exchange-or-direct"), task };
  recordToken(entry, task, createToken({ auth: "direct" }), START);
  assertEquals(entry.plan, "direct");
});

test("recordToken() keeps the plan of a credential that was exchanged", () => {
  const task = createTask(true);
  const entry: Entry = { ...newEntry("exchange-or-direct"), task };
  recordToken(entry, task, createToken(), START);
  assertEquals(entry.plan, "exchange-or-direct");
});

test("recordToken() and recordFailure() ignore an exchange that was replaced", () => {
  const entry = createEntry({ task: createTask(true) });
  const before = { ...entry };
  const other = createTask(true);
  recordToken(entry, other, createToken({ value: "tid=2" }), START);
  const error = new CopilotTokenError("x", { code: "network" });
  recordFailure(entry, other, error, START);
  assertEquals(entry, before);
});

test("recordFailure() ends the exchange and keeps the token", () => {
  const task = createTask(true);
  const entry = createEntry({ task, isRejected: true });
  const error = new CopilotTokenError("x", { code: "network" });
  recordFailure(entry, task, error, START + 1);
  assertEquals([entry.task, entry.isRejected], [undefined, true]);
  assertEquals(entry.token, createToken());
  assertEquals([entry.failure?.at, entry.failure?.summary], [START + 1, "x"]);
  assertEquals(entry.failure?.hint, "");
});

test("recordFailure() stores no failure for an error of another kind", () => {
  const task = createTask(true);
  for (const error of [new Error("x"), "x", undefined]) {
    const entry = createEntry({ task });
    recordFailure(entry, task, error, START);
    assertEquals([entry.task, entry.failure], [undefined, undefined]);
  }
});

for (const hint of ["Wait.", "", undefined]) {
  test(`recordFailure() separates the message from its hint (${hint})`, () => {
    const task = createTask(true);
    const entry = createEntry({ task });
    const details = { code: "network", hint } as const;
    const error = new CopilotTokenError("First\nWait.\nlast", details);
    recordFailure(entry, task, error, START);
    assertEquals(entry.failure?.summary, "First\nWait.\nlast");
    assertEquals(entry.failure?.hint, hint ?? "");
  });
}
