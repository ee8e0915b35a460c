import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { test } from "node:test";
import { ASK_MESSAGES } from "../../cli/ask.ts";
import { createFakeCopilot } from "../../testing/mod.ts";
import {
  commandLine,
  createSlowAnswer,
  event,
  lastBody,
  requestsTo,
  runMain,
  startMain,
} from "../helpers/fake_io.ts";

const HOST = "https://api.individual.githubcopilot.com";

test("copilot-fetch sends its words as a user's prompt, and prints only the answer", async () => {
  await using program = startMain(["Hello", "you"]);
  const expected = { code: 0, stdout: "You said: Hello you\n", stderr: "" };
  assertEquals(await program.ended, expected);
  const { fake } = program;
  assertEquals(requestsTo(fake), [
    "GET https://api.github.com/copilot_internal/v2/token",
    `POST ${HOST}/chat/completions`,
  ]);
  assertEquals(await lastBody(fake), {
    model: "gpt-5-mini",
    stream: true,
    messages: [{ role: "user", content: "Hello you" }],
  });
  assertEquals(fake.requests[0].headers.get("x-initiator"), "user");
});

test("copilot-fetch prints the first words before the last arrive", async () => {
  const fake = createFakeCopilot();
  const answer = createSlowAnswer();
  fake.answerNextRequest(answer.respond);
  await using program = startMain(["Hello"], { fake });
  answer.send("One ");
  await program.prints("One ");
  assertEquals(program.outcome.stdout, "One ");
  answer.send("two");
  answer.end();
  assertEquals((await program.ended).stdout, "One two\n");
});

test("copilot-fetch adds no second line feed to an answer that ends with one", async () => {
  for (const args of [["Hello"], ["--no-stream", "Hello"]]) {
    const fake = createFakeCopilot({ reply: "One\ntwo\n" });
    assertEquals((await runMain(args, { fake })).stdout, "One\ntwo\n");
  }
});

test("copilot-fetch exits with 0, silently, when the reader of stdout has closed the pipe", async () => {
  const stdoutError = Object.assign(new Error("EPIPE"), { code: "EPIPE" });
  const { code, stderr } = await runMain(["Hello"], { stdoutError });
  assertEquals([code, stderr], [0, ""]);
});

test("copilot-fetch exits with 1 when stdout cannot be written", async () => {
  const stdoutError = Object.assign(new Error("disk full"), { code: "ENOSPC" });
  const { code, stderr } = await runMain(["Hello"], { stdoutError });
  assertEquals([code, stderr], [1, "copilot-fetch: disk full\n"]);
});

/** Arguments and `COPILOT_MODEL`, and the model that is asked. */
const MODELS: [args: string[], COPILOT_MODEL: string, model: string][] = [
  [["--model", "claude-haiku-4.5"], "gpt-5", "claude-haiku-4.5"],
  [["-m", "claude-haiku-4.5"], "gpt-5", "claude-haiku-4.5"],
  [[], "gpt-5", "gpt-5"],
  [[], "", "gpt-5-mini"],
  [["-m", ""], "", "gpt-5-mini"],
];

for (const [args, COPILOT_MODEL, model] of MODELS) {
  test(`${commandLine(args)} with COPILOT_MODEL="${COPILOT_MODEL}" asks ${model}`, async () => {
    const env = { COPILOT_GITHUB_TOKEN: "ghu_a", COPILOT_MODEL };
    await using program = startMain([...args, "Hello"], { env });
    await program.ended;
    assertEquals((await lastBody(program.fake)).model, model);
  });
}

for (const flag of ["--system", "-s"]) {
  test(`copilot-fetch ${flag} sends a system message before the prompt`, async () => {
    await using program = startMain([flag, "Be brief", "Hello"]);
    await program.ended;
    assertEquals((await lastBody(program.fake)).messages, [
      { role: "system", content: "Be brief" },
      { role: "user", content: "Hello" },
    ]);
  });
}

test("copilot-fetch --no-stream prints the text of the complete answer", async () => {
  await using program = startMain(["--no-stream", "Hi"]);
  const { code, stdout } = await program.ended;
  assertEquals([code, stdout], [0, "You said: Hi\n"]);
  assertEquals((await lastBody(program.fake)).stream, false);
});

test("copilot-fetch --json prints the response of the API unchanged", async () => {
  const body = '{ "choices":\t[],\n "x": 1.0 }';
  const fake = createFakeCopilot();
  fake.answerNextRequest(new Response(body));
  const expected = { code: 0, stdout: `${body}\n`, stderr: "" };
  assertEquals(await runMain(["--json", "Hello"], { fake }), expected);
  assertEquals((await lastBody(fake)).stream, false);
});

test("copilot-fetch --direct sends the credential itself to Copilot", async () => {
  const env = { COPILOT_GITHUB_TOKEN: "ghu_a" };
  await using program = startMain(["--direct", "Hello"], { env });
  await program.ended;
  const { exchanges, requests } = program.fake;
  assertEquals(exchanges.map(({ url }) => url), [
    "https://api.github.com/copilot_internal/user",
  ]);
  assertEquals(requests[0].headers.get("authorization"), "Bearer ghu_a");
});

test("copilot-fetch sends a fine-grained token directly without --direct", async () => {
  const env = { COPILOT_GITHUB_TOKEN: "github_pat_a" };
  await using program = startMain(["Hello"], { env });
  const { code, stdout } = await program.ended;
  assertEquals([code, stdout], [0, "You said: Hello\n"]);
  const { headers } = program.fake.requests[0];
  assertEquals(headers.get("authorization"), "Bearer github_pat_a");
});

/** Responses that hold no complete answer. */
const BROKEN: [what: string, args: string[], body: string, message: RegExp][] =
  [
    ["a login page", [], "<h1>Sign in", RegExp(ASK_MESSAGES.cutOff)],
    ["an empty body", [], "", RegExp(ASK_MESSAGES.cutOff)],
    ["a login page", ["--no-stream"], "<h1>Sign in", /: <h1>Sign in/],
    ["an event that is not JSON", [], "data: <h1>\n\n", /: <h1>/],
    [
      "an error in mid-stream",
      [],
      'data: {"error":{"message":"Overloaded"}}\n\n',
      /Overloaded/,
    ],
  ];

for (const [what, args, body, message] of BROKEN) {
  test(`${commandLine(args)} exits with 1 for ${what} in place of an answer`, async () => {
    const fake = createFakeCopilot();
    fake.answerNextRequest(new Response(body));
    const outcome = await runMain([...args, "Hello"], { fake });
    assertEquals([outcome.code, outcome.stdout], [1, ""]);
    assertMatch(outcome.stderr, /^copilot-fetch: [^\n]+\n$/);
    assertMatch(outcome.stderr, message);
  });
}

test("copilot-fetch prints what arrived of an answer that is cut off, and exits with 1", async () => {
  const fake = createFakeCopilot();
  fake.answerNextRequest(new Response(event("Half an")));
  const { code, stdout, stderr } = await runMain(["Hello"], { fake });
  assertEquals([code, stdout], [1, "Half an"]);
  assertStringIncludes(stderr, ASK_MESSAGES.cutOff);
});
