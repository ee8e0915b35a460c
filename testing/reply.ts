/**
 * What the fake model says in one turn, before it has the shape of an API.
 *
 * @module
 */

import type { ListedModel } from "./models.ts";
import type { TokenCount } from "./quota.ts";

/** What the fake model says, thinks, or asks for in one turn. */
export interface FakeReply {
  /** What it thinks before it says anything. */
  reasoning?: string;
  /** What it says. */
  text?: string;
  /** The tools it wants to be called. */
  toolCalls?: readonly FakeToolCall[];
}

/** A tool that the fake model wants to be called. */
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
