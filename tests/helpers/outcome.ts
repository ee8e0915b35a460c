/** What a program has printed, and waits for what it prints. */
import { deferred } from "./stubs.ts";

/** What a program has printed, and its exit code. */
export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** One of a program's outputs. */
type Where = "stdout" | "stderr";

/** The outcome of a program that still runs. */
export interface RunningOutcome {
  readonly outcome: Outcome;
  /** Adds what the program has printed. */
  add(where: Where, text: string): void;
  /** Waits until it has printed something; rejects if it ends before, or late. */
  waitFor(
    what: string | RegExp,
    where: Where,
    ended: Promise<Outcome>,
  ): Promise<void>;
}

/** How long a program may take to print something; one that works is far quicker. */
const TIME_LIMIT_MS = 60_000;

/** The real timers: a test may put others in their place. */
const { setTimeout, clearTimeout } = globalThis;

/** Creates the outcome of a program that has printed nothing. */
export function createOutcome(): RunningOutcome {
  const outcome: Outcome = { code: null, stdout: "", stderr: "" };
  const waiting = new Set<() => void>();
  return {
    outcome,
    add(where, text) {
      outcome[where] += text;
      for (const look of waiting) look();
    },
    async waitFor(what, where, ended) {
      const printed = deferred();
      const look = () => {
        const text = outcome[where];
        if (what instanceof RegExp ? what.test(text) : text.includes(what)) {
          printed.resolve();
        }
      };
      const fail = (reason: string, printedSoFar = outcome) => {
        const text = JSON.stringify(printedSoFar);
        const message = `${reason} without ${what} on ${where}: ${text}`;
        printed.reject(new Error(message));
      };
      ended.then((outcome) => fail("It ended", outcome), printed.reject);
      const late = `It ran for ${TIME_LIMIT_MS} ms`;
      const timer = setTimeout(() => fail(late), TIME_LIMIT_MS);
      waiting.add(look);
      look();
      await printed.promise.finally(() => {
        waiting.delete(look);
        clearTimeout(timer);
      });
    },
  };
}
