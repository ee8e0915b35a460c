import { assertEquals, assertStringIncludes } from "@std/assert";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import { INPUT_MESSAGES } from "../../cli/input.ts";
import { PROMPT_MESSAGES } from "../../cli/prompt.ts";
import { FILE_MESSAGES } from "../../cli/user_file.ts";
import {
  commandLine,
  lastBody,
  requestsTo,
  startMain,
} from "../helpers/fake_io.ts";
import { simulateTime } from "../helpers/simulated_time.ts";
import { deferred, HOUR } from "../helpers/stubs.ts";

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

/** A text in UTF-16, with a byte order mark if it begins with one. */
function utf16(text: string, isBigEndian = false): Uint8Array {
  const bytes = Buffer.from(text, "utf16le");
  return new Uint8Array(isBigEndian ? bytes.swap16() : bytes);
}

const MARK = "\ufeff";

/** Encoded texts, and the prompt that is sent. */
const ENCODED: [what: string, input: Uint8Array, prompt: string][] = [
  ["UTF-8 with a mark", new TextEncoder().encode(`${MARK}né\n`), "né"],
  ["UTF-16", utf16(`${MARK}né 漢😀\r\n`), "né 漢😀"],
  ["big-endian UTF-16", utf16(`${MARK}né 漢😀\r\n`, true), "né 漢😀"],
  ["UTF-16 without a mark", utf16("né 漢\r\n"), "né 漢"],
  ["big-endian UTF-16 without a mark", utf16("né 漢\r\n", true), "né 漢"],
  [
    "UTF-16 of few Latin characters",
    utf16("漢字漢字漢字漢字漢é\n"),
    "漢字漢字漢字漢字漢é",
  ],
  ["UTF-8 with zeros", new TextEncoder().encode("abcdefg\0"), "abcdefg\0"],
  [
    "UTF-8 of odd length with zeros",
    new TextEncoder().encode("a\0b\0c"),
    "a\0b\0c",
  ],
  ["UTF-8 with many zeros", new TextEncoder().encode("a\0\0b"), "a\0\0b"],
];

for (const [what, input, prompt] of ENCODED) {
  test(`copilot-fetch decodes input in ${what}`, async () => {
    await using program = startMain([], { input });
    assertEquals((await program.ended).stderr, "");
    assertEquals((await lastBody(program.fake)).messages[0].content, prompt);
  });
}

/** Bytes that are no text. */
const NO_TEXTS = {
  "an invalid byte": Uint8Array.of(72, 105, 0xff, 0xfe),
  "half a character": Uint8Array.of(0xff, 0xfe, 72, 0, 105),
  "a broken surrogate pair": Uint8Array.of(0xff, 0xfe, 0, 0xd8, 72, 0),
  "zeros in both halves": Uint8Array.of(0xff, 0, 0, 72),
};

for (const [what, input] of Object.entries(NO_TEXTS)) {
  test(`copilot-fetch exits with 2 for input with ${what}, and sends nothing`, async () => {
    await using program = startMain(["Hello"], { input });
    const { code, stdout, stderr } = await program.ended;
    assertEquals([code, stdout], [2, ""]);
    assertStringIncludes(stderr, PROMPT_MESSAGES.notText("The input"));
    assertEquals(requestsTo(program.fake), []);
  });
}

/** An input whose pieces a test sends. */
function createInput() {
  const { readable, writable } = new TransformStream<Uint8Array>();
  const writer = writable.getWriter();
  const reading = deferred();
  async function* read() {
    reading.resolve();
    yield* readable;
  }
  return {
    input: read(),
    reading: reading.promise,
    send: (text: string) => writer.write(new TextEncoder().encode(text)),
    end: () => writer.close(),
  };
}

for (const start of ["", "One"]) {
  const silence = start === "" ? "sends nothing" : "stops in the middle";
  test(`copilot-fetch reports after a second that it waits for an input that ${silence}, and goes on waiting`, async () => {
    using time = simulateTime();
    const { input, reading, send, end } = createInput();
    await using program = startMain(["Hello"], { input });
    await reading;
    if (start !== "") {
      await time.advance(900);
      await send(start);
    }
    await time.advance(900);
    assertEquals(program.outcome.stderr, "");
    await time.advance(100);
    const expected = `${INPUT_MESSAGES.isOpen("/dev/null")}\n`;
    assertEquals(program.outcome.stderr, expected);
    await time.advance(HOUR);
    await send(" two");
    await time.advance(HOUR);
    await end();
    const { code, stderr } = await program.ended;
    assertEquals([code, stderr, time.pending], [0, expected, 0]);
    assertEquals(
      (await lastBody(program.fake)).messages[0].content,
      `Hello\n\n${start} two`,
    );
  });
}

