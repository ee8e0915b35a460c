/**
 * What the three endpoints that answer a prompt have in common.
 *
 * @module
 */

/** A JSON object. */
export type Json = Record<string, unknown>;

/** What a model is asked, before it has the shape of an endpoint. */
export interface Chat {
  model: string;
  /** The longest answer that the model gives, in tokens, if it is known. */
  maxOutputTokens: number | undefined;
  system: string | undefined;
  /** Empty if there is an image. */
  prompt: string;
  /** `https:` and `data:` URLs. */
  images: readonly string[];
  /** How much the model is to think, in the model's own words. */
  effort: string | undefined;
  stream: boolean;
}

/** Why a model has stopped. Only a `"complete"` answer is a whole one. */
export type EndReason =
  | "complete"
  | "length"
  | "filter"
  | "toolCall"
  | "unfinished";

/** What an event of a stream, or a whole body, says. */
export interface AnswerPart {
  /** A part of the answer's text; what the model thinks is no part of it. */
  text?: string;
  /** Why the model has stopped. */
  endReason?: EndReason;
  /** Whether no text follows. */
  isLast?: boolean;
  /** What the answer has used, as far as it is known by now. */
  usage?: AnswerUsage;
  /** Why Copilot has broken off the answer. */
  error?: string;
}

/** What an answer has used: tokens, and what they cost. */
export interface AnswerUsage {
  input?: number;
  output?: number;
  /** The part of the input that was cached. */
  cached?: number;
  /** The part of the output that the model has thought. */
  reasoning?: number;
  /** The cost in billionths of GitHub's unit, the AIU. */
  nanoAIU?: number;
}

/** One of the endpoints that answer a prompt. */
export interface Endpoint {
  /** Its path, as `/models` lists it. */
  readonly path: string;
  /** The body of a request. */
  createBody(chat: Chat): Json;
  /** Reads an event of a stream. */
  readEvent(event: Json): AnswerPart;
  /** Reads the body of a response that is not a stream. */
  readBody(body: Json): AnswerPart;
}

/** The content of a message: a text, or parts if there are images. */
export function contentOf(
  { prompt, images }: Chat,
  textPart: (text: string) => Json,
  imagePart: (url: string) => Json,
): string | Json[] {
  if (images.length === 0) return prompt;
  const parts = images.map(imagePart);
  return prompt === "" ? parts : [textPart(prompt), ...parts];
}

/** The objects in a list; none if it is no list. */
export function objectsIn<T extends object>(
  list: readonly T[] | null | undefined,
): T[] {
  if (!Array.isArray(list)) return [];
  return list.filter((item) => typeof item === "object" && item !== null);
}

/** The value if it is a text. GitHub documents none of the shapes. */
export function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
