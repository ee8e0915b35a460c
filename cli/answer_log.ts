/**
 * Prints what an answer has used.
 *
 * @module
 */

import type { AnswerUsage } from "./answers/endpoint.ts";
import type { Output } from "./io.ts";
import { writeEntry } from "./log.ts";

/** Writes tokens and cost, as far as they are known, and the duration. */
export async function logAnswer(
  stderr: Output,
  usage: AnswerUsage,
  milliseconds: number,
): Promise<void> {
  const tokens = tokensOf(usage);
  if (tokens !== "") await writeEntry(stderr, "tokens", tokens);
  const { nanoAIU } = usage;
  if (nanoAIU !== undefined) {
    await writeEntry(stderr, "cost", `${decimalOf(nanoAIU)} AIU`);
  }
  const duration = `${Math.round(milliseconds)} ms`;
  await writeEntry(stderr, "duration", duration);
}

/** Such as "12 in (4 cached), 30 out (8 reasoning)". */
function tokensOf({ input, cached, output, reasoning }: AnswerUsage): string {
  const parts = [
    countOf("in", input, "cached", cached),
    countOf("out", output, "reasoning", reasoning),
  ];
  return parts.filter((part) => part !== "").join(", ");
}

function countOf(
  name: string,
  count: number | undefined,
  partName: string,
  part: number | undefined,
): string {
  if (count === undefined) return "";
  return part ? `${count} ${name} (${part} ${partName})` : `${count} ${name}`;
}

const NANO_PER_UNIT = 1e9;

/** Billionths as a decimal number without an exponent. */
function decimalOf(billionths: number): string {
  return (billionths / NANO_PER_UNIT).toFixed(9).replace(/\.?0+$/, "");
}