test("copilot-fetch leaves no timer after SIGINT while it waits for input", async () => {
  using time = simulateTime();
  const { input, reading } = createInput();
  await using program = startMain(["Hello"], { input });
  await reading;
  await time.advance(500);
  program.kill();
  assertEquals((await program.ended).code, 130);
  assertEquals(time.pending, 0);
});

for (const args of [["-"], ["Hello", "-"], ["-f", "-", "Hello"]]) {
  test(`${commandLine(args)} reads the keyboard, and prints how to end it`, async () => {
    await using program = startMain(args, {
      input: "One\n",
      terminals: ["stdin"],
    });
    const { code, stderr } = await program.ended;
    assertEquals([code, stderr], [0, `${INPUT_MESSAGES.isTyped("Ctrl-D")}\n`]);
    assertEquals(
      (await lastBody(program.fake)).messages[0].content,
      args.includes("Hello") ? "Hello\n\nOne" : "One",
    );
  });
}

for (const args of [["5", "-", "3"], ["--", "5", "-"]]) {
  test(`${commandLine(args)} sends the minus sign`, async () => {
    await using program = startMain(args, { terminals: ["stdin"] });
    assertEquals((await program.ended).code, 0);
    const { content } = (await lastBody(program.fake)).messages[0];
    assertEquals(content, args.filter((arg) => arg !== "--").join(" "));
  });
}

test("copilot-fetch --file adds texts with their names, between the words and the input", async () => {
  const files = {
    "a b.md": utf16(`${MARK}One\n`),
    "c.md": "```ts\n1;\n````\n",
  };
  const args = ["-f", "a b.md", "--file", "c.md", "Hello"];
  await using program = startMain(args, { files, input: "Two" });
  assertEquals((await program.ended).code, 0);
  assertEquals(
    (await lastBody(program.fake)).messages[0].content,
    [
      "Hello",
      "a b.md:\n```\nOne\n```",
      "c.md:\n`````\n```ts\n1;\n````\n`````",
      "Two",
    ].join("\n\n"),
  );
});

test("copilot-fetch --file needs no words, and takes stdin in the place of a file", async () => {
  const files = { "a.md": "One", "b.md": "Three" };
  const args = ["-f", "a.md", "-f", "-", "-f", "b.md"];
  await using program = startMain(args, { files, input: "Two" });
  assertEquals((await program.ended).code, 0);
  assertEquals(
    (await lastBody(program.fake)).messages[0].content,
    [
      "a.md:\n```\nOne\n```",
      "Two",
      "b.md:\n```\nThree\n```",
    ].join("\n\n"),
  );
});

test("copilot-fetch --file adds a long text with many code spans", async () => {
  const text = "`one` two ".repeat(300_000).trimEnd();
  const args = ["-f", "a.md"];
  await using program = startMain(args, { files: { "a.md": text } });
  assertEquals((await program.ended).code, 0);
  const { messages } = await lastBody(program.fake);
  assertEquals(messages[0].content === `a.md:\n\`\`\`\n${text}\n\`\`\``, true);
});

/** Files that cannot be added, and the message about each. */
const WRONG: [path: string, message: string][] = [
  ["missing.md", FILE_MESSAGES.missing("missing.md")],
  ["picture.png", PROMPT_MESSAGES.notText("picture.png")],
];

for (const [path, message] of WRONG) {
  test(`copilot-fetch --file ${path} exits with 2, and sends nothing`, async () => {
    const files = { "picture.png": Uint8Array.of(0x89, 80, 78, 71, 0, 0) };
    await using program = startMain(["-f", path, "Hello"], { files });
    const { code, stdout, stderr } = await program.ended;
    assertEquals([code, stdout], [2, ""]);
    assertStringIncludes(stderr, message);
    assertEquals(requestsTo(program.fake), []);
  });
}

test("copilot-fetch does not wait for input at a keyboard", async () => {
  async function* silent() {
    await new Promise(() => {});
    yield new Uint8Array();
  }
  const keyboard = { terminals: ["stdin" as const], input: silent() };
  await using program = startMain(["Hello"], keyboard);
  assertEquals((await program.ended).stdout, "You said: Hello\n");
});
