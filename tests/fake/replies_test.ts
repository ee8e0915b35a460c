import { assert, assertEquals } from "@std/assert";
import { test } from "node:test";
import type { FakeReply } from "../../testing/mod.ts";
import { type Answer, CHAT_PATHS, REQUESTS, setUp } from "../helpers/fake.ts";
import { stubClock } from "../helpers/stubs.ts";

type ChatPath = typeof CHAT_PATHS[number];

/** What a model said, thought and asked for, read from one of the shapes. */
const READ: Record<ChatPath, (answer: Answer) => FakeReply> = {
  "/chat/completions": ({ choices: [{ message }] }) => ({
    reasoning: message.reasoning_text,
    text: message.content ?? undefined,
    toolCalls: message.tool_calls?.map((call: Answer) => ({
      name: call.function.name,
      arguments: JSON.parse(call.function.arguments),
    })),
  }),
  "/responses": ({ output }) => {
    const of = (type: string) =>
      output.filter((item: Answer) => item.type === type);
    const calls = of("function_call").map((item: Answer) => ({
      name: item.name,
      arguments: JSON.parse(item.arguments),
    }));
    return {
      reasoning: of("reasoning")[0]?.summary[0].text,
      text: of("message")[0]?.content[0].text,
      toolCalls: calls.length > 0 ? calls : undefined,
    };
  },
  "/v1/messages": ({ content }) => {
    const of = (type: string) =>
      content.filter((block: Answer) => block.type === type);
    const calls = of("tool_use").map((block: Answer) => ({
      name: block.name,
      arguments: block.input,
    }));
    return {
      reasoning: of("thinking")[0]?.thinking,
      text: of("text")[0]?.text,
      toolCalls: calls.length > 0 ? calls : undefined,
    };
  },
};

const FULL: FakeReply = {
  reasoning: "They want a sum.",
  text: "I add.",
  toolCalls: [
    { name: "add", arguments: { a: 1, b: [2] } },
    { name: "show", arguments: {} },
  ],
};

for (const path of CHAT_PATHS) {
  const body = REQUESTS[path];

  test(`createFakeCopilot({ reply }) decides what the model says at ${path}`, async () => {
    const said = async (reply?: Parameters<typeof setUp>[0]) => {
      const { post } = setUp(reply);
      return READ[path](await (await post(path, body)).json());
    };
    const text = async (reply?: Parameters<typeof setUp>[0]) =>
      (await said(reply)).text;
    assertEquals(await text(), "You said: Hi");
    assertEquals(await text({ reply: "Four." }), "Four.");
    assertEquals(await text({ reply: { text: "Five." } }), "Five.");
    assertEquals(
      await text({
        reply: ({ url }, { model }) =>
          Promise.resolve(`${new URL(url).pathname} ${model}`),
      }),
      `${path} ${body.model}`,
    );
    assertEquals(await said({ reply: FULL }), FULL);
  });

  test(`An answer of the fake Copilot at ${path} has the model, the usage and what it cost`, async () => {
    const { post } = setUp({ reply: FULL });
    const answer = await (await post(path, body)).json();
    assertEquals(answer.model, body.model);
    const { usage, copilot_usage } = answer;
    const input = usage.input_tokens ?? usage.prompt_tokens;
    const output = usage.output_tokens ?? usage.completion_tokens;
    assert(input > 0 && output > 0);
    const [inputDetail, outputDetail] = copilot_usage.token_details;
    assertEquals(
      [inputDetail.token_count, outputDetail.token_count],
      [input, output],
    );
    assert(copilot_usage.total_nano_aiu > 0);
  });
}

test("An answer of the fake Copilot asks for tools only if the option has them, and names why it stopped", async () => {
  const reasonOf = async (path: ChatPath, reply: FakeReply) => {
    const { post } = setUp({ reply });
    const answer = await (await post(path, REQUESTS[path])).json();
    return answer.stop_reason ?? answer.choices?.[0].finish_reason;
  };
  assertEquals(await reasonOf("/chat/completions", FULL), "tool_calls");
  assertEquals(await reasonOf("/v1/messages", FULL), "tool_use");
  const plain = { text: "Hi", toolCalls: [] };
  assertEquals(await reasonOf("/chat/completions", plain), "stop");
  assertEquals(await reasonOf("/v1/messages", plain), "end_turn");
});

test("An answer of the fake Copilot without tools or reasoning omits their fields in Chat Completions", async () => {
  const { post } = setUp({ reply: "Hi" });
  const path = "/chat/completions";
  const { choices } = await (await post(path, REQUESTS[path])).json();
  assertEquals(choices[0].message, { role: "assistant", content: "Hi" });
});

