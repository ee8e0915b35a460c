import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { assertEquals } from "@std/assert";
import { APICallError, embedMany, generateText } from "ai";
import { test } from "node:test";
import { aiSDK } from "../helpers/ai_sdk.ts";
import { counts, sentHeaders, setUp } from "../helpers/sdk.ts";
import { testContract } from "../helpers/sdk_contract.ts";
import { rejectionOf } from "../helpers/stubs.ts";

const MODEL = "gpt-5-mini";

testContract(aiSDK(
  "AI SDK",
  "/chat/completions",
  (options) => createOpenAICompatible(options)(MODEL),
));

test("AI SDK: the provider's name and the finish reason are as expected", async () => {
  const { options } = setUp();
  const model = createOpenAICompatible(options)(MODEL);
  assertEquals(model.provider, "github-copilot.chat");
  const { finishReason } = await generateText({ model, prompt: "Hi" });
  assertEquals(finishReason, "stop");
});

test("AI SDK: a request's own X-Initiator takes precedence", async () => {
  const { fake, options } = setUp();
  const model = createOpenAICompatible(options)(MODEL);
  const headers = { "X-Initiator": "agent" };
  await generateText({ model, prompt: "Hi", headers });
  assertEquals(sentHeaders(fake, "x-initiator"), ["agent"]);
});

test("AI SDK: embeds texts, as an agent", async () => {
  const { fake, options } = setUp();
  const { embeddings } = await embedMany({
    model: createOpenAICompatible(options).embeddingModel(
      "text-embedding-3-small",
    ),
    values: ["Hi", "Hello"],
  });
  assertEquals(embeddings.length, 2);
  assertEquals(sentHeaders(fake, "x-initiator"), ["agent"]);
});

test("AI SDK: a missing subscription is an error that is not retryable", async () => {
  const { fake, options } = setUp({ subscription: false });
  const model = createOpenAICompatible(options)(MODEL);
  const error = await rejectionOf(
    APICallError,
    () => generateText({ model, prompt: "Hi" }),
  );
  assertEquals([error.statusCode, error.isRetryable], [403, false]);
  assertEquals(counts(fake), [1, 0]);
});

test("AI SDK: an outage of GitHub is an error that is retryable", async () => {
  const { fake, options } = setUp();
  const model = createOpenAICompatible(options)(MODEL);
  fake.answerNextExchange(new TypeError("fetch failed"));
  const error = await rejectionOf(
    APICallError,
    () => generateText({ model, prompt: "Hi", maxRetries: 0 }),
  );
  assertEquals([error.statusCode, error.isRetryable], [503, true]);
});
