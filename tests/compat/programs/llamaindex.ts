import { OpenAI, OpenAIResponses } from "@llamaindex/openai";
import { type ChatMessage, tool, type ToolCallLLM } from "llamaindex";
import { runWeatherTool, WEATHER_PARAMETERS } from "../../helpers/sdk.ts";
import { testContract } from "../../helpers/sdk_contract.ts";

const weather = tool(runWeatherTool, {
  name: "weather",
  description: "Returns the weather of a city",
  parameters: WEATHER_PARAMETERS,
});

const LLMS = {
  "LlamaIndex": { LLM: OpenAI, path: "/chat/completions", lacks: [] },
  "LlamaIndex (Responses API)": {
    LLM: OpenAIResponses,
    path: "/responses",
    // It yields the last word several times.
    lacks: [
      "streams",
      "a revoked token is refreshed within the call (streamed",
    ],
  },
};

/** A tool call, as an assistant's message has it. */
interface Call {
  id: string;
  name: string;
  input: unknown;
}

/** The messages that tell the model what its calls returned. */
function resultsOf(calls: Call[]): ChatMessage<object>[] {
  return calls.map(({ id, input }) => {
    const parameters = typeof input === "string" ? JSON.parse(input) : input;
    const result = runWeatherTool(parameters);
    return {
      role: "user",
      content: result,
      options: { toolResult: { id, result, isError: false } },
    };
  });
}

for (const [name, { LLM, path, lacks }] of Object.entries(LLMS)) {
  testContract({
    name,
    path,
    // It does not pass signals on.
    lacks: ["an abort", ...lacks],
    isAbortError: () => false,
    create({ apiKey, baseURL, fetch }) {
      const llm = new LLM({
        model: "gpt-5-mini",
        apiKey,
        baseURL,
        additionalSessionOptions: { fetch },
        maxRetries: 2,
      }) as ToolCallLLM;
      async function ask(content: ChatMessage["content"]): Promise<string> {
        const messages = [{ role: "user" as const, content }];
        return `${(await llm.chat({ messages })).message.content}`;
      }
      return {
        object: llm,
        ask,
        async *stream(content) {
          const messages = [{ role: "user" as const, content }];
          const stream = await llm.chat({ messages, stream: true });
          for await (const { delta } of stream) if (delta) yield delta;
        },
        askWithImage: (text, image) =>
          ask([
            { type: "text", text },
            {
              type: "image_url",
              image_url: { url: `data:image/png;base64,${image}` },
            },
          ]),
        async askWithTool(content, nextPrompt) {
          const messages: ChatMessage<object>[] = [{ role: "user", content }];
          const chat = async () => {
            const { message } = await llm.chat({ messages, tools: [weather] });
            messages.push(message);
            return message;
          };
          const { options } = await chat();
          const { toolCall = [] } = options as { toolCall?: Call[] };
          messages.push(...resultsOf(toolCall));
          const { content: answer } = await chat();
          messages.push({ role: "user", content: nextPrompt });
          await chat();
          return `${answer}`;
        },
        async streamWithTool(content) {
          const messages: ChatMessage<object>[] = [{ role: "user", content }];
          const stream = async () => {
            const chunks = await llm.chat({
              messages,
              tools: [weather],
              stream: true,
            });
            let answer = "";
            const calls = new Map<string, Call>();
            for await (const { delta, options } of chunks) {
              answer += delta;
              const { toolCall = [] } = options as { toolCall?: Call[] };
              for (const call of toolCall) calls.set(call.id, call);
            }
            const options = calls.size > 0 && { toolCall: [...calls.values()] };
            messages.push({
              role: "assistant",
              content: answer,
              ...options && { options },
            });
            messages.push(...resultsOf([...calls.values()]));
            return answer;
          };
          await stream();
          return await stream();
        },
      };
    },
  });
}
