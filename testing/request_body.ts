/**
 * The JSON body of a request to the fake Copilot, and what it holds.
 *
 * @module
 */

import { parseJSON } from "../internal/json.ts";

/**
 * The JSON body of a request, as far as a reply may depend on it.
 *
 * @example An answer that depends on the request
 * ```ts
 * import { createCopilotFetch } from "@copilot-fetch/core";
 * import {
 *   createFakeCopilot,
 *   type FakeChat,
 * } from "@copilot-fetch/core/testing";
 *
 * const reply = (_request: Request, { model }: FakeChat) => `I am ${model}.`;
 * const copilot = createCopilotFetch("ghu_any", createFakeCopilot({ reply }));
 * const response = await copilot("/chat/completions", {
 *   method: "POST",
 *   body: JSON.stringify({
 *     model: "gpt-5-mini",
 *     messages: [{ role: "user", content: "Who are you?" }],
 *   }),
 * });
 * const { choices } = await response.json();
 * console.log(choices[0].message.content); // "I am gpt-5-mini."
 * ```
 */
export interface FakeChat {
  /** The model that is asked. */
  model?: string;
  /** Whether the answer is to be streamed. */
  stream?: boolean;
  /** How it is streamed, in Chat Completions. */
  stream_options?: { include_usage?: boolean };
  /** The conversation, in Chat Completions and Messages. */
  messages?: FakeMessage[];
  /** The conversation in Responses, the texts in Embeddings. */
  input?: string | FakeMessage[];
  /** The longest answer in tokens, in Messages. */
  max_tokens?: number;
  /** How Embeddings are to be sent: `"float"` or `"base64"`. */
  encoding_format?: string;
  /** Any other field. */
  [field: string]: unknown;
}

/**
 * A message of a {@linkcode FakeChat}, or another item of its conversation.
 *
 * @example What was said last
 * ```ts
 * import { createCopilotFetch } from "@copilot-fetch/core";
 * import {
 *   createFakeCopilot,
 *   type FakeMessage,
 * } from "@copilot-fetch/core/testing";
 *
 * const fake = createFakeCopilot();
 * const copilot = createCopilotFetch("ghu_any", fake);
 * await copilot("/chat/completions", {
 *   method: "POST",
 *   body: JSON.stringify({
 *     model: "gpt-5-mini",
 *     messages: [{ role: "user", content: "Hello" }],
 *   }),
 * });
 * const { messages } = await fake.requests[0].json();
 * const last: FakeMessage = messages.at(-1);
 * console.log(last.role, last.content); // "user" "Hello"
 * ```
 */
export interface FakeMessage {
  /** Whose it is. */
  role?: string;
  /** A text or a list of parts. */
  content?: unknown;
  /** Any other field. */
  [field: string]: unknown;
}

/** Reads the body; `undefined` if it is not a JSON object. */
export async function readBody(
  request: Request,
): Promise<FakeChat | undefined> {
  return parseJSON(await request.clone().text());
}

/** The items of `messages` or `input`, if it is a list. */
export function itemsOf({ messages, input }: FakeChat): FakeMessage[] {
  if (Array.isArray(messages)) return messages.filter(isItem);
  return Array.isArray(input) ? input.filter(isItem) : [];
}

/** Whether a member of a conversation is an object, as it has to be. */
export function isItem(value: unknown): value is FakeMessage {
  return typeof value === "object" && value !== null;
}

/** The last message that is the user's: its text, or its other parts as JSON. */
export function promptOf(body: FakeChat): string {
  if (typeof body.input === "string") return body.input;
  const items = itemsOf(body);
  const last = items.findLast(({ role }) => role === "user") ?? items.at(-1);
  const content = last?.content ?? "nothing";
  if (typeof content === "string") return content;
  const parts: { text?: unknown }[] = Array.isArray(content) ? content : [];
  const isText = parts.every((part) => typeof part?.text === "string");
  return isText
    ? parts.map(({ text }) => text).join(" ")
    : JSON.stringify(content);
}

/** Estimates how many tokens the conversation and its tools have. */
export function countInputTokens(body: FakeChat): number {
  const { messages, input, system, instructions, tools } = body;
  const text = JSON.stringify([messages, input, system, instructions, tools]);
  return Math.ceil(text.length / CHARACTERS_PER_TOKEN);
}

/** About as many as an English text has. */
const CHARACTERS_PER_TOKEN = 4;

const IMAGE_TYPES: readonly unknown[] = [
  "image_url", // Chat Completions
  "input_image", // Responses
  "computer_screenshot", // Responses
  "image", // Messages
];

/** Whether the conversation holds an image, however nested. */
export function hasImage(body: FakeChat): boolean {
  return containsImage(itemsOf(body));
}

function containsImage(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(containsImage);
  if (typeof value !== "object" || value === null) return false;
  const { type, content, output, source } = value as Record<string, unknown>;
  return IMAGE_TYPES.includes(type) ||
    [content, output, source].some(containsImage);
}
