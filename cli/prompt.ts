/**
 * The prompt: the words of the command line, and what is piped in.
 *
 * @module
 */

import { waitFor } from "../internal/shared_task.ts";
import { readBytes } from "./bytes.ts";
import { UsageError } from "./exit_codes.ts";
import type { IO } from "./io.ts";

/** The messages about the input. */
export const PROMPT_MESSAGES = {
  notText: "The input is not text in UTF-8.",
} as const;

/** The words, followed by the input; empty if there is neither. */
export async function readPrompt(
  words: string,
  { stdin, signal }: Pick<IO, "stdin" | "signal">,
): Promise<string> {
  // At a keyboard, the program would wait for input that nobody expects.
  const input = stdin.isTerminal
    ? ""
    : decode(await waitFor(readBytes(stdin), signal));
  return [words.trim(), input].filter((part) => part !== "").join("\n\n");
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes).trimEnd();
  } catch {
    throw new UsageError(PROMPT_MESSAGES.notText);
  }
}
