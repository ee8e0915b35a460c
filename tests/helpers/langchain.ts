/** What the adapters of LangChain's chat models share. */
import type { BaseChatModel } from "@langchain/core/language_models/chat_models";
import {
  type AIMessageChunk,
  type BaseMessage,
  HumanMessage,
} from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { z } from "zod";
import type { ClientOptions } from "../../mod.ts";
import { runWeatherTool } from "./sdk.ts";
import type { SDK } from "./sdk_contract.ts";

const weather = tool(runWeatherTool, {
  name: "weather",
  description: "Returns the weather of a city",
  schema: z.object({ city: z.string() }),
});

/** The results of the tool calls in a message. */
async function runTools(
  { tool_calls }: AIMessageChunk,
): Promise<BaseMessage[]> {
  const results = (tool_calls ?? []).map((call) =>
    weather.invoke({ ...call, type: "tool_call" })
  );
  return await Promise.all(results);
}

/** A chat model, as far as the adapter uses it. */
type ChatModel = BaseChatModel & Required<Pick<BaseChatModel, "bindTools">>;

/** A chat model of LangChain's, as an SDK of the contract. */
export function langChain(
  name: string,
  path: string,
  modelOf: (options: ClientOptions) => ChatModel,
): SDK {
  return {
    name,
    path,
    isAbortError: (error) => /abort/i.test(`${error}`),
    create(options) {
      const model = modelOf(options);
      const withTool = model.bindTools([weather]);
      return {
        object: model,
        async ask(prompt, signal) {
          return (await model.invoke(prompt, { signal })).text;
        },
        async *stream(prompt, signal) {
          for await (const { text } of await model.stream(prompt, { signal })) {
            if (text) yield text;
          }
        },
        async askWithImage(text, image) {
          const url = `data:image/png;base64,${image}`;
          const message = new HumanMessage({
            content: [
              { type: "text", text },
              { type: "image_url", image_url: { url } },
            ],
          });
          return (await model.invoke([message])).text;
        },
        async askWithTool(prompt, nextPrompt) {
          const messages: BaseMessage[] = [new HumanMessage(prompt)];
          const ask = async () => {
            const message = await withTool.invoke(messages);
            messages.push(message);
            return message;
          };
          messages.push(...await runTools(await ask()));
          const { text } = await ask();
          messages.push(new HumanMessage(nextPrompt));
          await ask();
          return text;
        },
        async streamWithTool(prompt) {
          const messages: BaseMessage[] = [new HumanMessage(prompt)];
          const ask = async () => {
            let message: AIMessageChunk | undefined;
            for await (const chunk of await withTool.stream(messages)) {
              message = message ? message.concat(chunk) : chunk;
            }
            if (!message) throw new Error("The stream is empty");
            messages.push(message);
            return message;
          };
          messages.push(...await runTools(await ask()));
          return (await ask()).text;
        },
      };
    },
  };
}
