/**
 * What differs where a person watches: spinner, colours, and safe text.
 *
 * @module
 */

import type { Output } from "./io.ts";

/** Moves to the beginning of the line and erases it. */
const ERASE_LINE = "\r\x1b[K";
const SPINNER_FRAMES = [..."⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"];
const SPINNER_INTERVAL_MS = 80;

/** A spinner that turns until it is stopped. */
export interface Spinner {
  /** Stops it, and erases it. */
  stop(): void;
}

/** Shows a spinner, if a person sees it. */
export function startSpinner(output: Output): Spinner {
  if (!output.supportsEscapes) return { stop() {} };
  let frame = 0;
  let timer: ReturnType<typeof setInterval> | undefined = setInterval(() => {
    print(output, `\r${SPINNER_FRAMES[frame++ % SPINNER_FRAMES.length]}`);
  }, SPINNER_INTERVAL_MS);
  return {
    stop() {
      if (timer === undefined) return;
      clearInterval(timer);
      timer = undefined;
      print(output, ERASE_LINE);
    },
  };
}

/** Writes a line where a spinner may turn. */
export function writeLine(output: Output, line: string): Promise<void> {
  const erase = output.supportsEscapes ? ERASE_LINE : "";
  return output.write(`${erase}${line}\n`);
}

/** Erases what a terminal has echoed of Ctrl-C. */
export async function eraseLine(output: Output): Promise<void> {
  if (output.supportsEscapes) await output.write(ERASE_LINE);
}

/** Writes what the program can do without. */
function print(output: Output, text: string): void {
  output.write(text).catch(() => {});
}

/** A text that a terminal shows in red. */
export function red(text: string): string {
  return `\x1b[31m${text}\x1b[0m`;
}

/** Control characters except tab and line feed, and bidirectional overrides. */
const UNSAFE =
  // deno-lint-ignore no-control-regex -- a terminal would obey them
  /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Makes visible what could control a terminal, as JSON escapes it. */
export function safeText(text: string): string {
  return text.replaceAll("\r\n", "\n").replace(
    UNSAFE,
    (character) =>
      `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** The same in one line. */
export function oneLine(text: string): string {
  // An expression for a line end and the blanks around it takes quadratic time.
  const lines = safeText(text).split("\n").map((line) => line.trim());
  return lines.filter((line) => line !== "").join(" ");
}
