import { assertEquals, assertStringIncludes } from "@std/assert";
import { test } from "node:test";
import { ANSWER_MESSAGES } from "../../cli/answers/read_answer.ts";
import { ASK_MESSAGES } from "../../cli/ask.ts";
import { RESPONSE_MESSAGES } from "../../cli/response.ts";
import {
  createFakeCopilot,
  failures,
  type FakeAnswer,
} from "../../testing/mod.ts";
import { MODELS } from "../helpers/endpoint_answer.ts";
import { answerNextPrompt, event, runMain } from "../helpers/fake_io.ts";

const TEXT = "One\ntwo";

const json = (body: unknown) => JSON.stringify(body);
const chat = (finish_reason: string) =>
  event("One") +
  `data: ${json({ choices: [{ delta: {}, finish_reason }] })}\n\n`;
const response = (type: string, more = {}) =>
  `data: ${json({ type: "response.output_text.delta", delta: "One" })}\n\n` +
  `data: ${json({ type, response: more })}\n\n`;
const message = (stop_reason: string) =>
  `data: ${json({ type: "content_block_delta", delta: { text: "One" } })}\n\n` +
  `data: ${json({ type: "message_delta", delta: { stop_reason } })}\n\n` +
  `data: ${json({ type: "message_stop" })}\n\n`;
const incomplete = (reason?: string) =>
  response("response.incomplete", { incomplete_details: { reason } });

/** How an answer ends, and what is reported; nothing for a whole answer. */
const ENDS: [path: string, end: string, body: string, report?: string][] = [
  ["/chat/completions", "stop", chat("stop")],
  ["/chat/completions", "an unknown reason", chat("eos")],
  ["/chat/completions", "length", chat("length"), ASK_MESSAGES.length],
  [
    ...["/chat/completions", "content_filter"] as const,
    ...[chat("content_filter"), ASK_MESSAGES.filter] as const,
  ],
  [
    ...["/chat/completions", "tool_calls"] as const,
    ...[chat("tool_calls"), ASK_MESSAGES.toolCall] as const,
  ],
  ["/responses", "response.completed", response("response.completed")],
  [
    ...["/responses", "max_output_tokens"] as const,
    ...[incomplete("max_output_tokens"), ASK_MESSAGES.length] as const,
  ],
  [
    ...["/responses", "content_filter"] as const,
    ...[incomplete("content_filter"), ASK_MESSAGES.filter] as const,
  ],
  [
    ...["/responses", "response.incomplete"] as const,
    ...[incomplete(), ASK_MESSAGES.unfinished] as const,
  ],
  ["/v1/messages", "end_turn", message("end_turn")],
  ["/v1/messages", "stop_sequence", message("stop_sequence")],
  ["/v1/messages", "max_tokens", message("max_tokens"), ASK_MESSAGES.length],
  [
    ...["/v1/messages", "model_context_window_exceeded"] as const,
    ...[message("model_context_window_exceeded"), ASK_MESSAGES.length] as const,
  ],
  [
    ...["/v1/messages", "pause_turn"] as const,
    ...[message("pause_turn"), ASK_MESSAGES.unfinished] as const,
  ],
  ["/v1/messages", "refusal", message("refusal"), ASK_MESSAGES.filter],
  ["/v1/messages", "tool_use", message("tool_use"), ASK_MESSAGES.toolCall],
];

for (const [path, end, body, report] of ENDS) {
  test(`copilot-fetch exits with ${report ? "1 and a report" : "0"} after an answer of ${path} that ends with ${end}`, async () => {
    const fake = createFakeCopilot();
    answerNextPrompt(fake, new Response(body));
    assertEquals(await runMain(["-m", MODELS[path], "Hello"], { fake }), {
      code: report ? 1 : 0,
      stdout: "One\n",
      stderr: report ? `copilot-fetch: ${report}\n` : "",
    });
  });
}

