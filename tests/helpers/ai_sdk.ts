/** What the adapters of the AI SDK's providers share. */
import { assertEquals } from "@std/assert";
import {
  generateText,
  type LanguageModel,
  type ModelMessage,
  stepCountIs,
  streamText,
  tool,
} from "ai";
import { z } from "zod";
import type { ClientOptions } from "../../mod.ts";
import { runWeatherTool } from "./sdk.ts";
import type { SDK } from "./sdk_contract.ts";

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

/** A provider of the AI SDK, as an SDK of the contract. */
export function aiSDK(
  name: string,
  path: string,
  modelOf: (options: ClientOptions) => Exclude<LanguageModel, string>,
): SDK {
  return {
    name,
    path,
    isAbortError: (error) => (error as Error).name === "AbortError",
    create(options) {
      const model = modelOf(options);
      return {
        object: model,
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
          const result = await generateText({
            ...loop,
            model,
            system,
            messages,
          });
          const { text, steps } = result;
          assertEquals(steps.length, 2);
          messages.push(
            ...messagesOf(result),
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
  };
}

/** The messages of all steps, which have had a name of their own since version 7. */
function messagesOf(
  result: { response: { messages: ModelMessage[] } },
): ModelMessage[] {
  const { responseMessages } = result as { responseMessages?: ModelMessage[] };
  return responseMessages ?? result.response.messages;
}
