import { assertEquals } from "@std/assert";
import { test } from "node:test";
import { lifetimeOf } from "../../internal/lifetime.ts";
import { exchangeToken } from "../../mod.ts";
import { CREDENTIAL } from "../helpers/failed_exchange.ts";
import {
  HOUR,
  MINUTE,
  SECOND,
  START,
  stubClock,
  stubFetch,
  tokenResponse,
} from "../helpers/stubs.ts";

const DEFAULT = [25 * MINUTE, 30 * MINUTE];
const inSeconds = (milliseconds: number) => (START + milliseconds) / SECOND;

const cases: [
  what: string,
  response: { refresh_in?: unknown; expires_at?: unknown },
  expected: number[],
][] = [
  ["refresh_in", { refresh_in: 1500 }, [25 * MINUTE, 30 * MINUTE]],
  ["a refresh_in of a second", { refresh_in: 1 }, [SECOND, 301 * SECOND]],
  ["a refresh_in below a second", { refresh_in: 0.5 }, [500, 300_500]],
  [
    "refresh_in before expires_at",
    { refresh_in: 600, expires_at: inSeconds(HOUR) },
    [10 * MINUTE, 15 * MINUTE],
  ],
  [
    "refresh_in if expires_at is past by the local clock",
    { refresh_in: 1500, expires_at: inSeconds(-3 * HOUR) },
    [25 * MINUTE, 30 * MINUTE],
  ],
  [
    "a refresh_in that reaches a day",
    { refresh_in: 86_100 },
    [24 * HOUR - 5 * MINUTE, 24 * HOUR],
  ],
  [
    "a refresh_in of a year",
    { refresh_in: 365 * 86_400 },
    [24 * HOUR - 5 * MINUTE, 24 * HOUR],
  ],
  [
    "expires_at",
    { expires_at: inSeconds(HOUR) },
    [55 * MINUTE, HOUR],
  ],
  [
    "an expires_at in ten minutes",
    { expires_at: inSeconds(10 * MINUTE) },
    [5 * MINUTE, 10 * MINUTE],
  ],
  [
    "an expires_at in less than ten minutes",
    { expires_at: inSeconds(8 * MINUTE) },
    [4 * MINUTE, 8 * MINUTE],
  ],
  [
    "an expires_at in a second",
    { expires_at: inSeconds(SECOND) },
    [SECOND / 2, SECOND],
  ],
  [
    "an expires_at in a year",
    { expires_at: inSeconds(365 * 24 * HOUR) },
    [24 * HOUR - 5 * MINUTE, 24 * HOUR],
  ],
  [
    "expires_at if refresh_in is zero",
    { refresh_in: 0, expires_at: inSeconds(HOUR) },
    [55 * MINUTE, HOUR],
  ],
  [
    "expires_at if refresh_in is negative",
    { refresh_in: -5, expires_at: inSeconds(HOUR) },
    [55 * MINUTE, HOUR],
  ],
  [
    "expires_at if refresh_in is a text",
    { refresh_in: "1500", expires_at: inSeconds(HOUR) },
    [55 * MINUTE, HOUR],
  ],
  [
    "expires_at if refresh_in is infinite",
    { refresh_in: Infinity, expires_at: inSeconds(HOUR) },
    [55 * MINUTE, HOUR],
  ],
  ["an expires_at that is now", { expires_at: inSeconds(0) }, DEFAULT],
  ["an expires_at in the past", { expires_at: inSeconds(-HOUR) }, DEFAULT],
  ["neither", {}, DEFAULT],
  ["texts", { refresh_in: "1500", expires_at: "1790003600" }, DEFAULT],
  ["null", { refresh_in: null, expires_at: null }, DEFAULT],
  ["lists", { refresh_in: [60], expires_at: [1] }, DEFAULT],
  ["NaN", { refresh_in: NaN, expires_at: NaN }, DEFAULT],
  ["infinity", { refresh_in: Infinity, expires_at: Infinity }, DEFAULT],
];

for (const [what, response, [refreshIn, expiresIn]] of cases) {
  test(`lifetimeOf() takes ${what}`, () => {
    assertEquals(lifetimeOf(response, START), {
      refreshAt: START + refreshIn,
      expiresAt: START + expiresIn,
    });
  });
}

test("exchangeToken() counts the lifetime from the request, not the response", async () => {
  using clock = stubClock();
  const { fetch } = stubFetch(() => {
    clock.advance(10 * SECOND);
    return tokenResponse({ refresh_in: 1500 });
  });
  const { refreshAt, expiresAt } = await exchangeToken(CREDENTIAL, { fetch });
  assertEquals(refreshAt, START + 25 * MINUTE);
  assertEquals(expiresAt, START + 30 * MINUTE);
});
