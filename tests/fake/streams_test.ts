import Anthropic from "@anthropic-ai/sdk";
import { assert, assertEquals } from "@std/assert";
import { test } from "node:test";
import OpenAI from "openai";
import { createClientOptions } from "../../mod.ts";
import { createFakeCopilot, type FakeReply } from "../../testing/mod.ts";
import {
  type Answer,
  CHAT_PATHS,
  eventsOf,
  REQUESTS,
  setUp,
} from "../helpers/fake.ts";
import { rejection } from "../helpers/stubs.ts";

const REPLY: FakeReply = {
  reasoning: "They want a sum.",
  text: "One two three",
  toolCalls: [
    { name: "add", arguments: { a: 1, b: [2] } },
    { name: "show", arguments: {} },
  ],
};

for (const path of CHAT_PATHS) {
  const body = { ...REQUESTS[path], stream: true };

  test(`The fake Copilot streams at ${path} as server-sent events, a word at a time`, async () => {
    const { post } = setUp({ reply: "One two three" });
    const response = await post(path, body);
    assertEquals(response.headers.get("content-type"), "text/event-stream");
    const text = await response.clone().text();
    assertEquals(text.endsWith("data: [DONE]\n\n"), path !== "/v1/messages");
    const words = (await eventsOf(response)).map(wordOf).filter(Boolean);
    assertEquals(words, ["One ", "two ", "three"]);
  });

  test(`The last event of the fake Copilot at ${path} reports what the answer cost`, async () => {
    const { post } = setUp({ reply: REPLY });
    const events = await eventsOf(await post(path, body));
    assert(events.at(-1).copilot_usage.total_nano_aiu > 0);
    const others = events.slice(0, -1);
    assert(!others.some((event) => "copilot_usage" in event));
  });

  test(`A stream of the fake Copilot at ${path} ends when its signal aborts`, async () => {
    const { send } = setUp();
    const controller = new AbortController();
    const response = await send(path, {
      method: "POST",
      body: JSON.stringify(body),
      signal: controller.signal,
    });
    const reader = response.body?.getReader();
    await reader?.read();
    controller.abort("enough");
    await rejection(async () => {
      while (!(await reader?.read())?.done);
    });
  });
}

/** The piece of text in an event of any shape. */
function wordOf(event: Answer): string | undefined {
  if (typeof event.delta === "string") return event.delta;
  return event.delta?.text ?? event.choices?.[0]?.delta.content;
}

test("The fake Copilot reports the usage of a stream of Chat Completions only if stream_options asks for it", async () => {
  const path = "/chat/completions";
  const { post } = setUp({ reply: REPLY });
  const last = async (more: object) => {
    const body = { ...REQUESTS[path], stream: true, ...more };
    return (await eventsOf(await post(path, body))).at(-1);
  };
  const plain = await last({});
  assertEquals([plain.usage, plain.choices.length], [undefined, 1]);
  const asked = await last({ stream_options: { include_usage: true } });
  assertEquals(asked.choices, []);
  assert(asked.usage.total_tokens > 0);
  assert(asked.copilot_usage.total_nano_aiu > 0);
});

test("The OpenAI SDK reads a stream of Chat Completions with reasoning and tool calls", async () => {
  const fake = createFakeCopilot({ reply: REPLY });
  const openai = new OpenAI(createClientOptions("ghu_any", fake));
  const stream = openai.chat.completions.stream({
    model: "gpt-5-mini",
    messages: [{ role: "user", content: "Hi" }],
  });
  let reasoning = "";
  stream.on("chunk", ({ choices: [{ delta }] }) => {
    reasoning += (delta as Answer).reasoning_text ?? "";
  });
  const { choices: [{ message, finish_reason }] } = await stream
    .finalChatCompletion();
  assertEquals([reasoning, message.content, finish_reason], [
    REPLY.reasoning,
    REPLY.text,
    "tool_calls",
  ]);
  const calls = message.tool_calls?.map((call: Answer) => ({
    name: call.function.name,
    arguments: JSON.parse(call.function.arguments),
  }));
  assertEquals(calls, REPLY.toolCalls);
});

test("The OpenAI SDK reads a stream of Responses with reasoning and tool calls", async () => {
  const fake = createFakeCopilot({ reply: REPLY });
  const openai = new OpenAI(createClientOptions("ghu_any", fake));
  const stream = openai.responses.stream({ model: "gpt-5-mini", input: "Hi" });
  let reasoning = "";
  let sequence = 0;
  for await (const event of stream) {
    assertEquals(event.sequence_number, sequence++);
    if (event.type === "response.reasoning_summary_text.delta") {
      reasoning += event.delta;
    }
  }
  const { output, output_text, status, usage } = await stream.finalResponse();
  assertEquals([reasoning, output_text, status], [
    REPLY.reasoning,
    REPLY.text,
    "completed",
  ]);
  const calls = output.filter((item: Answer) => item.type === "function_call")
    .map((item: Answer) => ({
      name: item.name,
      arguments: JSON.parse(item.arguments),
    }));
  assertEquals(calls, REPLY.toolCalls);
  assert(usage && usage.output_tokens > 0);
});

test("The Anthropic SDK reads a stream of Messages with reasoning and tool calls", async () => {
  const fake = createFakeCopilot({ reply: REPLY });
  const anthropic = new Anthropic(createClientOptions("ghu_any", fake));
  const stream = anthropic.messages.stream({
    model: "claude-haiku-4.5",
    max_tokens: 100,
    messages: [{ role: "user", content: "Hi" }],
  });
  const { content, stop_reason, usage } = await stream.finalMessage();
  const [thinking, text, ...calls] = content as Answer[];
  assertEquals([thinking.thinking, text.text, stop_reason], [
    REPLY.reasoning,
    REPLY.text,
    "tool_use",
  ]);
  assert(thinking.signature);
  assertEquals(
    calls.map(({ name, input }) => ({ name, arguments: input })),
    REPLY.toolCalls,
  );
  assert(usage.input_tokens > 0 && usage.output_tokens > 0);
});
