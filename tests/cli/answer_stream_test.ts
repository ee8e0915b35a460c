import { assert, assertEquals } from "@std/assert";
import { test } from "node:test";
import { ANSWER_MESSAGES, readAnswer } from "../../cli/answers/read_answer.ts";
import { endpointsOf } from "../../cli/answers/endpoints.ts";
import { STREAM_MESSAGES } from "../../cli/event_stream.ts";
import { createFakeCopilot } from "../../testing/mod.ts";
import { MODELS, responseText } from "../helpers/endpoint_answer.ts";
import { answerNextPrompt, runMain } from "../helpers/fake_io.ts";
import { simulateTime } from "../helpers/simulated_time.ts";

/** The end of an answer, as each endpoint sends it. */
const LAST_EVENT: Record<string, string> = {
  "/chat/completions": '"finish_reason":"stop"',
  "/responses": '"type":"response.completed"',
  "/v1/messages": '"type":"message_stop"',
};

const TEXT = "One é😀\ntwo";

/** The stream of an endpoint, with an answer that has reasoning. */
function streamOf(path: string): Promise<string> {
  return responseText(path, true, { reasoning: "Hm", text: TEXT });
}

/** What is read of a body that arrives in these pieces, and why it fails. */
function read(path: string, pieces: Uint8Array[]) {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of pieces) controller.enqueue(piece);
      controller.close();
    },
  });
  return readBody(path, body);
}

async function readBody(path: string, body: ReadableStream<Uint8Array>) {
  const [endpoint] = endpointsOf([path]);
  let text = "";
  let usage = {};
  try {
    for await (const part of readAnswer(new Response(body), endpoint)) {
      text += part.text ?? "";
      usage = { ...usage, ...part.usage };
    }
    return { text, usage, error: undefined };
  } catch (error) {
    return { text, usage, error: (error as Error).message };
  }
}

const encode = (text: string) => new TextEncoder().encode(text);

/** Where the event that ends the answer is complete, in bytes. */
function lengthOfAnswer(path: string, stream: string): number {
  const at = stream.indexOf(LAST_EVENT[path]);
  return encode(stream.slice(0, stream.indexOf("\n", at))).length;
}

for (const path of Object.keys(MODELS)) {
  test(`readAnswer() reads a stream of ${path} that arrives in two pieces, cut at any byte`, async () => {
    const bytes = encode(await streamOf(path));
    for (let end = 1; end < bytes.length; end++) {
      const pieces = [bytes.slice(0, end), bytes.slice(end)];
      const { text, error } = await read(path, pieces);
      assertEquals([text, error], [TEXT, undefined], `cut at ${end}`);
    }
  });

  test(`readAnswer() reports a stream of ${path} that ends at any byte before the answer's end`, async () => {
    const stream = await streamOf(path);
    const bytes = encode(stream);
    const whole = lengthOfAnswer(path, stream);
    for (let end = 0; end <= bytes.length; end++) {
      const { text, error } = await read(path, [bytes.slice(0, end)]);
      const isWhole = end >= whole;
      const expected = isWhole ? undefined : ANSWER_MESSAGES.cutOff;
      // Before the first event, there is no sign of a stream.
      if (!error?.startsWith(ANSWER_MESSAGES.noAnswer(""))) {
        assertEquals(error, expected, `ends at ${end} of ${whole}`);
      }
      assert(isWhole ? text === TEXT : TEXT.startsWith(text), text);
    }
  });

  test(`readAnswer() reads the usage in a stream of ${path}`, async () => {
    const { usage } = await read(path, [encode(await streamOf(path))]);
    const { output, reasoning } = usage as Record<string, unknown>;
    // A token for each word of the answer, and one of the reasoning.
    assertEquals(output, 4);
    assertEquals(reasoning, path === "/v1/messages" ? undefined : 1);
  });

  for (const [what, lineEnd] of [["CR", "\r"], ["CR LF", "\r\n"]]) {
    test(`readAnswer() reads a stream of ${path} with comments and ${what}`, async () => {
      const stream = `: hi\n\n${await streamOf(path)}`;
      const bytes = encode(stream.replaceAll("\n", lineEnd));
      const { text, error } = await read(path, [bytes]);
      assertEquals([text, error], [TEXT, undefined]);
    });
  }

  test(`copilot-fetch prints a whole answer of ${path} whose connection breaks after its end`, async () => {
    const stream = await streamOf(path);
    const fake = createFakeCopilot();
    answerNextPrompt(fake, () => {
      const pieces = [
        encode(stream).slice(0, lengthOfAnswer(path, stream)),
        encode("\n\n"),
      ];
      return new Response(breakingBody(pieces));
    });
    const expected = { code: 0, stdout: `${TEXT}\n`, stderr: "" };
    const args = ["-m", MODELS[path], "Hello"];
    assertEquals(await runMain(args, { fake }), expected);
  });

  test(`copilot-fetch prints what arrived of an answer of ${path} whose connection breaks, and exits with 1`, async () => {
    const stream = await streamOf(path);
    const fake = createFakeCopilot();
    const half = stream.slice(0, stream.indexOf(LAST_EVENT[path]));
    answerNextPrompt(fake, () => new Response(breakingBody([encode(half)])));
    const args = ["-m", MODELS[path], "Hello"];
    const outcome = await runMain(args, { fake });
    assertEquals([outcome.code, outcome.stdout], [1, TEXT]);
    const line = `copilot-fetch: ${STREAM_MESSAGES.broken}: terminated\n`;
    assertEquals(outcome.stderr, line);
  });
}

/** A body whose connection breaks after these pieces. */
function breakingBody(pieces: Uint8Array[]): ReadableStream<Uint8Array> {
  const left = [...pieces];
  return new ReadableStream({
    pull(controller) {
      const piece = left.shift();
      if (piece) controller.enqueue(piece);
      else controller.error(new TypeError("terminated"));
    },
  }, { highWaterMark: 0 });
}

test("readAnswer() ends a second after an answer whose connection stays open", async () => {
  using time = simulateTime();
  const choices = [{ delta: { content: "One" }, finish_reason: "stop" }];
  const text = `data: ${JSON.stringify({ choices })}\n\n`;
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(encode(text)),
  });
  const started = Date.now();
  const outcome = await time.until(readBody("/chat/completions", body));
  assertEquals(outcome, { text: "One", usage: {}, error: undefined });
  assertEquals(Date.now() - started, 1000);
});

test("readAnswer() reads an answer after a long series of blank lines", async () => {
  const pings = Array.from({ length: 10_000 }, () => encode("\n".repeat(100)));
  const bytes = encode(await streamOf("/chat/completions"));
  const { text } = await read("/chat/completions", [...pings, bytes]);
  assertEquals(text, TEXT);
});
