import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { Agent } from "@mastra/core/agent";
import type { MastraModelConfig } from "@mastra/core/llm";
import { createTool } from "@mastra/core/tools";
import { z } from "zod";
import { runWeatherTool } from "../../helpers/sdk.ts";
import { testContract } from "../../helpers/sdk_contract.ts";

const weather = createTool({
  id: "weather",
  description: "Returns the weather of a city",
  inputSchema: z.object({ city: z.string() }),
  execute: (input) => Promise.resolve(runWeatherTool(input)),
});

/** What `generate` and `stream` take as messages. */
type Messages = Parameters<Agent["generate"]>[0];

testContract({
  name: "Mastra",
  path: "/chat/completions",
  isAbortError: (error) => /abort/i.test(`${error}`),
  lacks: [
    // An aborted call resolves, with what there is.
    "an abort during the exchange",
    "an abort during the request",
    // It waits for up to a minute, whatever the response says.
    "a rate limit of ten minutes",
  ],
  create(options) {
    // Mastra's type of a model differs from that of the AI SDK.
    const model = createOpenAICompatible(options)(
      "gpt-5-mini",
    ) as unknown as MastraModelConfig;
    const settings = {
      name: "assistant",
      instructions: "Be brief.",
      model,
      maxRetries: 2,
    };
    const agent = new Agent({ id: "assistant", ...settings });
    const weatherman = new Agent({
      id: "weatherman",
      ...settings,
      tools: { weather },
    });
    async function* stream(
      asked: Agent,
      prompt: string,
      abortSignal?: AbortSignal,
    ): AsyncIterable<string> {
      const output = await asked.stream(prompt, { abortSignal });
      yield* output.textStream as unknown as AsyncIterable<string>;
      if (output.error) throw output.error;
    }
    return {
      object: [model, agent],
      ask: async (prompt, abortSignal) =>
        (await agent.generate(prompt, { abortSignal })).text,
      stream: (prompt, signal) => stream(agent, prompt, signal),
      async askWithImage(text, image) {
        const messages: Messages = [{
          role: "user",
          content: [
            { type: "text", text },
            { type: "image", image: `data:image/png;base64,${image}` },
          ],
        }];
        return (await agent.generate(messages)).text;
      },
      async askWithTool(content, nextPrompt) {
        const first = await weatherman.generate(content);
        const messages = [
          { role: "user", content },
          ...first.response.messages ?? [],
          { role: "user", content: nextPrompt },
        ];
        await weatherman.generate(messages as Messages);
        return first.text;
      },
      async streamWithTool(prompt) {
        let answer = "";
        for await (const text of stream(weatherman, prompt)) answer += text;
        return answer;
      },
    };
  },
});