test("copilot-fetch exits with 1 if a whole answer was cut off by its length, also with --json", async () => {
  const choices = [{ message: { content: "One" }, finish_reason: "length" }];
  const body = json({ choices });
  for (const [flag, stdout] of [["--json", body], ["--no-stream", "One"]]) {
    const fake = createFakeCopilot();
    answerNextPrompt(fake, new Response(body));
    const stderr = `copilot-fetch: ${ASK_MESSAGES.length}\n`;
    const expected = { code: 1, stdout: `${stdout}\n`, stderr };
    assertEquals(await runMain([flag, "Hello"], { fake }), expected);
  }
});

test("copilot-fetch prints a whole answer that comes in place of a stream, and a stream in place of one", async () => {
  for (
    const [flags, stream] of [[[], false], [["--no-stream"], true]] as const
  ) {
    for (const model of Object.values(MODELS)) {
      const fake = createFakeCopilot({ reply: TEXT });
      answerNextPrompt(fake, async (request) => {
        const body = { ...await request.clone().json(), stream };
        return await fake.fetch(new Request(request, { body: json(body) }));
      });
      const outcome = await runMain(["-m", model, ...flags, "Hi"], { fake });
      const expected = { code: 0, stdout: `${TEXT}\n`, stderr: "" };
      assertEquals(outcome, expected);
    }
  }
});

/** Responses that hold no whole answer, and what is reported. */
const BROKEN: [what: string, body: string, message: string][] = [
  ["a web page", "<h1>Sign in", RESPONSE_MESSAGES.webPage("<h1>Sign in")],
  [
    "a web page with a title",
    "\n<!doctype html><title> Sign in </title>",
    RESPONSE_MESSAGES.webPage("Sign in"),
  ],
  ["an empty body", "", ANSWER_MESSAGES.cutOff],
  ["plain text", "upstream error", ANSWER_MESSAGES.noAnswer("upstream error")],
  [
    "a long plain text",
    "x".repeat(5000),
    ANSWER_MESSAGES.noAnswer("x".repeat(200)),
  ],
  ["a JSON array", "[1]", RESPONSE_MESSAGES.notJSON("[1]")],
  ["half of a JSON body", '{"a":', RESPONSE_MESSAGES.notJSON('{"a":')],
  ["another JSON body", '{"a":1}', ANSWER_MESSAGES.noAnswer('{"a":1}')],
  ["an error", '{"error":{"message":"Full"}}', ANSWER_MESSAGES.failed("Full")],
  ["an error as a text", '{"error":"Full"}', ANSWER_MESSAGES.failed("Full")],
  [
    "an event that is not JSON",
    "data: <h1>\n\n",
    RESPONSE_MESSAGES.webPage("<h1>"),
  ],
  ["nothing but [DONE]", "data: [DONE]\n\n", ANSWER_MESSAGES.cutOff],
  [
    "an error in a stream",
    'data: {"error":{"message":"Overloaded"}}\n\ndata: [DONE]\n\n',
    ANSWER_MESSAGES.failed("Overloaded"),
  ],
  [
    "an error event",
    'event: error\ndata: {"type":"error","message":"Overloaded"}\n\n',
    ANSWER_MESSAGES.failed("Overloaded"),
  ],
];

for (const [what, body, message] of BROKEN) {
  for (const flags of [[], ["--no-stream"]]) {
    test(`copilot-fetch ${[...flags, "Hello"].join(" ")} exits with 1 for ${what} in place of an answer`, async () => {
      const fake = createFakeCopilot();
      answerNextPrompt(fake, new Response(body));
      const outcome = await runMain([...flags, "Hello"], { fake });
      const stderr = `copilot-fetch: ${message}\n`;
      assertEquals(outcome, { code: 1, stdout: "", stderr });
    });
  }
}

test("copilot-fetch --json exits with 1 for a web page in place of an answer", async () => {
  const fake = createFakeCopilot();
  answerNextPrompt(fake, failures.proxyPage(200));
  const outcome = await runMain(["--json", "Hello"], { fake });
  assertEquals([outcome.code, outcome.stdout], [1, ""]);
  assertStringIncludes(outcome.stderr, "Access denied");
});

