import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { test } from "node:test";
import OpenAI from "openai";
import type { FakeCopilotOptions } from "../../testing/mod.ts";
import { rejectionOf } from "../helpers/stubs.ts";
import * as ready from "../helpers/sdk.ts";
import { advise, counts, NO_SEAT, PNG, sent, WEATHER } from "../helpers/sdk.ts";

type Input = OpenAI.Responses.ResponseInputItem;

const weather: OpenAI.Responses.FunctionTool = {
  type: "function",
  name: "weather",
  parameters: { type: "object", properties: { city: { type: "string" } } },
  strict: false,
};

function setUp(options?: FakeCopilotOptions) {
  const { fake, client } = ready.setUp(options);
  return { fake, openai: new OpenAI(client) };
}

test("Responses API: a prompt is answered on the seat's host, and is the user's", async () => {
  const { fake, openai } = setUp({ plan: "enterprise" });
  const { output_text, status } = await openai.responses.create({
    model: "gpt-5-mini",
    input: "Hi",
  });
  assertEquals([output_text, status], ["You said: Hi", "completed"]);
  const [{ url, headers }] = fake.requests;
  assertEquals(url, "https://api.enterprise.githubcopilot.com/responses");
  assertEquals(headers.get("user-agent"), "GitHubCopilotChat/0.35.0");
  assertEquals(headers.get("x-initiator"), "user");
  assertEquals(headers.get("copilot-vision-request"), null);
});

test("Responses API: an answer streams word by word", async () => {
  const { fake, openai } = setUp({ reply: "One two three" });
  const stream = await openai.responses.create({
    model: "gpt-5-mini",
    input: [{ role: "user", content: "Count" }],
    stream: true,
  });
  const words: string[] = [];
  let completed = "";
  for await (const event of stream) {
    if (event.type === "response.output_text.delta") words.push(event.delta);
    if (event.type === "response.completed") completed = event.response.status!;
  }
  assertEquals(words, ["One ", "two ", "three"]);
  assertEquals(completed, "completed");
  assertEquals(sent(fake, "x-initiator"), ["user"]);
});

test("Responses API: the SDK's own reading of a stream puts the answer together", async () => {
  const { openai } = setUp({ reply: "One two three" });
  const stream = openai.responses.stream({ model: "gpt-5-mini", input: "Hi" });
  const { output_text } = await stream.finalResponse();
  assertEquals(output_text, "One two three");
});

test("Responses API: a tool's answer is the agent's turn, and the next prompt the user's", async () => {
  const { fake, openai } = setUp({ reply: advise });
  const input: Input[] = [{ role: "user", content: "Will I get wet?" }];
  const ask = async () => {
    const response = await openai.responses.create({
      model: "gpt-5-mini",
      input,
      tools: [weather],
    });
    input.push(...response.output as Input[]);
    return response;
  };
  for (const item of (await ask()).output) {
    if (item.type !== "function_call") continue;
    assertEquals(JSON.parse(item.arguments), { city: "Bergen" });
    const { call_id } = item;
    input.push({ type: "function_call_output", call_id, output: WEATHER });
  }
  assertEquals((await ask()).output_text, "Take an umbrella.");
  input.push({ role: "user", content: "Thanks" });
  await ask();
  assertEquals(sent(fake, "x-initiator"), ["user", "agent", "user"]);
  assertEquals(fake.exchanges.length, 1);
});

test("Responses API: a tool call streams", async () => {
  const { openai } = setUp({ reply: advise });
  const stream = openai.responses.stream({
    model: "gpt-5-mini",
    input: "Will I get wet?",
    tools: [weather],
  });
  const { output: [item] } = await stream.finalResponse();
  assert(item.type === "function_call");
  assertEquals((item as { arguments: string }).arguments, '{"city":"Bergen"}');
});

test("Responses API: an image is announced", async () => {
  const { fake, openai } = setUp({ reply: "A dot." });
  const { output_text } = await openai.responses.create({
    model: "gpt-5-mini",
    input: [{
      role: "user",
      content: [
        { type: "input_text", text: "What is this?" },
        {
          type: "input_image",
          image_url: `data:image/png;base64,${PNG}`,
          detail: "auto",
        },
      ],
    }],
  });
  assertEquals(output_text, "A dot.");
  assertEquals(sent(fake, "copilot-vision-request"), ["true"]);
});

test("Responses API: an image that a tool answers with is announced, and is the agent's", async () => {
  const { fake, openai } = setUp({ reply: "A dot." });
  await openai.responses.create({
    model: "gpt-5-mini",
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
        output: [{
          type: "input_image",
          image_url: `data:image/png;base64,${PNG}`,
          detail: "auto",
        }],
      },
    ],
  });
  assertEquals(sent(fake, "copilot-vision-request"), ["true"]);
  assertEquals(sent(fake, "x-initiator"), ["agent"]);
});

test("Responses API: without a seat the SDK's own 403 says GitHub's sentence, after one exchange", async () => {
  const { fake, openai } = setUp({ subscription: false });
  const error = await rejectionOf(
    OpenAI.PermissionDeniedError,
    () => openai.responses.create({ model: "gpt-5-mini", input: "Hi" }),
  );
  assertStringIncludes(error.message, NO_SEAT);
  assertEquals(counts(fake), [1, 0]);
});
