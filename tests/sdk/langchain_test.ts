import {
  type AIMessage,
  type BaseMessage,
  HumanMessage,
} from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { ChatOpenAI } from "@langchain/openai";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { test } from "node:test";
import { z } from "zod";
import type { FakeCopilotOptions } from "../../testing/mod.ts";
import { rejectionOf } from "../helpers/stubs.ts";
import * as ready from "../helpers/sdk.ts";
import {
  advise,
  counts,
  NO_SEAT,
  PNG,
  SECRET,
  sent,
  shown,
  WEATHER,
} from "../helpers/sdk.ts";

function setUp(options?: FakeCopilotOptions) {
  const { fake, client } = ready.setUp(options);
  const model = new ChatOpenAI({ model: "gpt-5-mini", configuration: client });
  return { fake, model };
}

const weather = tool(({ city }) => {
  assertEquals(city, "Bergen");
  return WEATHER;
}, {
  name: "weather",
  description: "Tells the weather of a city",
  schema: z.object({ city: z.string() }),
});

test("LangChain: invoke is answered on the seat's host, and is the user's", async () => {
  const { fake, model } = setUp({ plan: "business" });
  const { content } = await model.invoke("Hi");
  assertEquals(content, "You said: Hi");
  const [{ url, headers }] = fake.requests;
  assertEquals(url, "https://api.business.githubcopilot.com/chat/completions");
  assertEquals(headers.get("user-agent"), "GitHubCopilotChat/0.35.0");
  assertEquals(headers.get("x-initiator"), "user");
  assertEquals(headers.get("copilot-vision-request"), null);
});

test("LangChain: stream streams word by word", async () => {
  const { fake, model } = setUp({ reply: "One two three" });
  const words: unknown[] = [];
  for await (const { content } of await model.stream("Count")) {
    if (content) words.push(content);
  }
  assertEquals(words, ["One ", "two ", "three"]);
  assertEquals(sent(fake, "x-initiator"), ["user"]);
});

test("LangChain: a tool's answer is the agent's turn, and the next prompt the user's", async () => {
  const { fake, model } = setUp({ reply: advise });
  const bound = model.bindTools([weather]);
  const messages: BaseMessage[] = [new HumanMessage("Will I get wet?")];
  const ask = async () => {
    const message = await bound.invoke(messages);
    messages.push(message);
    return message;
  };
  for (const call of (await ask()).tool_calls ?? []) {
    messages.push(await weather.invoke({ ...call, type: "tool_call" }));
  }
  assertEquals((await ask()).content, "Take an umbrella.");
  messages.push(new HumanMessage("Thanks"));
  await ask();
  assertEquals(sent(fake, "x-initiator"), ["user", "agent", "user"]);
  assertEquals(fake.exchanges.length, 1);
});

test("LangChain: a tool call streams", async () => {
  const { model } = setUp({ reply: advise });
  let message: AIMessage | undefined;
  const stream = await model.bindTools([weather]).stream("Will I get wet?");
  for await (const chunk of stream) {
    message = message ? chunk.concat(message as never) : chunk;
  }
  assertEquals(message?.tool_calls?.[0].args, { city: "Bergen" });
});

test("LangChain: an image is announced", async () => {
  const { fake, model } = setUp({ reply: "A dot." });
  const url = `data:image/png;base64,${PNG}`;
  const { content } = await model.invoke([
    new HumanMessage({
      content: [
        { type: "text", text: "What is this?" },
        { type: "image_url", image_url: { url } },
      ],
    }),
  ]);
  assertEquals(content, "A dot.");
  assertEquals(sent(fake, "copilot-vision-request"), ["true"]);
});

test("LangChain: through the Responses API it is the same", async () => {
  const { fake, client } = ready.setUp({ reply: advise });
  const model = new ChatOpenAI({
    model: "gpt-5-mini",
    configuration: client,
    useResponsesApi: true,
  }).bindTools([weather]);
  const prompt = new HumanMessage("Will I get wet?");
  const asked = await model.invoke([prompt]);
  const told = await weather.invoke({
    ...asked.tool_calls![0],
    type: "tool_call",
  });
  const { text } = await model.invoke([prompt, asked, told]);
  assertEquals(text, "Take an umbrella.");
  assertEquals(sent(fake, "x-initiator"), ["user", "agent"]);
});

test("LangChain: without a seat the error says GitHub's sentence, after one exchange", async () => {
  for (const attempt of ["invoke", "stream"] as const) {
    const { fake, client } = ready.setUp({ subscription: false });
    // One more attempt shows as well as six whether it is made.
    const model = new ChatOpenAI({ configuration: client, maxRetries: 1 });
    const error = await rejectionOf(Error, () => model[attempt]("Hi"));
    assertStringIncludes(error.message, NO_SEAT);
    assertEquals((error as Error & { status?: number }).status, 403);
    assert(!shown(error).includes(SECRET), shown(error));
    assertEquals(counts(fake), [1, 0]);
  }
});

test("LangChain: a credential that GitHub does not know is refused after one exchange", async () => {
  const { fake, client } = ready.setUp({ credentials: ["ghu_other"] });
  const model = new ChatOpenAI({ configuration: client, maxRetries: 1 });
  const error = await rejectionOf(Error, () => model.invoke("Hi"));
  assertStringIncludes(error.message, "Bad credentials");
  assertEquals(counts(fake), [1, 0]);
});

test("LangChain: a token that is revoked in mid-conversation is healed unseen", async () => {
  const { fake, model } = setUp();
  await model.invoke("Hi");
  fake.revokeTokens();
  await model.invoke("Hi");
  assertEquals(counts(fake), [2, 3]);
});

test("LangChain: the credential is in no property of a model", async () => {
  const { model } = setUp();
  await model.invoke("Hi");
  assert(!shown(model).includes(SECRET));
  assert(!JSON.stringify([model, model.identifyingParams()]).includes(SECRET));
});
