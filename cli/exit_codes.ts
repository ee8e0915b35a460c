/**
 * The exit codes of the program, and which failure leads to which.
 *
 * | code | when |
 * | --- | --- |
 * | 0 | the command has succeeded, or the reader of stdout has closed the pipe |
 * | 1 | a request was refused or failed, or an answer was cut off |
 * | 2 | wrong usage, no credential, or a permission that Deno denies |
 * | 129, 130, 143 | ended by SIGHUP, SIGINT (Ctrl-C), SIGTERM |
 *
 * @module
 */

import type { Signal } from "./io.ts";

/** The command has succeeded. */
export const SUCCESS = 0;
/** A request was refused or failed, or an answer was cut off. */
export const FAILURE = 1;
/** Wrong usage, no credential, or a permission that Deno denies. */
export const WRONG_USAGE = 2;

/** 128 and the signal's number, as shells report it. */
const SIGNAL_CODES: Readonly<Record<Signal, number>> = {
  SIGHUP: 129,
  SIGINT: 130,
  SIGTERM: 143,
};

/** The exit code of a program that a signal has ended. */
export function exitCodeOfSignal(signal: Signal): number {
  return SIGNAL_CODES[signal];
}

/** A mistake of the caller's, or something that only the caller can provide. */
export class UsageError extends Error {
  /** Creates the error; `details` are the lines that explain it. */
  constructor(message: string, readonly details: readonly string[] = []) {
    super(message);
  }
}

/** The exit code for a failure. */
export function exitCodeOfError(error: unknown): number {
  return error instanceof UsageError || isPermissionDenied(error)
    ? WRONG_USAGE
    : FAILURE;
}

/** Whether Deno denies a permission. Its message names the flag that grants it. */
export function isPermissionDenied(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error.name === "NotCapable" ||
    /^Requires \w+ access/.test(error.message) ||
    isPermissionDenied(error.cause);
}

/** Whether the program that reads stdout has closed the pipe. */
export function isClosedPipe(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EPIPE";
}
