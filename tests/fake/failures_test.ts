import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { test } from "node:test";
import { createCopilotFetch } from "../../mod.ts";
import {
  createFakeCopilot,
  failures,
  type FakeAnswer,
  type FakeQuotaCode,
  type FakeRateLimitCode,
} from "../../testing/mod.ts";
import {
  CHAT_PATHS,
  eventsOf,
  EXCHANGE,
  outcomeOf,
  REQUESTS,
  setUp,
} from "../helpers/fake.ts";
import { simulateTime } from "../helpers/simulated_time.ts";
import {
  rejection,
  settle,
  START,
  stubClock,
  tokenError,
} from "../helpers/stubs.ts";

const CHAT = "/chat/completions";

/** The fake's response to a chat that it answers with a failure. */
async function failWith(
  answer: FakeAnswer,
  path: typeof CHAT_PATHS[number] = CHAT,
  more: object = {},
): Promise<Response> {
  const { fake, post } = setUp({ reply: "One two three" });
  fake.answerNextRequest(answer);
  return await post(path, { ...REQUESTS[path], ...more });
}

const QUOTA_CODES: FakeQuotaCode[] = [
  "quota_exceeded",
  "session_quota_exceeded",
  "free_quota_exceeded",
  "overage_limit_reached",
  "billing_not_configured",
];

for (const code of QUOTA_CODES) {
  test(`failures.quotaExceeded() is a 402 with the code ${code}`, async () => {
    const response = await failWith(failures.quotaExceeded(code));
    assertEquals(await outcomeOf(response), [402, code]);
  });
}

const RATE_LIMIT_CODES: FakeRateLimitCode[] = [
  "rate_limited",
  "user_model_rate_limited",
  "user_global_rate_limited",
  "user_weekly_rate_limited",
  "integration_rate_limited",
  "model_overloaded",
  "user_weekly_rate_limited:pro",
];

for (const code of RATE_LIMIT_CODES) {
  test(`failures.rateLimited() is a 429 with the code ${code}`, async () => {
    const response = await failWith(failures.rateLimited({ code }));
    assertEquals(response.headers.has("retry-after"), false);
    assertEquals(await outcomeOf(response), [429, code]);
  });
}

test("failures.rateLimited() sends Retry-After in seconds or as a date", async () => {
  const header = async (retryAfter: number | Date) =>
    (await failWith(failures.rateLimited({ retryAfter }))).headers
      .get("retry-after");
  assertEquals(await header(30), "30");
  const date = new Date(START);
  assertEquals(await header(date), date.toUTCString());
});

test("failures.unauthorized() is a 401 of each cause", async () => {
  const token = await failWith(failures.unauthorized());
  assertStringIncludes(await token.text(), "unauthorized: token expired");
  const bodies: string[] = [];
  for (const cause of ["connection", "selector"] as const) {
    const response = await failWith(failures.unauthorized(cause));
    assertEquals(response.status, 401);
    bodies.push((await response.json()).error.message);
  }
  assertEquals(bodies, [
    "input item ID does not belong to this connection",
    "Invalid auto-mode selector",
  ]);
});

test("failures.unauthorized() leads the library to a new token in one case alone", async () => {
  for (const cause of ["token", "connection", "selector"] as const) {
    const { fake, copilot } = setUp();
    fake.answerNextRequest(failures.unauthorized(cause));
    const { status } = await copilot("/models");
    const expected = cause === "token" ? [200, 2] : [401, 1];
    assertEquals([status, fake.exchanges.length], expected);
  }
});

const PLAIN: [name: string, FakeAnswer, status: number][] = [
  ["withdrawnAPIVersion", failures.withdrawnAPIVersion(), 466],
  ["internalError", failures.internalError(), 500],
  ["unavailable", failures.unavailable({ retryAfter: 5 }), 503],
];

for (const [name, answer, status] of PLAIN) {
  test(`failures.${name}() is a ${status} with a request id`, async () => {
    const response = await failWith(answer);
    assertEquals(response.status, status);
    assert(response.headers.has("x-request-id"));
  });
}

for (const path of CHAT_PATHS) {
  test(`failures.quotaExceeded() has the shape of ${path}`, async () => {
    const response = await failWith(failures.quotaExceeded(), path);
    const { type, error } = await response.json();
    const isAnthropic = path === "/v1/messages";
    assertEquals([type, error.type], [
      isAnthropic ? "error" : undefined,
      isAnthropic ? "billing_error" : undefined,
    ]);
    assertEquals(error.code, "quota_exceeded");
  });
}

