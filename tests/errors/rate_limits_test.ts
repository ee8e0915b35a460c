import { assertEquals } from "@std/assert";
import { test } from "node:test";
import { rateLimitDelay, retryAfterDelay } from "../../internal/retry_after.ts";
import { answering, errorOf, NO, PAGE } from "../helpers/failed_exchange.ts";
import { HOUR, SECOND, START, stubClock } from "../helpers/stubs.ts";

const message = (text: string) => JSON.stringify({ message: text });

const SECONDARY = message("You have exceeded a secondary rate limit.");
const ABUSE = message("You have triggered an abuse detection mechanism.");
const PRIMARY = message("API rate limit exceeded for user ID 1.");
const NOW = START / SECOND;

const limits: Record<
  string,
  [status: number, body: string, headers: Record<string, string>, delay: number]
> = {
  "a 429 without any header": [429, NO, {}, 60],
  "a 429 with Retry-After": [429, NO, { "retry-after": "17" }, 17],
  "a 429 with a malformed Retry-After": [429, NO, { "retry-after": "-5" }, 60],
  "a 429 of a proxy": [429, PAGE, { "retry-after": "17" }, 17],
  "a 403 that names a secondary limit": [403, SECONDARY, {}, 60],
  "a 403 that names abuse detection": [403, ABUSE, {}, 60],
  "a 403 that names the primary limit": [403, PRIMARY, {}, 60],
  "a 403 whose page names a limit": [403, "<p>Secondary Rate Limit", {}, 60],
  "a 403 with Retry-After": [403, NO, { "retry-after": "17" }, 17],
  "a secondary limit while the primary one is not used up": [
    403,
    SECONDARY,
    { "x-ratelimit-remaining": "4999", "x-ratelimit-reset": `${NOW + 3000}` },
    60,
  ],
  "a 403 with nothing remaining": [
    403,
    NO,
    { "x-ratelimit-remaining": "0", "x-ratelimit-reset": `${NOW + 1234}` },
    1234,
  ],
  "a 403 with nothing remaining, and no reset": [
    403,
    NO,
    { "x-ratelimit-remaining": "0" },
    60,
  ],
  "a 403 with nothing remaining, whose reset is past": [
    403,
    NO,
    { "x-ratelimit-remaining": "0", "x-ratelimit-reset": `${NOW - 1}` },
    60,
  ],
  "a 429 with Retry-After and a reset": [
    429,
    NO,
    {
      "retry-after": "17",
      "x-ratelimit-remaining": "0",
      "x-ratelimit-reset": `${NOW + 1234}`,
    },
    17,
  ],
  "a 429 with a malformed Retry-After and a reset": [
    429,
    NO,
    { "retry-after": "soon", "x-ratelimit-reset": `${NOW + 1234}` },
    1234,
  ],
  "a 429 with a delay of a year": [429, NO, { "retry-after": "1e9" }, 60],
  "a 429 with a delay of 1 000 000 000 s": [
    429,
    NO,
    { "retry-after": "1000000000" },
    3600,
  ],
};

for (const [what, [status, body, headers, delay]] of Object.entries(limits)) {
  test(`exchangeToken() waits ${delay} s after ${what}`, async () => {
    using _clock = stubClock();
    const error = await errorOf(answering(status, body, headers));
    assertEquals([error.code, error.status], ["rate_limited", status]);
    assertEquals(error.retryAfter, delay);
  });
}

const noLimits: Record<string, Record<string, string>> = {
  "without headers": {},
  "with requests remaining": {
    "x-ratelimit-remaining": "10",
    "x-ratelimit-reset": `${NOW + 1234}`,
  },
  "with a negative Retry-After": { "retry-after": "-5" },
  "with a blank Retry-After": { "retry-after": " " },
  "with an exponent in Retry-After": { "retry-after": "1e3" },
  "with an infinite Retry-After": { "retry-after": "Infinity" },
};

for (const [what, headers] of Object.entries(noLimits)) {
  test(`exchangeToken() takes a 403 ${what} for no rate limit`, async () => {
    using _clock = stubClock();
    const error = await errorOf(answering(403, NO, headers));
    assertEquals([error.code, error.retryAfter], ["no_access", undefined]);
  });
}

const others: [status: number, code: string][] = [
  [401, "bad_credentials"],
  [422, "no_access"],
  [503, "unavailable"],
];

for (const [status, code] of others) {
  test(`exchangeToken() keeps the Retry-After of a ${status}`, async () => {
    const headers = { "retry-after": "5" };
    const error = await errorOf(answering(status, NO, headers));
    assertEquals([error.code, error.retryAfter], [code, 5]);
  });

  test(`exchangeToken() ignores the x-ratelimit-reset of a ${status}`, async () => {
    using _clock = stubClock();
    const headers = { "x-ratelimit-reset": `${NOW + 1234}` };
    const error = await errorOf(answering(status, SECONDARY, headers));
    assertEquals([error.code, error.retryAfter], [code, undefined]);
  });
}

/** The moment of `START` plus `seconds`, as an HTTP date. */
function httpDate(seconds: number): string {
  return new Date(START + seconds * SECOND).toUTCString();
}

