import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { test } from "node:test";
import OpenAI from "openai";
import { CopilotTokenError, createClientOptions } from "../../mod.ts";
import {
  createFakeCopilot,
  type FakeCopilotOptions,
} from "../../testing/mod.ts";
import { apart, rejectionOf } from "../helpers/stubs.ts";
import * as ready from "../helpers/sdk.ts";
import {
  counts,
  impatient,
  NO_SEAT,
  SECRET,
  shown,
  stall,
} from "../helpers/sdk.ts";

const prompt: OpenAI.ChatCompletionCreateParamsNonStreaming = {
  model: "gpt-5-mini",
  messages: [{ role: "user", content: "Hi" }],
};

function setUp(options?: FakeCopilotOptions) {
  const { fake, client } = ready.setUp(options);
  const openai = impatient(new OpenAI(client));
  const chat = (options?: OpenAI.RequestOptions) =>
    openai.chat.completions.create(prompt, options);
  return { fake, openai, chat };
}

// ── what GitHub refuses ───────────────────────────────────────────────────

test("OpenAI SDK: without a seat its own 403 says GitHub's sentence, after one exchange", async () => {
  const { fake, chat } = setUp({ subscription: false });
  const error = await rejectionOf(OpenAI.PermissionDeniedError, chat);
  assertStringIncludes(error.message, NO_SEAT);
  assertStringIncludes(error.message, "currently logged in as octocat");
  assertEquals(error.status, 403);
  assertEquals([error.type, error.code], ["copilot_token_error", "no_access"]);
  assertEquals(counts(fake), [1, 0]);
});

test("OpenAI SDK: without a seat a stream says the same", async () => {
  const { fake, openai } = setUp({ subscription: false });
  const error = await rejectionOf(
    OpenAI.PermissionDeniedError,
    () => openai.chat.completions.create({ ...prompt, stream: true }),
  );
  assertStringIncludes(error.message, NO_SEAT);
  assertEquals(counts(fake), [1, 0]);
});

test("OpenAI SDK: a credential that GitHub does not know is its own 401, after one exchange", async () => {
  const { fake, chat } = setUp({ credentials: ["ghu_other"] });
  const error = await rejectionOf(OpenAI.AuthenticationError, chat);
  assertStringIncludes(error.message, "Bad credentials");
  assertEquals([error.status, error.code], [401, "bad_credentials"]);
  assertEquals(counts(fake), [1, 0]);
});

test("OpenAI SDK: a credential that cannot be sent is a 401 that sends nothing", async () => {
  const fake = createFakeCopilot();
  const openai = new OpenAI(
    createClientOptions("", apart({ fetch: fake.fetch })),
  );
  const error = await rejectionOf(
    OpenAI.AuthenticationError,
    () => openai.chat.completions.create(prompt),
  );
  assertStringIncludes(error.message, "no usable credential");
  assertEquals(counts(fake), [0, 0]);
});

test("OpenAI SDK: a rate limit is its own, with the time to wait, and is kept", async () => {
  const { fake, chat } = setUp();
  fake.answerNextExchange(
    new Response("slow down", {
      status: 429,
      headers: { "retry-after": "120" },
    }),
  );
  for (let time = 0; time < 2; time++) {
    const error = await rejectionOf(
      OpenAI.RateLimitError,
      () => chat({ maxRetries: 0 }),
    );
    const seconds = Number(error.headers.get("retry-after"));
    assert(seconds > 60 && seconds <= 120, `${seconds}`);
    assertEquals(error.code, "rate_limited");
  }
  assertEquals(counts(fake), [1, 0]);
});

test("OpenAI SDK: a rate limit that GitHub words as a 403 stays one, and is not tried again", async () => {
  const { fake, chat } = setUp();
  fake.answerNextExchange(
    Response.json({ message: "You have exceeded a secondary rate limit" }, {
      status: 403,
      headers: { "retry-after": "1" },
    }),
  );
  const error = await rejectionOf(OpenAI.PermissionDeniedError, chat);
  assertEquals(error.code, "rate_limited");
  assertEquals(error.headers.get("retry-after"), "1");
  assertEquals(counts(fake), [1, 0]);
});

test("OpenAI SDK: a refusal that repeats the credential does not reach the error", async () => {
  for (const status of [200, 401, 403, 500]) {
    const { fake, chat } = setUp();
    fake.answerNextExchange(new Response(`You sent ${SECRET}`, { status }));
    const error = await rejectionOf(
      OpenAI.APIError,
      () => chat({ maxRetries: 0 }),
    );
    assertEquals(error.status, status === 200 ? 502 : status);
    assert(!shown(error).includes(SECRET), shown(error));
  }
});

// ── GitHub down ───────────────────────────────────────────────────────────

test("OpenAI SDK: GitHub's 503 is tried again as the SDK does, and then is its own error", async () => {
  const { fake, chat } = setUp();
  for (let time = 0; time < 3; time++) {
    fake.answerNextExchange(new Response("maintenance", { status: 503 }));
  }
  const error = await rejectionOf(OpenAI.InternalServerError, chat);
  assertStringIncludes(error.message, "503");
  assertStringIncludes(error.message, "maintenance");
  assertEquals(error.code, "unavailable");
  assertEquals(counts(fake), [3, 0]);
});

test("OpenAI SDK: a network that is down is tried again as the SDK does, and is told as the cause", async () => {
  const { fake, chat } = setUp();
  for (let time = 0; time < 3; time++) {
    fake.answerNextExchange(new TypeError(`no route for ${SECRET}`));
  }
  const error = await rejectionOf(OpenAI.APIConnectionError, chat);
  const { cause } = error;
  assert(cause instanceof CopilotTokenError);
  assertEquals((cause as CopilotTokenError).code, "network");
  assertStringIncludes((cause as CopilotTokenError).message, "no route");
  assert(!shown(error).includes(SECRET), shown(error));
  assertEquals(counts(fake), [3, 0]);
});

