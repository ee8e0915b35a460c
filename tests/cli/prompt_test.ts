import { assertEquals, assertStringIncludes } from "@std/assert";
import { test } from "node:test";
import { PROMPT_MESSAGES } from "../../cli/prompt.ts";
import { lastBody, requestsTo, startMain } from "../helpers/fake_io.ts";

/** What is piped in, the words, and the prompt that is sent. */
const INPUTS: [what: string, input: string, words: string[], prompt: string][] =
  [
    ["takes input without words as the prompt", "Hello\n", [], "Hello"],
    ["appends input to the words", "1\n2\n", ["Add", "up"], "Add up\n\n1\n2"],
    ["ignores blank input", " \n\n", ["Hello"], "Hello"],
    ["keeps the indentation of input", "  - a\n    b\n", [], "  - a\n    b"],
    [
      "takes any character as input",
      "é😀漢\r\n\0",
      ["Hello"],
      "Hello\n\né😀漢\r\n\0",
    ],
    [
      "takes long input",
      "word ".repeat(50_000),
      [],
      "word ".repeat(50_000).trim(),
    ],
  ];

for (const [what, input, words, prompt] of INPUTS) {
  test(`copilot-fetch ${what}`, async () => {
    await using program = startMain(words, { input });
    const { code, stderr } = await program.ended;
    assertEquals([code, stderr], [0, ""]);
    assertEquals((await lastBody(program.fake)).messages[0].content, prompt);
  });
}

test("copilot-fetch joins a character that is split between two pieces of input", async () => {
  async function* pieces() {
    for (const byte of new TextEncoder().encode("né 😀")) {
      yield await Promise.resolve(Uint8Array.of(byte));
    }
  }
  await using program = startMain([], { input: pieces() });
  await program.ended;
  assertEquals((await lastBody(program.fake)).messages[0].content, "né 😀");
});

test("copilot-fetch exits with 2 for input that is not UTF-8, and sends nothing", async () => {
  const input = new Uint8Array([72, 105, 0xff, 0xfe]);
  await using program = startMain(["Hello"], { input });
  const { code, stdout, stderr } = await program.ended;
  assertEquals([code, stdout], [2, ""]);
  assertStringIncludes(stderr, PROMPT_MESSAGES.notText);
  assertEquals(requestsTo(program.fake), []);
});

test("copilot-fetch does not wait for input at a keyboard", async () => {
  async function* silent() {
    await new Promise(() => {});
    yield new Uint8Array();
  }
  const keyboard = { terminals: ["stdin" as const], input: silent() };
  await using program = startMain(["Hello"], keyboard);
  assertEquals((await program.ended).stdout, "You said: Hello\n");
});
