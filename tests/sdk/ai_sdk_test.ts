import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  APICallError,
  embedMany,
  generateText,
  stepCountIs,
  streamText,
  tool,
} from "ai";
import { test } from "node:test";
import { z } from "zod";
import type { FakeCopilotOptions } from "../../testing/mod.ts";
import { rejection, rejectionOf, tokenError } from "../helpers/stubs.ts";
import * as ready from "../helpers/sdk.ts";
import {
  advise,
  counts,
  NO_SEAT,
  PNG,
  SECRET,
  sent,
  shown,
  stall,
  WEATHER,
} from "../helpers/sdk.ts";

function setUp(options?: FakeCopilotOptions) {
  const { fake, client } = ready.setUp(options);
  const copilot = createOpenAICompatible(client);
  return { fake, copilot, model: copilot("gpt-5-mini") };
}

const tools = {
  weather: tool({
    description: "Tells the weather of a city",
    inputSchema: z.object({ city: z.string() }),
    execute: ({ city }) => {
      assertEquals(city, "Bergen");
      return WEATHER;
    },
  }),
};

test("AI SDK: generateText is answered on the seat's host, and is the user's", async () => {
  const { fake, model } = setUp({ plan: "business" });
  const { text, finishReason } = await generateText({ model, prompt: "Hi" });
  assertEquals([text, finishReason], ["You said: Hi", "stop"]);
  assertEquals(model.provider, "github-copilot.chat");
  const [{ url, headers }] = fake.requests;
  assertEquals(url, "https://api.business.githubcopilot.com/chat/completions");
  assertEquals(headers.get("user-agent"), "GitHubCopilotChat/0.35.0");
  assertEquals(headers.get("x-initiator"), "user");
  assertEquals(headers.get("copilot-vision-request"), null);
});

test("AI SDK: streamText streams word by word", async () => {
  const { fake, model } = setUp({ reply: "One two three" });
  const words: string[] = [];
  const { textStream } = streamText({ model, prompt: "Count" });
  for await (const word of textStream) words.push(word);
  assertEquals(words, ["One ", "two ", "three"]);
  assertEquals(sent(fake, "x-initiator"), ["user"]);
});

test("AI SDK: a loop of tools is one turn of the user's", async () => {
  const { fake, model } = setUp({ reply: advise });
  const { text, steps } = await generateText({
    model,
    tools,
    stopWhen: stepCountIs(5),
    system: "Be brief.",
    prompt: "Will I get wet?",
  });
  assertEquals(text, "Take an umbrella.");
  assertEquals(steps.length, 2);
  assertEquals(sent(fake, "x-initiator"), ["user", "agent"]);
  assertEquals(counts(fake), [1, 2]);
});

test("AI SDK: a streamed loop of tools is one turn of the user's", async () => {
  const { fake, model } = setUp({ reply: advise });
  const result = streamText({
    model,
    tools,
    stopWhen: stepCountIs(5),
    prompt: "Will I get wet?",
  });
  assertEquals(await result.text, "Take an umbrella.");
  assertEquals(sent(fake, "x-initiator"), ["user", "agent"]);
});

test("AI SDK: a request's own X-Initiator is kept", async () => {
  const { fake, model } = setUp();
  const headers = { "X-Initiator": "agent" };
  await generateText({ model, prompt: "Hi", headers });
  assertEquals(sent(fake, "x-initiator"), ["agent"]);
});

test("AI SDK: an image is announced", async () => {
  const { fake, model } = setUp({ reply: "A dot." });
  const { text } = await generateText({
    model,
    messages: [{
      role: "user",
      content: [
        { type: "text", text: "What is this?" },
        { type: "image", image: PNG },
      ],
    }],
  });
  assertEquals(text, "A dot.");
  assertEquals(sent(fake, "copilot-vision-request"), ["true"]);
  assertEquals(sent(fake, "x-initiator"), ["user"]);
});

test("AI SDK: embeddings are an agent's", async () => {
  const { fake, copilot } = setUp();
  const { embeddings } = await embedMany({
    model: copilot.embeddingModel("text-embedding-3-small"),
    values: ["Hi", "Hello"],
  });
  assertEquals(embeddings, [[2, 0, 1], [5, 1, 1]]);
  assertEquals(sent(fake, "x-initiator"), ["agent"]);
});

test("AI SDK: without a seat its own error says GitHub's sentence, after one exchange", async () => {
  const { fake, model } = setUp({ subscription: false });
  const error = await rejectionOf(
    APICallError,
    () => generateText({ model, prompt: "Hi" }),
  );
  assertStringIncludes(error.message, NO_SEAT);
  assertEquals([error.statusCode, error.isRetryable], [403, false]);
  assert(!shown(error).includes(SECRET), shown(error));
  assertEquals(counts(fake), [1, 0]);
});

test("AI SDK: without a seat a stream says the same", async () => {
  const { fake, model } = setUp({ subscription: false });
  const errors: unknown[] = [];
  await streamText({
    model,
    prompt: "Hi",
    onError: ({ error }) => {
      errors.push(error);
    },
  }).consumeStream();
  assertEquals(errors.length, 1);
  assertStringIncludes((errors[0] as Error).message, NO_SEAT);
  assertEquals(counts(fake), [1, 0]);
});

test("AI SDK: GitHub down is an error that it may try again", async () => {
  const { fake, model } = setUp();
  const reset = Object.assign(new Error("reset"), { code: "ECONNRESET" });
  for (
    const answer of [
      new Response("maintenance", { status: 503 }),
      new TypeError("fetch failed", { cause: reset }),
    ]
  ) {
    fake.answerNextExchange(answer);
    const error = await rejectionOf(
      APICallError,
      () => generateText({ model, prompt: "Hi", maxRetries: 0 }),
    );
    assert(error.isRetryable);
  }
  assertEquals(counts(fake), [2, 0]);
});

test("AI SDK: an exchange that takes too long is told as it is, and not tried again", async () => {
  const { fake, client } = ready.setUp({}, { exchangeTimeout: 5 });
  const model = createOpenAICompatible(client)("gpt-5-mini");
  fake.answerNextExchange(stall().answer);
  const { code } = await tokenError(() =>
    generateText({ model, prompt: "Hi" })
  );
  assertEquals(code, "timeout");
  assertEquals(counts(fake), [1, 0]);
});

test("AI SDK: a token that is revoked in mid-conversation is healed unseen", async () => {
  const { fake, model } = setUp();
  await generateText({ model, prompt: "Hi" });
  fake.revokeTokens();
  await generateText({ model, prompt: "Hi", maxRetries: 0 });
  assertEquals(counts(fake), [2, 3]);
});

test("AI SDK: an abort during the exchange ends it", async () => {
  const { fake, model } = setUp();
  const { answer, asked, left } = stall();
  fake.answerNextExchange(answer);
  const controller = new AbortController();
  const call = rejection(() =>
    generateText({ model, prompt: "Hi", abortSignal: controller.signal })
  );
  await asked;
  controller.abort();
  assertEquals((await call as Error).name, "AbortError");
  await left;
  assertEquals(counts(fake), [1, 0]);
});

test("AI SDK: an abort in mid-stream ends the stream", async () => {
  const { fake, model } = setUp({ reply: "One two three four" });
  const controller = new AbortController();
  const { textStream } = streamText({
    model,
    prompt: "Count",
    abortSignal: controller.signal,
  });
  let text = "";
  for await (const word of textStream) {
    text += word;
    controller.abort();
  }
  assert(text.startsWith("One ") && !text.includes("four"), text);
  assert(fake.requests[0].signal.aborted);
});
