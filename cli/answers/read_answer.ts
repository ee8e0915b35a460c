/**
 * Reads a response as an answer, whether it is streamed or not.
 *
 * @module
 */

import { parseJSON } from "../../internal/json.ts";
import { LATE, waitAtMost } from "../../internal/waiting.ts";
import { readEvents, readTexts, type StreamEvent } from "../event_stream.ts";
import { errorMessage, quote, readObject } from "../response.ts";
import type { AnswerPart, Endpoint, Json } from "./endpoint.ts";
import { withCost } from "./usage.ts";

/** The messages about responses that hold no whole answer. */
export const ANSWER_MESSAGES = {
  cutOff: "The answer was cut off.",
  failed: (message: string) =>
    `Copilot ended the answer with an error: ${message}`,
  noAnswer: (start: string) => `Copilot's response has no answer: ${start}`,
} as const;

/**
 * Yields the parts of an answer, as they arrive. Throws an error unless it ends
 * as the endpoint ends an answer.
 */
export async function* readAnswer(
  response: Response,
  endpoint: Endpoint,
): AsyncGenerator<AnswerPart, void> {
  const texts = readTexts(response);
  const start = await readStart(texts);
  const all = prepend(start, texts);
  if (startsStream(start)) {
    yield* readStream(start, all, endpoint);
    return;
  }
  const text = await join(all);
  const body = readObject(text);
  const part = completePart(endpoint.readBody(body), body);
  if (part.text === undefined && part.endReason === undefined) {
    throw new Error(ANSWER_MESSAGES.noAnswer(quote(text)));
  }
  yield part;
}

/** The text up to the piece with the first character that is not blank. */
async function readStart(
  texts: AsyncIterator<string, void>,
): Promise<string> {
  let blank = "";
  while (true) {
    const { value, done } = await texts.next();
    if (done) return blank;
    if (value.trim() !== "") return blank + value;
    blank += value;
  }
}

/** Whether it is neither JSON nor a web page that begins so. */
function startsStream(start: string): boolean {
  return !/^\s*[[{<]/.test(start);
}

async function* prepend(
  start: string,
  texts: AsyncIterable<string>,
): AsyncGenerator<string, void> {
  yield start;
  yield* texts;
}

async function join(texts: AsyncIterable<string>): Promise<string> {
  const pieces: string[] = [];
  for await (const text of texts) pieces.push(text);
  return pieces.join("");
}

/** Ends a stream of Chat Completions, and of others if they like. */
const DONE = "[DONE]";

/** How long the usage may come after the end of the answer. */
const USAGE_WAIT_MS = 1000;

async function* readStream(
  start: string,
  texts: AsyncIterable<string>,
  endpoint: Endpoint,
): AsyncGenerator<AnswerPart, void> {
  const events = readEvents(texts);
  let isEmpty = true;
  let isWhole = false;
  try {
    while (true) {
      const next = isWhole ? await nextSoon(events) : await events.next();
      if (next.done) break;
      isEmpty = false;
      if (next.value.data === DONE) break;
      const event = parseEvent(next.value);
      if (event === undefined) break;
      const part = completePart(endpoint.readEvent(event), event);
      isWhole ||= part.isLast === true;
      yield part;
    }
  } catch (error) {
    // Nothing is missing of an answer that has ended.
    if (!isWhole) throw error;
  } finally {
    // Not awaited: a pending read would have to end first.
    events.return().catch(() => {});
  }
  if (isWhole) return;
  throw new Error(
    isEmpty && start.trim() !== ""
      ? ANSWER_MESSAGES.noAnswer(quote(start))
      : ANSWER_MESSAGES.cutOff,
  );
}

/** The next event, unless it is late. The server may keep the stream open. */
async function nextSoon(
  events: AsyncIterator<StreamEvent, void>,
): Promise<IteratorResult<StreamEvent, void>> {
  const next = await waitAtMost(USAGE_WAIT_MS, events.next());
  return next === LATE ? { done: true, value: undefined } : next;
}

/** `undefined` for an event that was cut off. */
function parseEvent({ data, isComplete }: StreamEvent): Json | undefined {
  return isComplete ? readObject(data) : parseJSON(data);
}

/** Adds what all endpoints share, or throws the error in an answer's place. */
export function completePart(part: AnswerPart, source: Json): AnswerPart {
  const isError = source.type === "error" || Boolean(source.error);
  const message = part.error ?? (isError ? errorMessage(source) : undefined);
  if (message === undefined) return withCost(part, source);
  throw new Error(ANSWER_MESSAGES.failed(message));
}
