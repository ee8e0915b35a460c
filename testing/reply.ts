/**
 * What the fake model says in one turn, before it has the shape of an API.
 *
 * @module
 */

import type { ListedModel } from "./models.ts";
import type { TokenCount } from "./quota.ts";

/**
 * What the fake model says, thinks, or asks for in one turn.
 *
 * @example A model that calls a tool
 * ```ts
 * import { createCopilotFetch } from "@copilot-fetch/core";
 * import {
 *   createFakeCopilot,
 *   type FakeReply,
 * } from "@copilot-fetch/core/testing";
 *
 * const reply: FakeReply = {
 *   toolCalls: [{ name: "get_weather", arguments: { city: "Oslo" } }],
 * };
 * const copilot = createCopilotFetch("ghu_any", createFakeCopilot({ reply }));
 * const response = await copilot("/chat/completions", {
 *   method: "POST",
 *   body: JSON.stringify({
 *     model: "gpt-5-mini",
 *     messages: [{ role: "user", content: "How is the weather in Oslo?" }],
 *   }),
 * });
 * const { choices } = await response.json();
 * console.log(choices[0].finish_reason); // "tool_calls"
 * ```
 */
export interface FakeReply {
  /** What it thinks before it says anything. */
  reasoning?: string;
  /** What it says. */
  text?: string;
  /** The tools it wants to be called. */
  toolCalls?: readonly FakeToolCall[];
}

/**
 * A tool that the fake model wants to be called.
 *
 * @example The arguments of a tool
 * ```ts
 * import { createCopilotFetch } from "@copilot-fetch/core";
 * import {
 *   createFakeCopilot,
 *   type FakeToolCall,
 * } from "@copilot-fetch/core/testing";
 *
 * const call: FakeToolCall = { name: "add", arguments: { a: 1, b: 2 } };
 * const fake = createFakeCopilot({ reply: { toolCalls: [call] } });
 * const copilot = createCopilotFetch("ghu_any", fake);
 * const response = await copilot("/chat/completions", {
 *   method: "POST",
 *   body: JSON.stringify({
 *     model: "gpt-5-mini",
 *     messages: [{ role: "user", content: "What is one and two?" }],
 *   }),
 * });
 * const { choices } = await response.json();
 * const [{ function: { arguments: json } }] = choices[0].message.tool_calls;
 * console.log(JSON.parse(json).b); // 2
 * ```
 */
export interface FakeToolCall {
  /** The tool's name. */
  name: string;
  /** The tool's arguments, before they are made JSON. */
  arguments: unknown;
}

/** A JSON body or event. */
export type Json = Record<string, unknown>;

/** One turn of a model. */
export interface Turn {
  /** Different for each turn. */
  readonly id: number;
  readonly model: ListedModel;
  readonly reply: FakeReply;
  readonly tokens: TokenCount;
  /** What the turn cost, as Copilot reports it. */
  readonly copilotUsage: Json;
  /** Whether a stream of Chat Completions ends with the usage. */
  readonly includesUsage: boolean;
}

/** An API that answers in its own shape. */
export interface Shape {
  /** The answer as one body. */
  whole(turn: Turn): Json;
  /** The answer as events; those with a `type` are named after it. */
  events(turn: Turn): Iterable<Json>;
  /** What the stream's last line says, if the API has one. */
  end?: string;
}

/** A text as a model streams it: a word at a time, with the space after it. */
export function wordsOf(text = ""): string[] {
  return text.match(/\S+\s*|\s+/g) ?? [];
}

/** The arguments of a tool call as a model streams them: in two pieces. */
export function piecesOf(json: string): string[] {
  const middle = Math.ceil(json.length / 2);
  return [json.slice(0, middle), json.slice(middle)].filter(Boolean);
}

/** The arguments of a tool call as JSON. */
export function argumentsOf({ arguments: args }: FakeToolCall): string {
  return JSON.stringify(args) ?? "{}";
}

/** Whether the turn ends so that tools can be called. */
export function callsTools({ toolCalls = [] }: FakeReply): boolean {
  return toolCalls.length > 0;
}

/** A token for each word, and one for each piece of a tool call's arguments. */
export function countOutputTokens(reply: FakeReply): number {
  const { reasoning, text, toolCalls = [] } = reply;
  const pieces = toolCalls.flatMap((call) => piecesOf(argumentsOf(call)));
  return wordsOf(reasoning).length + wordsOf(text).length + pieces.length;
}

/** Seconds since the epoch. */
export function epochSeconds(): number {
  return Math.floor(Date.now() / 1000);
}