/** A failure that Responses reports in an event of its own. */
const FAILED = [
  { type: "response.failed", response: { error: { message: "Full" } } },
  { type: "response.cancelled", response: { error: { message: "Full" } } },
  { type: "error", code: "server_error", message: "Full" },
];

for (const failed of FAILED) {
  test(`copilot-fetch exits with 1 and the reason after ${failed.type} of /responses`, async () => {
    const fake = createFakeCopilot();
    answerNextPrompt(fake, new Response(`data: ${json(failed)}\n\n`));
    const args = ["-m", MODELS["/responses"], "Hello"];
    const stderr = `copilot-fetch: ${ANSWER_MESSAGES.failed("Full")}\n`;
    const expected = { code: 1, stdout: "", stderr };
    assertEquals(await runMain(args, { fake }), expected);
  });
}

test("copilot-fetch prints what arrived of an answer that is cut off, and exits with 1", async () => {
  const cut: FakeAnswer[] = [
    new Response(event("Half an")),
    new Response(`${event("Half an")}data: [DONE]\n\n`),
    new Response(`${event("Half an")}data: {"choi`),
  ];
  for (const answer of cut) {
    const fake = createFakeCopilot();
    answerNextPrompt(fake, answer);
    const stderr = `copilot-fetch: ${ANSWER_MESSAGES.cutOff}\n`;
    const expected = { code: 1, stdout: "Half an", stderr };
    assertEquals(await runMain(["Hello"], { fake }), expected);
  }
});

test("copilot-fetch prints the refusal of a model as its answer", async () => {
  const texts: Record<string, string> = {
    "/chat/completions": `data: ${
      json({ choices: [{ delta: { refusal: "No." }, finish_reason: "stop" }] })
    }\n\n`,
    "/responses": `data: ${
      json({ type: "response.refusal.delta", delta: "No." })
    }\n\ndata: ${json({ type: "response.completed", response: {} })}\n\n`,
  };
  for (const [path, body] of Object.entries(texts)) {
    const fake = createFakeCopilot();
    answerNextPrompt(fake, new Response(body));
    const { stdout } = await runMain(["-m", MODELS[path], "Hi"], { fake });
    assertEquals(stdout, "No.\n");
  }
});

test("copilot-fetch prints the first of several choices alone", async () => {
  const choices = (index: number, content: string) => [
    { index, delta: { content }, finish_reason: index === 0 ? "stop" : null },
  ];
  const body = `data: ${json({ choices: choices(1, "Two") })}\n\n` +
    `data: ${json({ choices: choices(0, "One") })}\n\n`;
  const fake = createFakeCopilot();
  answerNextPrompt(fake, new Response(body));
  assertEquals((await runMain(["Hi"], { fake })).stdout, "One\n");
});

test("copilot-fetch prints the text with which a block of /v1/messages starts", async () => {
  const start = {
    type: "content_block_start",
    content_block: { text: "Oh, " },
  };
  const body = `data: ${json(start)}\n\n${message("end_turn")}`;
  const fake = createFakeCopilot();
  answerNextPrompt(fake, new Response(body));
  const args = ["-m", MODELS["/v1/messages"], "Hi"];
  assertEquals((await runMain(args, { fake })).stdout, "Oh, One\n");
});

test("copilot-fetch prints no reasoning in a whole body of /responses", async () => {
  const content = (text: string) => [{ type: "any_text", text }];
  const output = [
    { type: "reasoning", content: content("Hm") },
    { type: "message", content: content("One") },
  ];
  const fake = createFakeCopilot();
  answerNextPrompt(fake, Response.json({ status: "completed", output }));
  const args = ["-m", MODELS["/responses"], "--no-stream", "Hi"];
  assertEquals((await runMain(args, { fake })).stdout, "One\n");
});
