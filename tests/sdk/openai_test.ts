import { assert, assertEquals } from "@std/assert";
import { test } from "node:test";
import OpenAI from "openai";
import type { FakeCopilotOptions } from "../../testing/mod.ts";
import { rejectionOf } from "../helpers/stubs.ts";
import * as ready from "../helpers/sdk.ts";
import {
  advise,
  counts,
  PNG,
  SECRET,
  sent,
  shown,
  WEATHER,
} from "../helpers/sdk.ts";

const prompt: OpenAI.ChatCompletionCreateParamsNonStreaming = {
  model: "gpt-5-mini",
  messages: [{ role: "user", content: "Hi" }],
};

const weather = {
  name: "weather",
  description: "Tells the weather of a city",
  parameters: { type: "object", properties: { city: { type: "string" } } },
};

function setUp(options?: FakeCopilotOptions) {
  const { fake, client } = ready.setUp(options);
  return { fake, openai: new OpenAI(client) };
}

test("OpenAI SDK: a chat is answered on the seat's host, with an editor's headers", async () => {
  const { fake, openai } = setUp({ plan: "business" });
  const { choices, model } = await openai.chat.completions.create(prompt);
  assertEquals(choices[0].message.content, "You said: Hi");
  assertEquals(model, "gpt-5-mini");
  assertEquals(counts(fake), [1, 1]);
  const [{ url, method, headers }] = fake.requests;
  assertEquals(url, "https://api.business.githubcopilot.com/chat/completions");
  assertEquals(method, "POST");
  assertEquals(headers.get("user-agent"), "GitHubCopilotChat/0.35.0");
  assertEquals(headers.get("content-type"), "application/json");
  assertEquals(headers.get("x-initiator"), "user");
  assertEquals(headers.get("copilot-vision-request"), null);
  assertEquals(await fake.requests[0].json(), prompt);
});

test("OpenAI SDK: a chat streams word by word", async () => {
  const { fake, openai } = setUp({ reply: "One two three" });
  const stream = await openai.chat.completions.create({
    ...prompt,
    stream: true,
  });
  const words: string[] = [];
  for await (const { choices } of stream) {
    const { content } = choices[0].delta;
    if (content) words.push(content);
  }
  assertEquals(words, ["One ", "two ", "three"]);
  assertEquals(sent(fake, "x-initiator"), ["user"]);
});

test("OpenAI SDK: the seat's models are listed", async () => {
  const { fake, openai } = setUp({
    models: ["gpt-5-mini", "claude-haiku-4.5"],
  });
  const ids: string[] = [];
  for await (const { id } of openai.models.list()) ids.push(id);
  assertEquals(ids, ["gpt-5-mini", "claude-haiku-4.5"]);
  assertEquals(sent(fake, "x-initiator"), ["agent"]);
});

test("OpenAI SDK: an embedding is an agent's", async () => {
  const { fake, openai } = setUp();
  const { data } = await openai.embeddings.create({
    model: "text-embedding-3-small",
    input: ["Hi", "Hello"],
    encoding_format: "float",
  });
  assertEquals(data.map(({ embedding }) => embedding), [[2, 0, 1], [5, 1, 1]]);
  assertEquals(sent(fake, "x-initiator"), ["agent"]);
});

test("OpenAI SDK: an embedding comes as numbers where the SDK asks for base64", async () => {
  const { fake, openai } = setUp();
  const { data } = await openai.embeddings.create({
    model: "text-embedding-3-small",
    input: "Hi",
  });
  assertEquals((await fake.requests[0].json()).encoding_format, "base64");
  assertEquals([...data[0].embedding], [2, 0, 1]);
  assertEquals(sent(fake, "x-initiator"), ["agent"]);
});

