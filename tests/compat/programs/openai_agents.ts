import {
  Agent,
  type AgentInputItem,
  OpenAIProvider,
  Runner,
  tool,
} from "@openai/agents";
import OpenAI from "openai";
import { z } from "zod";
import { runWeatherTool } from "../../helpers/sdk.ts";
import { type SDK, testContract } from "../../helpers/sdk_contract.ts";

const weather = tool({
  name: "weather",
  description: "Returns the weather of a city",
  parameters: z.object({ city: z.string() }),
  execute: runWeatherTool,
});

function openAIAgents(useResponses: boolean): SDK {
  return {
    name: `OpenAI Agents${useResponses ? " (Responses API)" : ""}`,
    path: useResponses ? "/responses" : "/chat/completions",
    isAbortError: (error) => /abort/i.test(`${error}`),
    create(options) {
      const openAIClient = new OpenAI(options);
      const runner = new Runner({
        modelProvider: new OpenAIProvider({ openAIClient, useResponses }),
        // Traces would go to OpenAI.
        tracingDisabled: true,
      });
      const agent = new Agent({ name: "assistant", model: "gpt-5-mini" });
      const weatherman = agent.clone({ tools: [weather] });
      async function ask(
        input: string | AgentInputItem[],
        signal?: AbortSignal,
      ): Promise<string> {
        return `${(await runner.run(agent, input, { signal })).finalOutput}`;
      }
      async function* stream(
        asked: typeof agent,
        prompt: string,
        signal?: AbortSignal,
      ): AsyncIterable<string> {
        const result = await runner.run(asked, prompt, {
          stream: true,
          signal,
        });
        for await (const text of result.toTextStream()) yield text;
        await result.completed;
      }
      return {
        object: [openAIClient, runner, agent],
        ask,
        stream: (prompt, signal) => stream(agent, prompt, signal),
        askWithImage: (text, image) =>
          ask([{
            role: "user",
            content: [
              { type: "input_text", text },
              { type: "input_image", image: `data:image/png;base64,${image}` },
            ],
          }]),
        async askWithTool(prompt, nextPrompt) {
          const first = await runner.run(weatherman, prompt);
          await runner.run(weatherman, [
            ...first.history,
            { role: "user", content: nextPrompt },
          ]);
          return `${first.finalOutput}`;
        },
        async streamWithTool(prompt) {
          let answer = "";
          for await (const text of stream(weatherman, prompt)) answer += text;
          return answer;
        },
      };
    },
  };
}

testContract(openAIAgents(false));
testContract(openAIAgents(true));
