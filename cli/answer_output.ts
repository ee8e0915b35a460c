/**
 * Writes an answer to stdout: unchanged to a pipe, made safe for a terminal.
 *
 * @module
 */

import type { Output } from "./io.ts";
import { safeText } from "./terminal.ts";

/** Writes an answer in pieces. */
export interface AnswerOutput {
  /** Writes a piece. */
  write(text: string): Promise<void>;
  /** Ends the last line of a whole answer. */
  end(): Promise<void>;
  /** Leaves a terminal at the beginning of a line, and a pipe as it is. */
  interrupt(): Promise<void>;
}

/**
 * The end of a piece that the next piece may complete: to a line end, or to a
 * character of two code units.
 */
const INCOMPLETE_END = /[\r\ud800-\udbff]$/;

/** Creates the output of one answer. */
export function createAnswerOutput(stdout: Output): AnswerOutput {
  let incomplete = "";
  let isLineOpen = false;

  async function print(text: string): Promise<void> {
    if (text === "") return;
    isLineOpen = !text.endsWith("\n");
    await stdout.write(stdout.isTerminal ? safeText(text) : text);
  }

  async function printIncomplete(): Promise<void> {
    const text = incomplete;
    incomplete = "";
    await print(text);
  }

  return {
    async write(piece) {
      const text = incomplete + piece;
      incomplete = INCOMPLETE_END.exec(text)?.[0] ?? "";
      await print(text.slice(0, text.length - incomplete.length));
    },
    async end() {
      await printIncomplete();
      if (isLineOpen) await print("\n");
    },
    async interrupt() {
      await printIncomplete();
      if (isLineOpen && stdout.isTerminal) await print("\n");
    },
  };
}
