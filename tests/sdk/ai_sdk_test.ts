import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { assertEquals } from "@std/assert";
import {
  APICallError,
  embedMany,
  generateText,
  type ModelMessage,
  stepCountIs,
  streamText,
  tool,
} from "ai";
import { test } from "node:test";
import { z } from "zod";
import { rejectionOf } from "../helpers/stubs.ts";
import { counts, runWeatherTool, sentHeaders, setUp } from "../helpers/sdk.ts";
import { testContract } from "../helpers/sdk_contract.ts";

const MODEL = "gpt-5-mini";

const loop = {
  tools: {
    weather: tool({
      description: "Returns the weather of a city",
      inputSchema: z.object({ city: z.string() }),
      execute: runWeatherTool,
    }),
  },
  stopWhen: stepCountIs(5),
};

testContract({
  name: "AI SDK",
  path: "/chat/completions",
  isAbortError: (error) => (error as Error).name === "AbortError",
  create(options) {
    const provider = createOpenAICompatible(options);
    const model = provider(MODEL);
    return {
      object: [provider, model],
      async ask(prompt, abortSignal) {
        return (await generateText({ model, prompt, abortSignal })).text;
      },
      async *stream(prompt, abortSignal) {
        const errors: unknown[] = [];
        yield* streamText({
          model,
          prompt,
          abortSignal,
          onError: ({ error }) => {
            errors.push(error);
          },
        }).textStream;
        for (const error of errors) throw error;
      },
      async askWithImage(text, image) {
        const messages: ModelMessage[] = [{
          role: "user",
          content: [{ type: "text", text }, { type: "image", image }],
        }];
        return (await generateText({ model, messages })).text;
      },
      async askWithTool(content, nextPrompt) {
        const messages: ModelMessage[] = [{ role: "user", content }];
        const system = "Be brief.";
        const { text, steps, response } = await generateText({
          ...loop,
          model,
          system,
          messages,
        });
        assertEquals(steps.length, 2);
        messages.push(
          ...response.messages,
          { role: "user", content: nextPrompt },
        );
        await generateText({ ...loop, model, system, messages });
        return text;
      },
      async streamWithTool(prompt) {
        return await streamText({ ...loop, model, prompt }).text;
      },
    };
  },
});

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
