import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { test } from "node:test";
import { type Quota, readQuota } from "../../usage/mod.ts";

fc.configureGlobal({ seed: 20261123 });

const PREMIUM = "x-quota-snapshot-premium_interactions";
const DECEMBER = Date.UTC(2026, 11, 1);

/** The quota that a header's value states. */
function read(value: string): Quota | undefined {
  return readQuota(new Headers({ [PREMIUM]: value }))[0];
}

test("readQuota() reads a plan's quota", () => {
  const quota = read(
    "ent=1000&ov=2.5&ovPerm=true&rem=97.1&rst=2026-12-01T00%3A00%3A00Z&totRem=971.0",
  );
  assertEquals(quota, {
    name: "premium_interactions",
    kind: "plan",
    isUnlimited: false,
    entitlement: 1000,
    remaining: 971,
    percentRemaining: 97.1,
    overage: 2.5,
    isOveragePermitted: true,
    resetAtMs: DECEMBER,
  });
});

test("readQuota() reads rate limits, and every quota of a response", () => {
  const headers = new Headers({
    "content-type": "application/json",
    "x-quota-snapshot": "ent=1",
    "x-quota-snapshot-": "ent=1",
    "x-ratelimit-remaining": "1",
    "x-quota-snapshot-chat": "ent=-1&rem=100.0",
    "x-quota-snapshot-premium_models": "ent=300&rem=0.0",
    "x-usage-ratelimit-session": "ent=50&rem=67.5",
    "x-usage-ratelimit-weekly": "ent=200&rem=89",
  });
  const quotas = readQuota(headers).map(({ name, kind, percentRemaining }) => [
    name,
    kind,
    percentRemaining,
  ]);
  assertEquals(quotas.sort(), [
    ["chat", "plan", 100],
    ["premium_models", "plan", 0],
    ["session", "rate-limit", 67.5],
    ["weekly", "rate-limit", 89],
  ]);
});

test("readQuota() reads an entitlement of -1 as unlimited, without amounts", () => {
  assertEquals(read("ent=-1&ov=0.0&ovPerm=false&rem=100.0&totRem=-1"), {
    name: "premium_interactions",
    kind: "plan",
    isUnlimited: true,
    percentRemaining: 100,
    overage: 0,
    isOveragePermitted: false,
  });
});

test("readQuota() reads a reset time with a zone, or a date alone", () => {
  const times = ["2026-12-01T01%3A00%3A00%2B01%3A00", "2026-12-01"];
  for (const time of times) {
    assertEquals(read(`ent=1&rst=${time}`)?.resetAtMs, DECEMBER);
  }
});

const malformed: Record<string, string[]> = {
  entitlement: ["ent=", "ent=many", "ent=0x10", "ent=1e3", "ent=1,5", "ent"],
  remaining: ["totRem=NaN", "totRem=-", "totRem= 5", "totRem=.5"],
  percentRemaining: ["rem=50%25", "rem=Infinity", `rem=${"9".repeat(400)}`],
  overage: ["ov=null", "ov=--1", "ov=1.2.3"],
  isOveragePermitted: ["ovPerm=", "ovPerm=1", "ovPerm=TRUE", "ovPerm=yes"],
  resetAtMs: [
    "rst=",
    "rst=1",
    "rst=tomorrow",
    "rst=2026-13-01",
    "rst=2026-12-01T00%3A00%3A00",
    "rst=12/01/2026",
  ],
};

for (const [property, values] of Object.entries(malformed)) {
  test(`readQuota() skips a malformed ${property}, and keeps the rest`, () => {
    for (const value of values) {
      // Another part that is read whatever the first is.
      const other = property === "overage" ? "rem=5" : "ov=5";
      const quota = read(`${value}&${other}`) ?? {};
      assert("name" in quota, value);
      assertEquals(property in quota, false, value);
    }
  });
}

test("readQuota() skips a header without an amount", () => {
  for (const value of ["", "=", "&&&", "ent=x", "hello", "rst=2026-12-01"]) {
    assertEquals(read(value), undefined, value);
  }
});

/** Everything that a header's value may consist of. */
const headerText = fc.string({
  unit: fc.integer({ min: 0x20, max: 0xff }).map((code) =>
    String.fromCharCode(code)
  ),
});
const headerName = fc.constantFrom(
  PREMIUM,
  "x-quota-snapshot-__proto__",
  "x-quota-snapshot-",
  "x-usage-ratelimit-session",
  "x-usage-ratelimit",
);
const partName = fc.constantFrom("ent", "rem", "totRem", "ov", "ovPerm", "rst");
const partValue = fc.oneof(
  headerText,
  fc.double().map(String),
  fc.integer().map(String),
  fc.constantFrom("true", "false", "-1", "%", "%zz", "2026-12-01", "__proto__"),
);
const headerValue = fc.oneof(
  headerText,
  fc.array(fc.tuple(partName, partValue)).map((parts) =>
    parts.map((part) => part.join("=")).join("&")
  ),
);

/** Whether each member of a quota has the type that it should have. */
function isWellFormed(quota: Quota): boolean {
  const { name, kind, isUnlimited, isOveragePermitted, ...numbers } = quota;
  return name !== "" && ["plan", "rate-limit"].includes(kind) &&
    typeof isUnlimited === "boolean" &&
    ["boolean", "undefined"].includes(typeof isOveragePermitted) &&
    Object.values(numbers).every(Number.isFinite) &&
    !(isUnlimited && "entitlement" in quota);
}

test("readQuota() never throws, and returns well-formed quotas", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(headerName, headerValue)),
      (lines) => {
        const headers = new Headers();
        for (const [name, value] of lines) headers.append(name, value);
        return readQuota(headers).every(isWellFormed);
      },
    ),
    { numRuns: 2000 },
  );
});

test("readQuota() reads back what a header states", () => {
  const amount = fc.integer({ min: 0, max: 1e9 }).map((tenths) => tenths / 10);
  fc.assert(
    fc.property(
      amount,
      amount,
      amount,
      amount,
      fc.boolean(),
      fc.date({
        min: new Date(0),
        max: new Date("9999-12-31"),
        noInvalidDate: true,
      }),
      (entitlement, percentRemaining, remaining, overage, permitted, date) => {
        const parts = new URLSearchParams({
          ent: `${entitlement}`,
          rem: percentRemaining.toFixed(1),
          totRem: remaining.toFixed(1),
          ov: overage.toFixed(1),
          ovPerm: `${permitted}`,
          rst: date.toISOString(),
        });
        assertEquals(read(`${parts}`), {
          name: "premium_interactions",
          kind: "plan",
          isUnlimited: false,
          entitlement,
          remaining,
          percentRemaining,
          overage,
          isOveragePermitted: permitted,
          resetAtMs: date.getTime(),
        });
      },
    ),
  );
});