for (const status of [401, 403, 429, 503]) {
  test(`exchangeToken() reads a Retry-After that is a date from a ${status}, by the server's clock`, async () => {
    using _clock = stubClock(START - HOUR);
    const headers = { "retry-after": httpDate(90), date: httpDate(60) };
    const error = await errorOf(answering(status, NO, headers));
    assertEquals(error.retryAfter, 30);
  });
}

test("exchangeToken() reads x-ratelimit-reset by the server's clock", async () => {
  using _clock = stubClock(START - HOUR);
  const headers = { "x-ratelimit-reset": `${NOW + 30}`, date: httpDate(0) };
  const error = await errorOf(answering(429, NO, headers));
  assertEquals(error.retryAfter, 30);
});

const retryAfters: [
  value: string | undefined,
  delay: number | undefined,
][] = [
  ["17", 17],
  [" 17 ", 17],
  ["007", 7],
  ["1.5", 2],
  ["1.25", 2],
  ["0.1", 1],
  ["3600", 3600],
  ["3601", 3600],
  ["9".repeat(400), 3600],
  [httpDate(90), 90],
  [httpDate(7200), 3600],
  [httpDate(90).toLowerCase(), 90],
  [undefined, undefined],
  ["", undefined],
  ["0", undefined],
  ["0.0", undefined],
  ["-5", undefined],
  ["+5", undefined],
  ["1e3", undefined],
  ["0x10", undefined],
  ["5s", undefined],
  ["1.", undefined],
  [".5", undefined],
  ["1 2", undefined],
  ["Infinity", undefined],
  ["NaN", undefined],
  ["soon", undefined],
  ["soon, 5", undefined],
  [httpDate(0), undefined],
  [httpDate(-90), undefined],
  ["1 Jan 2099 00:00:00 GMT", undefined],
  ["2099-01-01T00:00:00Z", undefined],
  ["Never, 99 Nov 2099", undefined],
];

for (const [value, delay] of retryAfters) {
  test(`retryAfterDelay() of ${JSON.stringify(value)} is ${delay}`, () => {
    const headers = new Headers(
      value === undefined ? {} : {
        "retry-after": value,
      },
    );
    assertEquals(retryAfterDelay(headers, START), delay);
  });
}

const dateForms: Record<string, string> = {
  "the usual form": "Sun, 06 Nov 1994 08:49:37 GMT",
  "the form of RFC 850": "Sunday, 06-Nov-94 08:49:37 GMT",
};

for (const [form, value] of Object.entries(dateForms)) {
  test(`retryAfterDelay() reads a date in ${form}`, () => {
    const headers = new Headers({ "retry-after": value });
    const now = Date.UTC(1994, 10, 6, 8, 49, 0);
    assertEquals(retryAfterDelay(headers, now), 37);
  });
}

test("retryAfterDelay() compares a date with the response's Date", () => {
  const headers = { "retry-after": httpDate(90), date: httpDate(60) };
  for (const now of [START - HOUR, START, START + HOUR]) {
    assertEquals(retryAfterDelay(new Headers(headers), now), 30);
  }
});

test("retryAfterDelay() rounds a part of a second up", () => {
  const headers = new Headers({ "retry-after": httpDate(90) });
  assertEquals(retryAfterDelay(headers, START + 500), 90);
});

test("retryAfterDelay() uses the local clock where Date is malformed", () => {
  const headers = new Headers({ "retry-after": httpDate(90), date: "now" });
  assertEquals(retryAfterDelay(headers, START), 90);
});

const resets: [
  reset: string | undefined,
  remaining: string | undefined,
  delay: number | undefined,
][] = [
  [`${NOW + 30}`, "0", 30],
  [`${NOW + 30}`, undefined, 30],
  [`${NOW + 0.5}`, "0", 1],
  [`${(NOW + 30) * SECOND}`, "0", 30],
  [`${NOW + 7200}`, "0", 3600],
  ["99999999999", "0", 3600],
  ["100000000000", "0", 3600],
  ["100000000001", "0", undefined],
  [`${NOW + 30}`, "1", undefined],
  [`${NOW + 30}`, "", undefined],
  [`${NOW}`, "0", undefined],
  [`${NOW - 30}`, "0", undefined],
  ["30", "0", undefined],
  ["", "0", undefined],
  [undefined, "0", undefined],
  ["Infinity", "0", undefined],
  ["1e99", "0", undefined],
  [`-${NOW}`, "0", undefined],
  ["soon", "0", undefined],
];

for (const [reset, remaining, delay] of resets) {
  test(`rateLimitDelay() is ${delay} for a reset ${reset} with ${remaining} remaining`, () => {
    const headers = new Headers();
    if (reset !== undefined) headers.set("x-ratelimit-reset", reset);
    if (remaining !== undefined) {
      headers.set("x-ratelimit-remaining", remaining);
    }
    assertEquals(rateLimitDelay(headers, START), delay);
  });
}

test("rateLimitDelay() compares the reset with the response's Date", () => {
  const headers = new Headers({
    "x-ratelimit-reset": `${NOW + 30}`,
    date: httpDate(0),
  });
  for (const now of [START - HOUR, START, START + HOUR]) {
    assertEquals(rateLimitDelay(headers, now), 30);
  }
});
