import Anthropic from "@anthropic-ai/sdk";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { test } from "node:test";
import type { FakeCopilotOptions } from "../../testing/mod.ts";
import { rejectionOf } from "../helpers/stubs.ts";
import * as ready from "../helpers/sdk.ts";
import {
  advise,
  counts,
  impatient,
  NO_SEAT,
  PNG,
  SECRET,
  sent,
  shown,
  stall,
  WEATHER,
} from "../helpers/sdk.ts";

const prompt = {
  model: "claude-haiku-4.5",
  max_tokens: 100,
  messages: [{ role: "user", content: "Hi" }],
} satisfies Anthropic.MessageCreateParamsNonStreaming;

const weather: Anthropic.Tool = {
  name: "weather",
  input_schema: { type: "object", properties: { city: { type: "string" } } },
};

const image: Anthropic.ImageBlockParam = {
  type: "image",
  source: { type: "base64", media_type: "image/png", data: PNG },
};

function setUp(options?: FakeCopilotOptions) {
  const { fake, client } = ready.setUp(options);
  return { fake, anthropic: impatient(new Anthropic(client)) };
}

/** The text of a message. */
function textOf({ content }: Anthropic.Message): string {
  return content.map((block) => block.type === "text" ? block.text : "").join();
}

test("Anthropic SDK: a message is answered on the seat's host, and is the user's", async () => {
  const { fake, anthropic } = setUp({ plan: "business" });
  const message = await anthropic.messages.create(prompt);
  assertEquals(textOf(message), "You said: Hi");
  assertEquals(message.stop_reason, "end_turn");
  const [{ url, headers }] = fake.requests;
  assertEquals(url, "https://api.business.githubcopilot.com/v1/messages");
  assertEquals(headers.get("user-agent"), "GitHubCopilotChat/0.35.0");
  assert(headers.has("anthropic-version"));
  assertEquals(headers.get("x-initiator"), "user");
  assertEquals(headers.get("copilot-vision-request"), null);
});

test("Anthropic SDK: an x-api-key does not reach Copilot", async () => {
  const { fake, client } = ready.setUp();
  const key = { "x-api-key": "sk-ant-secret" };
  const anthropic = new Anthropic({ ...client, defaultHeaders: key });
  await anthropic.messages.create(prompt);
  await anthropic.messages.create(prompt, { headers: key });
  assertEquals(sent(fake, "x-api-key"), [null, null]);
  for (const bearer of sent(fake, "authorization")) {
    assertStringIncludes(bearer, "Bearer tid=");
  }
});

test("Anthropic SDK: a message streams word by word", async () => {
  const { fake, anthropic } = setUp({ reply: "One two three" });
  const words: string[] = [];
  const stream = anthropic.messages.stream(prompt);
  stream.on("text", (word) => words.push(word));
  assertEquals(textOf(await stream.finalMessage()), "One two three");
  assertEquals(words, ["One ", "two ", "three"]);
  assertEquals(sent(fake, "x-initiator"), ["user"]);
});

test("Anthropic SDK: a turn of nothing but tool results is the agent's", async () => {
  const { fake, anthropic } = setUp({ reply: advise });
  const messages: Anthropic.MessageParam[] = [
    { role: "user", content: "Will I get wet?" },
  ];
  const ask = async () => {
    const message = await anthropic.messages.create({
      ...prompt,
      messages,
      tools: [weather],
    });
    messages.push({ role: "assistant", content: message.content });
    return message;
  };
  for (const block of (await ask()).content) {
    if (block.type !== "tool_use") continue;
    assertEquals(block.input, { city: "Bergen" });
    const { id: tool_use_id } = block;
    messages.push({
      role: "user",
      content: [{ type: "tool_result", tool_use_id, content: WEATHER }],
    });
  }
  assertEquals(textOf(await ask()), "Take an umbrella.");
  messages.push({ role: "user", content: "Thanks" });
  await ask();
  assertEquals(sent(fake, "x-initiator"), ["user", "agent", "user"]);
  assertEquals(fake.exchanges.length, 1);
});