test("Each answer of the fake Copilot has ids of its own", async () => {
  const { post } = setUp();
  const idOf = async (path: ChatPath) =>
    (await (await post(path, REQUESTS[path])).json()).id;
  for (const path of CHAT_PATHS) {
    assert(await idOf(path) !== await idOf(path));
  }
});

const CONVERSATIONS: [body: object, said: string][] = [
  [
    { messages: [{ role: "user", content: [{ type: "text", text: "Hi" }] }] },
    "Hi",
  ],
  [
    {
      messages: [
        { role: "user", content: "Hi" },
        { role: "system", content: "Be brief" },
      ],
    },
    "Hi",
  ],
  [{ messages: [{ role: "system", content: "Be brief" }] }, "Be brief"],
  [{ messages: [{ role: "user" }] }, "nothing"],
  [
    { messages: [{ role: "user", content: [{ type: "x" }] }] },
    '[{"type":"x"}]',
  ],
];

for (const [body, said] of CONVERSATIONS) {
  test(`createFakeCopilot() without reply repeats the user's last text: ${said} of ${JSON.stringify(body)}`, async () => {
    const { post } = setUp();
    const path = "/chat/completions";
    const sent = { ...REQUESTS[path], ...body };
    const answer = await (await post(path, sent)).json();
    assertEquals(READ[path](answer).text, `You said: ${said}`);
  });
}

test("The fake Copilot embeds each text of a list", async () => {
  const { post } = setUp();
  const body = { ...REQUESTS["/embeddings"], input: ["Hi", "World"] };
  const { data, usage } = await (await post("/embeddings", body)).json();
  assertEquals(
    data.map(({ embedding }: Answer) => embedding),
    [[2, 0, 1], [5, 1, 1]],
  );
  assert(usage.total_tokens > 0);
});

test("The fake Copilot embeds as base64 where a request asks for it", async () => {
  const { post } = setUp();
  const body = { ...REQUESTS["/embeddings"], encoding_format: "base64" };
  const { data } = await (await post("/embeddings", body)).json();
  const bytes = Uint8Array.from(
    atob(data[0].embedding),
    (character) => character.charCodeAt(0),
  );
  assertEquals([...new Float32Array(bytes.buffer)], [2, 0, 1]);
});

test("A tool call of the fake Copilot without arguments has an empty object", async () => {
  const toolCalls = [{ name: "show", arguments: undefined }];
  for (const path of CHAT_PATHS) {
    const { post } = setUp({ reply: { toolCalls } });
    const answer = await (await post(path, REQUESTS[path])).json();
    assertEquals(READ[path](answer).toolCalls, [
      { name: "show", arguments: {} },
    ]);
  }
});

test("The fake Copilot counts more tokens of a longer prompt", async () => {
  const { post } = setUp();
  const path = "/v1/messages/count_tokens";
  const countOf = async (content: string) => {
    const messages = [{ role: "user", content }];
    const body = { ...REQUESTS[path], messages };
    return (await (await post(path, body)).json()).input_tokens;
  };
  assert(await countOf("Hi".repeat(100)) > await countOf("Hi"));
});

test("The fake Copilot compacts a conversation to the user's messages and one item", async () => {
  const { post } = setUp();
  const path = "/responses/compact";
  const input = [
    { role: "user", content: "Hi" },
    { role: "assistant", content: "Hello" },
  ];
  const body = { ...REQUESTS[path], input };
  const { object, output } = await (await post(path, body)).json();
  assertEquals(object, "response.compaction");
  assertEquals(output[0], input[0]);
  assertEquals(output[1].type, "compaction");
  const text = await (await post(path, REQUESTS[path])).json();
  assertEquals(text.output[0].content, "Hi");
});

test("Responses of the fake have a URL, a request id and a date", async () => {
  using _clock = stubClock();
  const { send, fake } = setUp();
  const first = await send("/models#part");
  const second = await send("/models?a=b");
  const host = "https://api.individual.githubcopilot.com";
  assertEquals([first.url, second.url], [
    `${host}/models`,
    `${host}/models?a=b`,
  ]);
  assert(Object.hasOwn(first, "url"));
  const ids = [first, second].map(({ headers }) => headers.get("x-request-id"));
  assert(ids[0] && ids[1] && ids[0] !== ids[1]);
  const date = Date.parse(first.headers.get("date") ?? "");
  assertEquals(date, Date.now());
  fake.answerNextRequest(new Response("mine"));
  assertEquals((await send("/models")).url, `${host}/models`);
});
