import { assertEquals } from "@std/assert";
import { test } from "node:test";
import { exchangeToken } from "../../mod.ts";
import { lifetimeOf } from "../../internal/lifetime.ts";
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

const NOW = START / SECOND;
const DAY = 24 * HOUR;

const lifetimes: Record<
  string,
  [response: Record<string, unknown>, refreshIn: number, expiresIn: number]
> = {
  "refresh_in, and five minutes more": [
    { refresh_in: 1500 },
    25 * MINUTE,
    30 * MINUTE,
  ],
  "refresh_in, whatever expires_at is by the local clock": [
    { refresh_in: 1500, expires_at: NOW - 3 * 3600 },
    25 * MINUTE,
    30 * MINUTE,
  ],
  "a short refresh_in": [{ refresh_in: 60 }, MINUTE, 6 * MINUTE],
  "a day at most by refresh_in": [{ refresh_in: 1e9 }, DAY - 5 * MINUTE, DAY],
  "expires_at less five minutes": [
    { expires_at: NOW + 1800 },
    25 * MINUTE,
    30 * MINUTE,
  ],
  "expires_at less half of what is left where that is less": [
    { expires_at: NOW + 120 },
    MINUTE,
    2 * MINUTE,
  ],
  "a day at most by expires_at": [
    { expires_at: NOW + 1e9 },
    DAY - 5 * MINUTE,
    DAY,
  ],
  "expires_at where refresh_in is zero": [
    { refresh_in: 0, expires_at: NOW + 3600 },
    55 * MINUTE,
    HOUR,
  ],
  "expires_at where refresh_in is negative": [
    { refresh_in: -1, expires_at: NOW + 3600 },
    55 * MINUTE,
    HOUR,
  ],
  "expires_at where refresh_in is a text": [
    { refresh_in: "1500", expires_at: NOW + 3600 },
    55 * MINUTE,
    HOUR,
  ],
  "expires_at where refresh_in is infinite": [
    { refresh_in: Infinity, expires_at: NOW + 3600 },
    55 * MINUTE,
    HOUR,
  ],
  "25 minutes where the response has neither": [{}, 25 * MINUTE, 30 * MINUTE],
  "25 minutes where expires_at is past": [
    { expires_at: NOW },
    25 * MINUTE,
    30 * MINUTE,
  ],
  "25 minutes where expires_at is a text": [
    { expires_at: `${NOW + 3600}` },
    25 * MINUTE,
    30 * MINUTE,
  ],
  "25 minutes where expires_at is infinite": [
    { expires_at: Infinity },
    25 * MINUTE,
    30 * MINUTE,
  ],
};

for (
  const [what, [response, refreshIn, expiresIn]] of Object.entries(lifetimes)
) {
  test(`lifetimeOf() is ${what}`, () => {
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
