/**
 * Reads stdin to its end, and reports the wait where nobody may expect it.
 *
 * @module
 */

import { waitFor } from "../internal/waiting.ts";
import { readBytes } from "./read_bytes.ts";
import type { Input, IO } from "./io.ts";
import { writeLine } from "./terminal.ts";

/** The messages about a wait for input. */
export const INPUT_MESSAGES = {
  /** For a pipe: a parent process may have left it open by default. */
  isOpen: (nullDevice: string) =>
    `Waiting for the end of stdin. If there is no input, add "< ${nullDevice}".`,
  isTyped: (keys: string) => `Type the prompt, and end it with ${keys}.`,
} as const;

/** How long an input may be silent until the program says that it waits. */
const SILENCE_MS = 1000;

/** Reads stdin to its end. */
export async function readInput(
  { stdin, stderr, signal, platform }: IO,
): Promise<Uint8Array> {
  const isWindows = platform === "win32";
  const report = (message: string) => {
    writeLine(stderr, message).catch(() => {});
  };
  if (stdin.isTerminal) {
    report(INPUT_MESSAGES.isTyped(isWindows ? "Ctrl-Z and Enter" : "Ctrl-D"));
    return await waitFor(readBytes(stdin), signal);
  }
  const silence = onSilence(() => {
    report(INPUT_MESSAGES.isOpen(isWindows ? "NUL" : "/dev/null"));
  });
  try {
    return await waitFor(readBytes(silence.watch(stdin)), signal);
  } finally {
    silence.stop();
  }
}

/** Calls `report` once, when nothing has come for a while. */
function onSilence(report: () => void) {
  let isReported = false;
  const start = () =>
    setTimeout(() => {
      isReported = true;
      report();
    }, SILENCE_MS);
  let timer = start();
  return {
    async *watch(input: Input): AsyncGenerator<Uint8Array, void> {
      for await (const piece of input) {
        clearTimeout(timer);
        if (!isReported) timer = start();
        yield piece;
      }
    },
    stop: () => clearTimeout(timer),
  };
}
