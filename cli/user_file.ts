/**
 * Reads the files that the user names.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { waitFor } from "../internal/waiting.ts";
import { isPermissionDenied, UsageError } from "./exit_codes.ts";
import type { IO } from "./io.ts";

/** The messages about files. */
export const FILE_MESSAGES = {
  missing: (path: string) => `There is no file ${path}.`,
  unreadable: (path: string, reason: string) =>
    `${path} cannot be read: ${reason}`,
} as const;

/** Reads a file by its path or its `file:` URL. */
export async function readUserFile(
  path: string,
  { readFile, signal }: Pick<IO, "readFile" | "signal">,
): Promise<Uint8Array> {
  try {
    const name = /^file:/i.test(path) ? fileURLToPath(path) : path;
    // A named pipe without a writer never ends.
    return await waitFor(readFile(name), signal);
  } catch (error) {
    if (signal.aborted) throw error;
    throw explain(error as Error & { code?: string }, path);
  }
}

function explain(error: Error & { code?: string }, path: string): Error {
  // Deno's message names the flag that is needed.
  if (isPermissionDenied(error)) return error;
  return new UsageError(
    error.code === "ENOENT"
      ? FILE_MESSAGES.missing(path)
      : FILE_MESSAGES.unreadable(path, error.message),
  );
}
