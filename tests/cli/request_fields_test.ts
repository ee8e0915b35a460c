import { assertEquals } from "@std/assert";
import { test } from "node:test";
import { addFields, FIELD_MESSAGES } from "../../cli/request_fields.ts";
import {
  commandLine,
  lastBody,
  requestsTo,
  startMain,
} from "../helpers/fake_io.ts";

test("copilot-fetch -o sets fields of the request to JSON values", async () => {
  await using program = startMain([
    ...["-o", "temperature=0.5", "--option", 'stop=["a=b", "\\n"]'],
    ...["-o", 'user="me"', "-o", "x = null ", "-o", "logprobs=true", "Hello"],
  ]);
  assertEquals((await program.ended).code, 0);
  const { temperature, stop, user, x, logprobs } = await lastBody(program.fake);
  assertEquals(
    { temperature, stop, user, x, logprobs },
    {
      temperature: 0.5,
      stop: ["a=b", "\n"],
      user: "me",
      x: null,
      logprobs: true,
    },
  );
});

test("copilot-fetch -o adds members to a field that a flag has set", async () => {
  await using program = startMain([
    ...["-m", "gpt-5.3-codex", "--effort", "low"],
    ...["-o", 'reasoning={"summary":"auto"}', "Hello"],
  ]);
  assertEquals((await program.ended).code, 0);
  const { reasoning } = await lastBody(program.fake);
  assertEquals(reasoning, { effort: "low", summary: "auto" });
});

test("copilot-fetch -o sets max_tokens of /v1/messages", async () => {
  const args = ["-m", "claude-opus-5.5", "-o", "max_tokens=7", "Hello"];
  await using program = startMain(args);
  assertEquals((await program.ended).code, 0);
  assertEquals((await lastBody(program.fake)).max_tokens, 7);
});

/** Values that are refused, and the message. */
const REFUSED: [texts: string[], message: string][] = [
  ...["", "temperature", "=1", "user=me", "a=", "a=undefined", "a={b:1}"]
    .map((text): [string[], string] => [[text], FIELD_MESSAGES.invalid(text)]),
  [["model=1"], FIELD_MESSAGES.reserved("model", "--model")],
  [["stream=true"], FIELD_MESSAGES.reserved("stream", "--no-stream or --json")],
  [
    ['reasoning_effort="low"'],
    FIELD_MESSAGES.reserved("reasoning_effort", "--effort"),
  ],
  [["messages=[]"], FIELD_MESSAGES.reserved("messages", "the prompt")],
  [['input="Hi"'], FIELD_MESSAGES.reserved("input", "the prompt")],
  [["a=1", "a=2"], FIELD_MESSAGES.repeated("a")],
];

for (const [texts, message] of REFUSED) {
  const args = [...texts.flatMap((text) => ["-o", text]), "Hello"];
  test(`${commandLine(args)} exits with 2, and sends nothing`, async () => {
    await using program = startMain(args);
    const stderr = `copilot-fetch: ${message}\n`;
    assertEquals(await program.ended, { code: 2, stdout: "", stderr });
    assertEquals(requestsTo(program.fake), []);
  });
}

test("addFields() replaces what is no object, and alters no argument", () => {
  const body = { a: { b: 1 }, c: [1], d: null, e: {} };
  const fields = { a: { b: 2, f: 3 }, c: [2], d: { g: 1 }, e: null };
  assertEquals(addFields(body, fields), {
    a: { b: 2, f: 3 },
    c: [2],
    d: { g: 1 },
    e: null,
  });
  assertEquals(body.a, { b: 1 });
});

test("addFields() sets no prototype", () => {
  const fields = JSON.parse('{"__proto__":{"a":1}}');
  const body = addFields({}, fields);
  assertEquals(Object.getPrototypeOf(body), Object.prototype);
});
