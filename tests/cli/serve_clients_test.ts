import { assertEquals, assertStringIncludes } from "@std/assert";
import { test as register } from "node:test";
import OpenAI from "openai";
import { runtime } from "../helpers/command.ts";
import { deferred, rejectionOf } from "../helpers/stubs.ts";
import { startNetwork } from "../helpers/network.ts";
import { SECRET, testOverTLS as test } from "../helpers/copilot_command.ts";
import {
  postChat,
  read,
  type Served,
  startServer,
} from "../helpers/cli_server.ts";

/** The SDK as users of other languages have it too: a URL and any key. */
function createOpenAI({ url }: Served): OpenAI {
  return new OpenAI({ baseURL: `${url}/v1`, apiKey: "any" });
}

const messages = [{ role: "user", content: "Hello you" } as const];

test("The OpenAI SDK streams from --serve, a piece as it comes", async () => {
  const arrived = deferred();
  await using network = await startNetwork({
    pause: (sent) => sent.includes("Hello") ? arrived.promise : undefined,
  });
  await using server = await startServer({ network });
  const stream = await createOpenAI(server).chat.completions.create({
    model: "gpt-4.1",
    stream: true,
    messages,
  });
  let answer = "";
  for await (const { choices } of stream) {
    answer += choices[0].delta.content ?? "";
    if (answer === "You said: Hello ") arrived.resolve();
  }
  assertEquals(answer, "You said: Hello you");
  const { headers } = network.received[1];
  assertEquals(headers["x-initiator"], "user");
  assertEquals(JSON.stringify(headers).includes("Bearer any"), false);
});

test("The OpenAI SDK has chats, responses, embeddings and models of --serve", async () => {
  await using network = await startNetwork();
  await using server = await startServer({ network });
  const openai = createOpenAI(server);
  const model = "gpt-4.1";
  const { choices } = await openai.chat.completions.create({ model, messages });
  assertEquals(choices[0].message.content, "You said: Hello you");
  const { output_text } = await openai.responses.create({ model, input: "Hi" });
  assertEquals(output_text, "You said: Hi");
  const { data } = await openai.embeddings.create({
    model: "text-embedding-3-small",
    input: ["One", "Three"],
    encoding_format: "float",
  });
  assertEquals(data.map(({ embedding }) => embedding[0]), [3, 5]);
  const ids = (await openai.models.list()).data.map(({ id }) => id);
  assertEquals(ids.includes(model), true);
  assertEquals(network.fake.exchanges.length, 1);
});

test("The OpenAI SDK shows what Copilot and GitHub refuse", async () => {
  await using network = await startNetwork({ models: ["gpt-4.1"] });
  await using server = await startServer({ network });
  const openai = createOpenAI(server);
  const model = "gpt-0";
  const refused = await rejectionOf(
    OpenAI.APIError,
    () => openai.chat.completions.create({ model, messages }),
  );
  assertEquals(refused.status, 400);
  assertStringIncludes(refused.message, "requested model is not supported");

  await using without = await startNetwork({ subscription: false });
  await using other = await startServer({ network: without });
  const seatless = await rejectionOf(
    OpenAI.APIError,
    () => createOpenAI(other).chat.completions.create({ model, messages }),
  );
  assertEquals(seatless.status, 403);
  assertStringIncludes(seatless.message, "No access to GitHub Copilot found");
  assertEquals(seatless.message.includes(SECRET), false);
  assertEquals(without.fake.exchanges.length, 1);
});

// Deno's own fetch opens 25 connections through a proxy, and then waits 5 s.
const GATED = runtime === "Deno" ? 5 : 100;

test(`--serve carries ${GATED} streams at once, each to whom it belongs`, async () => {
  const all = deferred();
  let under = 0;
  await using network = await startNetwork({
    pause(sent) {
      if (!sent.includes('"number ')) return;
      if (++under === GATED) all.resolve();
      return all.promise;
    },
  });
  await using server = await startServer({ network });
  assertEquals(await askAtOnce(server, GATED), GATED);
  assertEquals(under, GATED);
  assertEquals(network.fake.exchanges.length, 1);
});

register(
  "--serve carries a hundred streams that are all begun before one is read",
  async () => {
    await using server = await startServer({}, ["--demo", "--serve", "0"]);
    assertEquals(await askAtOnce(server, 100), 100);
  },
);

/** Begins so many streams, reads them, and counts those that are right. */
async function askAtOnce(server: Served, count: number): Promise<number> {
  const responses = await Promise.all(
    Array.from({ length: count }, (_, id) => postChat(server, `number ${id} `)),
  );
  const answers = await Promise.all(responses.map((it) => read(it).rest()));
  return answers.filter((answer, id) =>
    answer.includes(`"${id} "`) && answer.endsWith("data: [DONE]\n\n")
  ).length;
}