test("OpenAI SDK: an exchange that takes too long is tried again as the SDK does, and is told as the cause", async () => {
  const { fake, client } = ready.setUp({}, { exchangeTimeout: 5 });
  const openai = impatient(new OpenAI({ ...client, maxRetries: 1 }));
  fake.answerNextExchange(stall().answer);
  fake.answerNextExchange(stall().answer);
  const { cause } = await rejectionOf(
    OpenAI.APIConnectionError,
    () => openai.chat.completions.create(prompt),
  );
  assert(cause instanceof CopilotTokenError);
  assertEquals((cause as CopilotTokenError).code, "timeout");
  assertEquals(counts(fake), [2, 0]);
});

test("OpenAI SDK: GitHub down for a moment is not seen", async () => {
  const { fake, chat } = setUp();
  fake.answerNextExchange(new Response("maintenance", { status: 503 }));
  fake.answerNextExchange(new TypeError("reset"));
  const { choices } = await chat();
  assertEquals(choices[0].message.content, "You said: Hi");
  assertEquals(counts(fake), [3, 1]);
});

test("OpenAI SDK: Copilot's own failure is tried again without another exchange", async () => {
  const { fake, chat } = setUp();
  fake.answerNextRequest(new Response("busy", { status: 503 }));
  fake.answerNextRequest(new TypeError("reset"));
  await chat();
  assertEquals(counts(fake), [1, 3]);
});

// ── tokens ────────────────────────────────────────────────────────────────

test("OpenAI SDK: a token that is revoked in mid-conversation is healed unseen", async () => {
  const { fake, openai, chat } = setUp();
  await chat();
  fake.revokeTokens();
  const stream = await openai.chat.completions.create(
    { ...prompt, stream: true },
    { maxRetries: 0 },
  );
  let text = "";
  for await (const { choices } of stream) {
    text += choices[0].delta.content ?? "";
  }
  assertEquals(text, "You said: Hi");
  assertEquals(counts(fake), [2, 3]);
});

test("OpenAI SDK: a token that Copilot goes on refusing is its own 401, after one more exchange", async () => {
  const { fake, chat } = setUp();
  for (let time = 0; time < 3; time++) {
    fake.answerNextRequest(
      new Response("unauthorized: token expired", { status: 401 }),
    );
  }
  for (const expected of [[2, 2], [2, 3]]) {
    const error = await rejectionOf(OpenAI.AuthenticationError, chat);
    assertStringIncludes(error.message, "token expired");
    assertEquals(counts(fake), expected);
  }
});

// ── leaving ───────────────────────────────────────────────────────────────

test("OpenAI SDK: a signal that has aborted sends nothing", async () => {
  const { fake, chat } = setUp();
  const signal = AbortSignal.abort();
  await rejectionOf(OpenAI.APIUserAbortError, () => chat({ signal }));
  assertEquals(counts(fake), [0, 0]);
});

test("OpenAI SDK: an abort during the exchange ends it, and the next call makes another", async () => {
  const { fake, chat } = setUp();
  const { answer, asked, left } = stall();
  fake.answerNextExchange(answer);
  const controller = new AbortController();
  const { signal } = controller;
  const call = rejectionOf(OpenAI.APIUserAbortError, () => chat({ signal }));
  await asked;
  controller.abort();
  await Promise.all([call, left]);
  await chat();
  assertEquals(counts(fake), [2, 1]);
});

test("OpenAI SDK: an abort during the request ends it", async () => {
  const { fake, chat } = setUp();
  const { answer, asked, left } = stall();
  fake.answerNextRequest(answer);
  const controller = new AbortController();
  const { signal } = controller;
  const call = rejectionOf(OpenAI.APIUserAbortError, () => chat({ signal }));
  await asked;
  controller.abort();
  await Promise.all([call, left]);
  assertEquals(counts(fake), [1, 1]);
});

test("OpenAI SDK: an abort in mid-stream ends the stream", async () => {
  const { fake, openai } = setUp({ reply: "One two three four" });
  const controller = new AbortController();
  const { signal } = controller;
  const stream = await openai.chat.completions.create(
    { ...prompt, stream: true },
    { signal },
  );
  let text = "";
  for await (const { choices } of stream) {
    text += choices[0].delta.content ?? "";
    if (text) controller.abort();
  }
  assert(text.startsWith("One ") && !text.includes("four"), text);
  assert(fake.requests[0].signal.aborted);
});

test("OpenAI SDK: a reader that stops reading ends the request", async () => {
  const { fake, openai } = setUp({ reply: "One two three" });
  for await (
    const _ of await openai.chat.completions.create({ ...prompt, stream: true })
  ) break;
  assert(fake.requests[0].signal.aborted);
});

test("OpenAI SDK: its time limit holds for an exchange that stalls", async () => {
  const { fake, chat } = setUp();
  const { answer, left } = stall();
  fake.answerNextExchange(answer);
  await rejectionOf(
    OpenAI.APIConnectionTimeoutError,
    () => chat({ timeout: 5, maxRetries: 0 }),
  );
  await left;
  await chat();
  assertEquals(counts(fake), [2, 1]);
});

test("OpenAI SDK: its time limit holds for a request that stalls", async () => {
  const { fake, chat } = setUp();
  await chat(); // so that only the request is left to wait for
  const { answer, left } = stall();
  fake.answerNextRequest(answer);
  await rejectionOf(
    OpenAI.APIConnectionTimeoutError,
    () => chat({ timeout: 5, maxRetries: 0 }),
  );
  await left;
  assertEquals(counts(fake), [1, 2]);
});