test("failures of an exchange lead to the code and the delay that they are for", async () => {
  using _clock = stubClock();
  const retryAt = new Date(START + 20_000);
  const rows: [FakeAnswer, code: string, retryAfter?: number][] = [
    [failures.badCredentials(), "bad_credentials"],
    [failures.noSubscription(), "no_access"],
    [failures.primaryRateLimit({ resetAfter: 90 }), "rate_limited", 90],
    [failures.secondaryRateLimit(), "rate_limited", 60],
    [failures.secondaryRateLimit({ status: 429 }), "rate_limited", 60],
    [failures.secondaryRateLimit({ retryAfter: 10 }), "rate_limited", 10],
    [failures.secondaryRateLimit({ retryAfter: retryAt }), "rate_limited", 20],
    [failures.proxyPage(), "unavailable"],
    [failures.proxyPage(403), "unavailable"],
    [failures.networkError(), "network"],
  ];
  for (const [answer, code, retryAfter] of rows) {
    const { fake } = setUp();
    fake.answerNextExchange(answer);
    const copilot = createCopilotFetch("ghu_any", fake);
    const error = await tokenError(() => copilot("/models"));
    assertEquals([error.code, error.retryAfter], [code, retryAfter]);
  }
});

test("failures.noSubscription() names the notification that it is given", async () => {
  const { fetch, answerNextExchange } = createFakeCopilot();
  answerNextExchange(failures.noSubscription("subscription_ended"));
  const response = await fetch(EXCHANGE);
  const { error_details } = await response.json();
  assertEquals(error_details.notification_id, "subscription_ended");
});

test("failures.primaryRateLimit() names the limit in headers", async () => {
  using _clock = stubClock();
  const { fetch, answerNextExchange } = createFakeCopilot();
  answerNextExchange(failures.primaryRateLimit({ resetAfter: 90 }));
  const { headers } = await fetch(EXCHANGE);
  assertEquals(headers.get("x-ratelimit-remaining"), "0");
  assertEquals(headers.get("x-ratelimit-reset"), `${START / 1000 + 90}`);
});

test("failures.proxyPage() is HTML", async () => {
  const response = await failWith(failures.proxyPage(407));
  assertEquals(response.status, 407);
  assertStringIncludes(response.headers.get("content-type") ?? "", "text/html");
  assertStringIncludes(await response.text(), "<title>");
});

test("failures.hang() gives no response until the signal aborts", async () => {
  const { fake, copilot } = setUp();
  fake.answerNextRequest(failures.hang());
  const controller = new AbortController();
  const { signal } = controller;
  const call = rejection(() => copilot("/models", { signal }));
  await settle();
  assertEquals(fake.requests.length, 1);
  controller.abort("enough");
  assertEquals(await call, "enough");
});

test("failures.endEarly() cuts a stream off after some events", async () => {
  const stream = { stream: true };
  const cut = failures.endEarly({ after: 2, error: false });
  const events = await eventsOf(await failWith(cut, CHAT, stream));
  assertEquals(events.length, 2);
  const response = await failWith(
    failures.endEarly({ after: 2 }),
    CHAT,
    stream,
  );
  assertEquals(response.status, 200);
  const reader = response.body?.getReader();
  await reader?.read();
  await reader?.read();
  assert(
    await rejection(async () => await reader?.read()) instanceof TypeError,
  );
});

test("failures.endEarly() sends half of a body that is not streamed", async () => {
  const whole = await (await failWith(() => {})).text();
  const cut = failures.endEarly({ error: false });
  const half = await (await failWith(cut)).text();
  assert(half.length > 0 && half.length < whole.length);
  const broken = await failWith(failures.endEarly());
  assert(await rejection(() => broken.text()) instanceof TypeError);
});

test("failures.stall() stops a stream, which ends with the signal", async () => {
  const { fake, send } = setUp();
  fake.answerNextRequest(failures.stall({ after: 1 }));
  const controller = new AbortController();
  const response = await send(CHAT, {
    method: "POST",
    body: JSON.stringify({ ...REQUESTS[CHAT], stream: true }),
    signal: controller.signal,
  });
  const reader = response.body?.getReader();
  assertEquals((await reader?.read())?.done, false);
  const next = rejection(async () => await reader?.read());
  await settle();
  controller.abort("enough");
  assertEquals(await next, "enough");
});

test("failures.slow() pauses before each piece, and loses none", async () => {
  const answer = failures.slow({ milliseconds: 1000 });
  const response = await failWith(answer, CHAT, { stream: true });
  using time = simulateTime();
  const events = await time.until(eventsOf(response));
  const text = events.map((event) => event.choices[0].delta.content ?? "");
  assertEquals(text.join(""), "One two three");
  // One pause for each event, for the line that ends them, and for the end.
  assertEquals(Date.now() - START, 1000 * (events.length + 2));
});

test("failures.slow() sends a body that is not streamed in halves", async () => {
  const response = await failWith(failures.slow({ milliseconds: 1000 }));
  using time = simulateTime();
  const { choices } = await time.until(response.json());
  assertEquals(choices[0].message.content, "One two three");
  assertEquals(Date.now() - START, 3000);
});

test("failures.slow() ends with the signal", async () => {
  const { fake, send } = setUp();
  fake.answerNextRequest(failures.slow({ milliseconds: 600_000 }));
  const controller = new AbortController();
  const { signal } = controller;
  const response = await send("/models", { signal });
  const text = rejection(() => response.text());
  await settle();
  controller.abort("enough");
  assertEquals(await text, "enough");
});