test("Anthropic SDK: its own loop of tools, streamed, is one turn of the user's", async () => {
  const { fake, anthropic } = setUp({ reply: advise });
  const runner = anthropic.beta.messages.toolRunner({
    ...prompt,
    stream: true,
    tools: [{ ...weather, run: () => WEATHER, parse: (input) => input }],
  });
  const { content } = await runner.runUntilDone();
  assertEquals(content.map((block) => block.type), ["text"]);
  assertEquals(sent(fake, "x-initiator"), ["user", "agent"]);
});

test("Anthropic SDK: an image is announced, also in a tool's result", async () => {
  const { fake, anthropic } = setUp({ reply: "A dot." });
  const message = await anthropic.messages.create({
    ...prompt,
    messages: [{ role: "user", content: [image] }],
  });
  assertEquals(textOf(message), "A dot.");
  const id = "toolu_1";
  await anthropic.messages.create({
    ...prompt,
    messages: [
      { role: "user", content: "Take a screenshot" },
      {
        role: "assistant",
        content: [{ type: "tool_use", id, name: "screenshot", input: {} }],
      },
      {
        role: "user",
        content: [{ type: "tool_result", tool_use_id: id, content: [image] }],
      },
    ],
  });
  assertEquals(sent(fake, "copilot-vision-request"), ["true", "true"]);
  assertEquals(sent(fake, "x-initiator"), ["user", "agent"]);
});

test("Anthropic SDK: without a seat its own 403 says GitHub's sentence, after one exchange", async () => {
  const { fake, anthropic } = setUp({ subscription: false });
  for (const stream of [false, true]) {
    const error = await rejectionOf(
      Anthropic.PermissionDeniedError,
      () => anthropic.messages.create({ ...prompt, stream }),
    );
    assertStringIncludes(error.message, NO_SEAT);
    assert(!shown(error).includes(SECRET), shown(error));
  }
  assertEquals(counts(fake), [2, 0]);
});

test("Anthropic SDK: a credential that GitHub does not know is its own 401, after one exchange", async () => {
  const { fake, anthropic } = setUp({ credentials: ["ghu_other"] });
  const error = await rejectionOf(
    Anthropic.AuthenticationError,
    () => anthropic.messages.create(prompt),
  );
  assertStringIncludes(error.message, "Bad credentials");
  assertEquals(counts(fake), [1, 0]);
});

test("Anthropic SDK: GitHub's 503 is tried again as the SDK does", async () => {
  const { fake, anthropic } = setUp();
  for (let time = 0; time < 3; time++) {
    fake.answerNextExchange(new Response("maintenance", { status: 503 }));
  }
  await rejectionOf(
    Anthropic.InternalServerError,
    () => anthropic.messages.create(prompt),
  );
  assertEquals(counts(fake), [3, 0]);
});

test("Anthropic SDK: a token that is revoked in mid-conversation is healed unseen", async () => {
  const { fake, anthropic } = setUp();
  await anthropic.messages.create(prompt);
  fake.revokeTokens();
  await anthropic.messages.create(prompt, { maxRetries: 0 });
  assertEquals(counts(fake), [2, 3]);
});

test("Anthropic SDK: an abort during the exchange ends it", async () => {
  const { fake, anthropic } = setUp();
  const { answer, asked, left } = stall();
  fake.answerNextExchange(answer);
  const controller = new AbortController();
  const { signal } = controller;
  const call = rejectionOf(
    Anthropic.APIUserAbortError,
    () => anthropic.messages.create(prompt, { signal }),
  );
  await asked;
  controller.abort();
  await Promise.all([call, left]);
  assertEquals(counts(fake), [1, 0]);
});

test("Anthropic SDK: the credential is in no property of it", () => {
  const { anthropic } = setUp();
  assertEquals(anthropic.apiKey, "github-copilot");
  assert(!shown(anthropic).includes(SECRET));
});
