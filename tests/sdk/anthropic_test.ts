import Anthropic from "@anthropic-ai/sdk";
import { assert, assertEquals, assertMatch } from "@std/assert";
import { test } from "node:test";
import {
  PNG,
  runWeatherTool,
  sentHeaders,
  setUp,
  WEATHER_PARAMETERS,
} from "../helpers/sdk.ts";
import { testContract } from "../helpers/sdk_contract.ts";

const settings = { model: "claude-haiku-4.5", max_tokens: 100 };

const weather = { name: "weather", input_schema: WEATHER_PARAMETERS };

/** A message of the user. */
function userMessage(
  content: Anthropic.MessageParam["content"],
): Anthropic.MessageParam {
  return { role: "user", content };
}

function imageBlock(data: string): Anthropic.ImageBlockParam {
  const media_type = "image/png";
  return { type: "image", source: { type: "base64", media_type, data } };
}

/** The text of a message. */
function textOf(content: { type: string; text?: string }[]): string {
  return content.map(({ text }) => text ?? "").join("");
}

testContract({
  name: "Anthropic SDK",
  path: "/v1/messages",
  isAbortError: (error) => error instanceof Anthropic.APIUserAbortError,
  create(options) {
    const anthropic = new Anthropic(options);
    async function ask(
      messages: Anthropic.MessageParam[],
      signal?: AbortSignal,
    ): Promise<string> {
      const { content } = await anthropic.messages.create(
        { ...settings, messages },
        { signal },
      );
      return textOf(content);
    }
    return {
      object: anthropic,
      ask: (prompt, signal) => ask([userMessage(prompt)], signal),
      async *stream(prompt, signal) {
        const messages = [userMessage(prompt)];
        const stream = anthropic.messages.stream(
          { ...settings, messages },
          { signal },
        );
        for await (const event of stream) {
          if (event.type !== "content_block_delta") continue;
          if (event.delta.type === "text_delta") yield event.delta.text;
        }
      },
      askWithImage: (text, image) =>
        ask([userMessage([imageBlock(image), { type: "text", text }])]),
      async askWithTool(prompt, nextPrompt) {
        const messages = [userMessage(prompt)];
        const ask = async () => {
          const tools: Anthropic.Tool[] = [weather];
          const { content } = await anthropic.messages.create({
            ...settings,
            messages,
            tools,
          });
          messages.push({ role: "assistant", content });
          return content;
        };
        for (const block of await ask()) {
          if (block.type !== "tool_use") continue;
          const content = runWeatherTool(block.input);
          const { id: tool_use_id } = block;
          messages.push(
            userMessage([{ type: "tool_result", tool_use_id, content }]),
          );
        }
        const answer = textOf(await ask());
        messages.push(userMessage(nextPrompt));
        await ask();
        return answer;
      },
      async streamWithTool(prompt) {
        const runner = anthropic.beta.messages.toolRunner({
          ...settings,
          messages: [{ role: "user", content: prompt }],
          stream: true,
          // Copilot refuses the beta value that message threads send.
          thread: false,
          tools: [{
            ...weather,
            run: runWeatherTool,
            parse: (input) => input,
          }],
        });
        return textOf((await runner.runUntilDone()).content);
      },
    };
  },
});

test("Anthropic SDK: its version header reaches Copilot, an x-api-key does not", async () => {
  const { fake, options } = setUp();
  const key = { "x-api-key": "sk-ant-secret" };
  const anthropic = new Anthropic({ ...options, defaultHeaders: key });
  const messages = [userMessage("Hi")];
  const { stop_reason } = await anthropic.messages.create({
    ...settings,
    messages,
  });
  assertEquals(stop_reason, "end_turn");
  await anthropic.messages.create({ ...settings, messages }, { headers: key });
  assertEquals(sentHeaders(fake, "x-api-key"), [null, null]);
  for (const authorization of sentHeaders(fake, "authorization")) {
    assertMatch(`${authorization}`, /^Bearer tid=/);
  }
  assert(fake.requests[0].headers.has("anthropic-version"));
});

test("Anthropic SDK: announces an image of a tool's result, as an agent", async () => {
  const { fake, options } = setUp({ reply: "A dot." });
  const id = "toolu_1";
  await new Anthropic(options).messages.create({
    ...settings,
    messages: [
      userMessage("Take a screenshot"),
      {
        role: "assistant",
        content: [{ type: "tool_use", id, name: "screenshot", input: {} }],
      },
      userMessage([{
        type: "tool_result",
        tool_use_id: id,
        content: [imageBlock(PNG)],
      }]),
    ],
  });
  assertEquals(sentHeaders(fake, "copilot-vision-request"), ["true"]);
  assertEquals(sentHeaders(fake, "x-initiator"), ["agent"]);
});

test("Anthropic SDK: the API key is a placeholder", () => {
  const { options } = setUp();
  assertEquals(new Anthropic(options).apiKey, "github-copilot");
});
