import { assert, assertEquals } from "@std/assert";
import { test } from "node:test";
import OpenAI from "openai";
import {
  PNG_URL,
  runWeatherTool,
  sentHeaders,
  setUp,
  WEATHER_PARAMETERS,
} from "../helpers/sdk.ts";
import { testContract } from "../helpers/sdk_contract.ts";

type Input = OpenAI.Responses.ResponseInputItem;

const model = "gpt-5-mini";

const weather: OpenAI.Responses.FunctionTool = {
  type: "function",
  name: "weather",
  parameters: WEATHER_PARAMETERS,
  strict: false,
};

/** The results of the tool calls in an output. */
function runTools(output: OpenAI.Responses.ResponseOutputItem[]): Input[] {
  return output.filter((item) => item.type === "function_call")
    .map(({ call_id, arguments: json }) => ({
      type: "function_call_output",
      call_id,
      output: runWeatherTool(JSON.parse(json)),
    }));
}

testContract({
  name: "OpenAI SDK (Responses API)",
  path: "/responses",
  isAbortError: (error) => error instanceof OpenAI.APIUserAbortError,
  create(options) {
    const openai = new OpenAI(options);
    const { responses } = openai;
    return {
      object: openai,
      async ask(input, signal) {
        const { output_text } = await responses.create(
          { model, input },
          { signal },
        );
        return output_text;
      },
      async *stream(content, signal) {
        const input: Input[] = [{ role: "user", content }];
        const stream = await responses.create(
          { model, input, stream: true },
          { signal },
        );
        for await (const event of stream) {
          if (event.type === "response.output_text.delta") yield event.delta;
        }
      },
      async askWithImage(text, image) {
        const { output_text } = await responses.create({
          model,
          input: [{
            role: "user",
            content: [
              { type: "input_text", text },
              {
                type: "input_image",
                image_url: `data:image/png;base64,${image}`,
                detail: "auto",
              },
            ],
          }],
        });
        return output_text;
      },
      async askWithTool(content, nextPrompt) {
        const input: Input[] = [{ role: "user", content }];
        const ask = async () => {
          const tools = [weather];
          const response = await responses.create({ model, input, tools });
          input.push(...response.output as Input[]);
          return response;
        };
        input.push(...runTools((await ask()).output));
        const { output_text } = await ask();
        input.push({ role: "user", content: nextPrompt });
        await ask();
        return output_text;
      },
      async streamWithTool(content) {
        const input: Input[] = [{ role: "user", content }];
        const ask = () =>
          responses.stream({ model, input, tools: [weather] }).finalResponse();
        const { output } = await ask();
        input.push(...output as Input[], ...runTools(output));
        return (await ask()).output_text;
      },
    };
  },
});

test("OpenAI SDK (Responses API): a response is completed, whole and streamed", async () => {
  const { options } = setUp({ reply: "One two three" });
  const { responses } = new OpenAI(options);
  const { status } = await responses.create({ model, input: "Hi" });
  assertEquals(status, "completed");
  const last: unknown[] = [];
  const stream = await responses.create({ model, input: "Hi", stream: true });
  for await (const event of stream) {
    if (event.type === "response.completed") last.push(event.response.status);
  }
  assertEquals(last, ["completed"]);
});

test("OpenAI SDK (Responses API): announces an image of a tool's result, as an agent", async () => {
  const { fake, options } = setUp({ reply: "A dot." });
  const { output_text } = await new OpenAI(options).responses.create({
    model,
    input: [
      { role: "user", content: "Take a screenshot" },
      {
        type: "function_call",
        call_id: "call_1",
        name: "screenshot",
        arguments: "{}",
      },
      {
        type: "function_call_output",
        call_id: "call_1",
        output: [{ type: "input_image", image_url: PNG_URL, detail: "auto" }],
      },
    ],
  });
  assert(output_text === "A dot.");
  assertEquals(sentHeaders(fake, "copilot-vision-request"), ["true"]);
  assertEquals(sentHeaders(fake, "x-initiator"), ["agent"]);
});
