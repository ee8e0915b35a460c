import { assertEquals, assertStringIncludes } from "@std/assert";
import { test } from "node:test";
import OpenAI from "openai";
import { createFakeCopilot } from "../../../testing/mod.ts";
import {
  postChat,
  read,
  type Served,
  startServer,
} from "../../helpers/cli_server.ts";
import { createSlowAnswer, SECRET } from "../../helpers/fake_io.ts";
import { deferred, rejectionOf } from "../../helpers/stubs.ts";

/** The SDK as users of other languages have it too: a URL and any key. */
function createOpenAI({ url }: Served): OpenAI {
  return new OpenAI({ baseURL: `${url}/v1`, apiKey: "any" });
}

const messages = [{ role: "user", content: "Hello you" } as const];
const model = "gpt-5-mini";

test("copilot-fetch --serve streams to the OpenAI SDK as parts arrive", async () => {
  const fake = createFakeCopilot();
  const answer = createSlowAnswer();
  fake.answerNextRequest(answer.respond);
  await using server = await startServer({ fake });
  const stream = await createOpenAI(server).chat.completions.create({
    model,
    stream: true,
    messages,
  });
  answer.send("One ");
  const parts = [];
  for await (const { choices } of stream) {
    parts.push(choices[0].delta.content ?? "");
    if (parts.length > 1) continue;
    answer.send("two");
    answer.end();
  }
  assertEquals(parts, ["One ", "two", ""]);
  const [{ headers }] = fake.requests;
  assertEquals(headers.get("x-initiator"), "user");
  assertEquals([...headers.values()].includes("Bearer any"), false);
});

test("copilot-fetch --serve returns chats, responses, embeddings and models to the OpenAI SDK", async () => {
  await using server = await startServer();
  const openai = createOpenAI(server);
  const { choices } = await openai.chat.completions.create({ model, messages });
  assertEquals(choices[0].message.content, "You said: Hello you");
  const { output_text } = await openai.responses.create({ model, input: "Hi" });
  assertEquals(output_text, "You said: Hi");
  const { data } = await openai.embeddings.create({
    model: "text-embedding-3-small",
    input: ["One", "Three"],
    encoding_format: "float",
  });
  assertEquals(data.length, 2);
  const ids = (await openai.models.list()).data.map(({ id }) => id);
  assertEquals(ids.includes(model), true);
  assertEquals(server.fake.exchanges.length, 1);
});

test("copilot-fetch --serve returns Copilot's refusal to the OpenAI SDK", async () => {
  const fake = createFakeCopilot({ models: [model] });
  await using server = await startServer({ fake });
  const error = await rejectionOf(
    OpenAI.APIError,
    () =>
      createOpenAI(server).chat.completions.create({
        model: "gpt-0",
        messages,
      }),
  );
  assertEquals(error.status, 400);
  assertStringIncludes(error.message, "model is not supported");
});

test("copilot-fetch --serve returns GitHub's refusal to the OpenAI SDK, which does not retry it", async () => {
  const fake = createFakeCopilot({ subscription: false });
  await using server = await startServer({ fake });
  const error = await rejectionOf(
    OpenAI.APIError,
    () => createOpenAI(server).chat.completions.create({ model, messages }),
  );
  assertEquals(error.status, 403);
  assertStringIncludes(error.message, "No access to GitHub Copilot found");
  assertEquals(error.message.includes(SECRET), false);
  assertEquals(fake.exchanges.length, 1);
});

test("copilot-fetch --serve forwards 100 streams at once, each to its client", async () => {
  const count = 100;
  const all = deferred();
  let running = 0;
  const fake = createFakeCopilot({
    async reply(_, { messages }) {
      if (++running === count) all.resolve();
      // No answer ends before the last request has arrived.
      await all.promise;
      return `${messages?.at(-1)?.content}`;
    },
  });
  await using server = await startServer({ fake });
  const answers = await Promise.all(
    Array.from({ length: count }, async (_, id) => {
      const response = await postChat(server, `number ${id} `);
      return await read(response).rest();
    }),
  );
  for (const [id, answer] of answers.entries()) {
    assertStringIncludes(answer, `"${id} "`);
    assertEquals(answer.endsWith("data: [DONE]\n\n"), true);
  }
  assertEquals(fake.exchanges.length, 1);
});
