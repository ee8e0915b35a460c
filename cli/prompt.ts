/**
 * The prompt: the words of the command line, files, and what is piped in.
 *
 * @module
 */

import { STDIN } from "./arguments.ts";
import { UsageError } from "./exit_codes.ts";
import { readInput } from "./input.ts";
import type { IO } from "./io.ts";
import { decodeText } from "./decode_text.ts";
import { readUserFile } from "./user_file.ts";

/** The messages about the prompt. */
export const PROMPT_MESSAGES = {
  notText: (source: string) => `${source} is not text in UTF-8 or UTF-16.`,
} as const;

/** The words, the files and the input; empty if there is nothing. */
export async function readPrompt(
  { words, files }: { words: string; files: string[] },
  io: IO,
): Promise<string> {
  const namesStdin = files.includes(STDIN);
  const input = namesStdin || !io.stdin.isTerminal
    ? decode(await readInput(io), "The input")
    : "";
  const parts = [words.trim()];
  for (const file of files) {
    parts.push(file === STDIN ? input : await readNamedFile(file, io));
  }
  if (!namesStdin) parts.push(input);
  return parts.filter((part) => part !== "").join("\n\n");
}

/** A file as a part of a prompt: its name, and its text in a code block. */
async function readNamedFile(path: string, io: IO): Promise<string> {
  const text = decode(await readUserFile(path, io), path);
  const fence = fenceAround(text);
  return `${path}:\n${fence}\n${text}\n${fence}`;
}

/** A fence of a code block that is longer than each in the text. */
function fenceAround(text: string): string {
  let fence = "```";
  for (const [run] of text.matchAll(/`+/g)) {
    if (run.length >= fence.length) fence = `${run}\``;
  }
  return fence;
}

function decode(bytes: Uint8Array, source: string): string {
  const text = decodeText(bytes);
  if (text !== undefined) return text.trimEnd();
  throw new UsageError(PROMPT_MESSAGES.notText(source));
}
