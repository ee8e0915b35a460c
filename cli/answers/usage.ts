/**
 * What an answer has used, as its endpoint and Copilot report it.
 *
 * @module
 */

import type { AnswerPart, AnswerUsage, Json } from "./endpoint.ts";

/** The part with the cost, which Copilot adds to a body or a last event. */
export function withCost(part: AnswerPart, source: Json): AnswerPart {
  const { copilot_usage } = source as { copilot_usage?: Json | null };
  const cost = copilot_usage?.total_nano_aiu;
  if (typeof cost !== "number") return part;
  return { ...part, usage: { ...part.usage, nanoAIU: cost } };
}

/** What is known after another part of an answer. */
export function addUsage(
  usage: AnswerUsage,
  { usage: reported = {} }: AnswerPart,
): AnswerUsage {
  const known = Object.entries(reported)
    .filter(([, value]) => Number.isFinite(value));
  return { ...usage, ...Object.fromEntries(known) };
}
