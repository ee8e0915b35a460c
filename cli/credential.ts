/**
 * The GitHub credential of a command.
 *
 * @module
 */

import {
  CredentialNotFoundError,
  findCredential,
  type FoundCredential,
} from "../credential/mod.ts";
import type { ConnectionOptions } from "./arguments.ts";
import { UsageError } from "./exit_codes.ts";
import type { IO } from "./io.ts";

/** The messages about a missing credential. */
export const CREDENTIAL_MESSAGES = {
  /** With a line for each source, which says why it has none. */
  missing: (attempts: string) =>
    `${attempts}\nSet COPILOT_GITHUB_TOKEN, or try --demo.`,
} as const;

/** The credential for the built-in fake, which takes any. */
const DEMO_CREDENTIAL = { value: "ghu_demo", source: "--demo" };

/** Finds the credential of a command, or throws a {@linkcode UsageError}. */
export async function readCredential(
  { demo, fromEditor, domain }: ConnectionOptions,
  io: IO,
): Promise<FoundCredential> {
  if (demo) return { ...DEMO_CREDENTIAL, domain: domain ?? "github.com" };
  try {
    return await findCredential({ fromEditor, domain, signal: io.signal, io });
  } catch (error) {
    if (!(error instanceof CredentialNotFoundError)) throw error;
    throw new UsageError(CREDENTIAL_MESSAGES.missing(error.message));
  }
}