test("OpenAI SDK: a tool's answer is the agent's turn, and the next prompt the user's", async () => {
  const { fake, openai } = setUp({ reply: advise });
  const messages: OpenAI.ChatCompletionMessageParam[] = [
    { role: "system", content: "Be brief." },
    { role: "user", content: "Will I get wet?" },
  ];
  const ask = async () => {
    const { choices } = await openai.chat.completions.create({
      ...prompt,
      messages,
      tools: [{ type: "function", function: weather }],
    });
    messages.push(choices[0].message);
    return choices[0].message;
  };
  for (const call of (await ask()).tool_calls ?? []) {
    assertEquals(
      call.type === "function" && JSON.parse(call.function.arguments),
      { city: "Bergen" },
    );
    messages.push({ role: "tool", tool_call_id: call.id, content: WEATHER });
  }
  assertEquals((await ask()).content, "Take an umbrella.");
  messages.push({ role: "user", content: "Thanks" });
  await ask();
  assertEquals(sent(fake, "x-initiator"), ["user", "agent", "user"]);
  assertEquals(fake.exchanges.length, 1);
});

test("OpenAI SDK: its own loop of tools, streamed, is one turn of the user's", async () => {
  const { fake, openai } = setUp({ reply: advise });
  const runner = openai.chat.completions.runTools({
    ...prompt,
    stream: true,
    tools: [{
      type: "function",
      function: { ...weather, parse: JSON.parse, function: () => WEATHER },
    }],
  });
  assertEquals(await runner.finalContent(), "Take an umbrella.");
  assertEquals(sent(fake, "x-initiator"), ["user", "agent"]);
});

test("OpenAI SDK: a request's own X-Initiator is kept", async () => {
  const { fake, openai } = setUp();
  const headers = { "X-Initiator": "agent" };
  await openai.chat.completions.create(prompt, { headers });
  await openai.chat.completions.create(prompt);
  assertEquals(sent(fake, "x-initiator"), ["agent", "user"]);
});

test("OpenAI SDK: an image is announced", async () => {
  const { fake, openai } = setUp({ reply: "A dot." });
  const url = `data:image/png;base64,${PNG}`;
  const { choices } = await openai.chat.completions.create({
    ...prompt,
    messages: [{
      role: "user",
      content: [
        { type: "text", text: "What is this?" },
        { type: "image_url", image_url: { url } },
      ],
    }],
  });
  assertEquals(choices[0].message.content, "A dot.");
  assertEquals(sent(fake, "copilot-vision-request"), ["true"]);
  assertEquals(sent(fake, "x-initiator"), ["user"]);
});

test("OpenAI SDK: a conversation without messages is an agent's", async () => {
  const { fake, openai } = setUp();
  await openai.chat.completions.create({ ...prompt, messages: [] });
  assertEquals(sent(fake, "x-initiator"), ["agent"]);
});

test("OpenAI SDK: a form passes as it is", async () => {
  const { fake, openai } = setUp();
  await rejectionOf(OpenAI.NotFoundError, () =>
    openai.files.create({
      file: new File(["one"], "one.txt"),
      purpose: "assistants",
    }));
  const form = await fake.requests[0].formData();
  assertEquals(form.get("purpose"), "assistants");
  assertEquals(await (form.get("file") as File).text(), "one");
  assertEquals(sent(fake, "x-initiator"), ["agent"]);
});

test("OpenAI SDK: another provider's base URL leads to the seat's host all the same", async () => {
  const { fake, client } = ready.setUp();
  const openai = new OpenAI({ ...client, baseURL: "https://api.openai.com" });
  await openai.chat.completions.create(prompt);
  assertEquals(
    fake.requests[0].url,
    "https://api.individual.githubcopilot.com/chat/completions",
  );
});

test("OpenAI SDK: the credential is in no property, log or request to Copilot", async () => {
  const { fake, openai } = setUp();
  assertEquals(openai.apiKey, "github-copilot");
  await openai.chat.completions.create(prompt);
  await openai.models.list();
  assert(!shown(openai).includes(SECRET));
  assertEquals(
    fake.exchanges[0].headers.get("authorization"),
    `Bearer ${SECRET}`,
  );
  for (const request of fake.requests) {
    const { url, headers } = request;
    const said = [url, ...headers, await request.text()].join();
    assert(!said.includes(SECRET), said);
    assert(!said.includes("Bearer github-copilot"), said);
  }
});
