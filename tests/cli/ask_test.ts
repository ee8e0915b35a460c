import { assertEquals } from "@std/assert";
import { test } from "node:test";
import { createFakeCopilot } from "../../testing/mod.ts";
import {
  answerNextPrompt,
  createSlowAnswer,
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
    `GET ${HOST}/models`,
    `POST ${HOST}/chat/completions`,
  ]);
  assertEquals(await lastBody(fake), {
    model: "gpt-5-mini",
    stream: true,
    stream_options: { include_usage: true },
    messages: [{ role: "user", content: "Hello you" }],
  });
  assertEquals(fake.requests[1].headers.get("x-initiator"), "user");
});

test("copilot-fetch prints the first words before the last arrive", async () => {
  const fake = createFakeCopilot();
  const answer = createSlowAnswer();
  answerNextPrompt(fake, answer.respond);
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
  answerNextPrompt(fake, new Response(body));
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
  assertEquals(requests[1].headers.get("authorization"), "Bearer ghu_a");
});

test("copilot-fetch sends a fine-grained token directly without --direct", async () => {
  const env = { COPILOT_GITHUB_TOKEN: "github_pat_a" };
  await using program = startMain(["Hello"], { env });
  const { code, stdout } = await program.ended;
  assertEquals([code, stdout], [0, "You said: Hello\n"]);
  const { headers } = program.fake.requests[1];
  assertEquals(headers.get("authorization"), "Bearer github_pat_a");
});
