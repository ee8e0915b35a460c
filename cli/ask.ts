/**
 * The command that asks a model, and prints its answer.
 *
 * @module
 */

import type { FetchLike } from "../mod.ts";
import { createAnswerOutput } from "./answer_output.ts";
import type { Question } from "./arguments.ts";
import { readVariable } from "./environment.ts";
import { readEvents } from "./event_stream.ts";
import { UsageError } from "./exit_codes.ts";
import { imageURL } from "./image.ts";
import type { IO } from "./io.ts";
import { readPrompt } from "./prompt.ts";
import { assertAccepted, readObject } from "./response.ts";
import { startSpinner } from "./terminal.ts";

/** The messages about questions and answers. */
export const ASK_MESSAGES = {
  noPrompt: "There is no prompt. See --help.",
  cutOff: "The answer was cut off.",
  failed: (message: string) => `Copilot broke off the answer: ${message}`,
} as const;

/** Asked if neither `--model` nor `COPILOT_MODEL` names another. */
const DEFAULT_MODEL = "gpt-5-mini";

/** Asks a model, and writes its answer to stdout. */
export async function ask(
  copilot: FetchLike,
  question: Question,
  io: IO,
): Promise<void> {
  const { stream, json } = question;
  const { stdout, stderr, signal } = io;
  const body = await createChat(question, io);
  const output = createAnswerOutput(stdout);
  const spinner = startSpinner(stderr);
  try {
    const response = await copilot("/chat/completions", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      signal,
    });
    await assertAccepted(response);
    if (stream) {
      for await (const text of readAnswer(response)) {
        spinner.stop();
        await output.write(text);
      }
    } else {
      const text = await response.text();
      spinner.stop();
      await output.write(json ? text : answerOf(text));
    }
    await output.end();
  } catch (error) {
    await output.interrupt();
    throw error;
  } finally {
    spinner.stop();
  }
}

/** The body of a Chat Completions request. */
async function createChat(
  { model, words, system, files, images, stream }: Question,
  io: IO,
): Promise<Record<string, unknown>> {
  const prompt = await readPrompt({ words, files }, io);
  if (prompt === "" && images.length === 0) {
    throw new UsageError(ASK_MESSAGES.noPrompt);
  }
  const content = images.length === 0 ? prompt : [
    ...(prompt === "" ? [] : [{ type: "text", text: prompt }]),
    ...await Promise.all(images.map((image) => imagePart(image, io))),
  ];
  return {
    model: model ?? await readVariable("COPILOT_MODEL", io) ?? DEFAULT_MODEL,
    stream,
    messages: [
      ...(system ? [{ role: "system", content: system }] : []),
      { role: "user", content },
    ],
  };
}

async function imagePart(image: string, io: IO) {
  return { type: "image_url", image_url: { url: await imageURL(image, io) } };
}

/** A response of Chat Completions, or one event of its stream. */
interface Completion {
  choices?: {
    message?: { content?: string };
    delta?: { content?: string };
  }[];
  error?: { message?: string };
}

/** The text of a complete answer. */
function answerOf(body: string): string {
  const { choices }: Completion = readObject(body);
  return choices?.[0]?.message?.content ?? "";
}

/** Yields the texts of a streamed answer, as they arrive. */
async function* readAnswer(response: Response): AsyncGenerator<string, void> {
  for await (const data of readEvents(response)) {
    if (data === "[DONE]") return;
    const { choices, error }: Completion = readObject(data);
    if (error) {
      const message = error.message ?? JSON.stringify(error);
      throw new Error(ASK_MESSAGES.failed(message));
    }
    const text = choices?.[0]?.delta?.content;
    if (text) yield text;
  }
  throw new Error(ASK_MESSAGES.cutOff);
}
