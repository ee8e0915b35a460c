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
import { waysToCredential } from "./credential_ways.ts";
import { wrap } from "./wrap.ts";

/** The messages about a missing credential. */
export const CREDENTIAL_MESSAGES = {
  missing: (domain: string) => `There is no credential for ${domain}.`,
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
    throw missingCredential(error);
  }
}

/** Explains in one screen what was looked for, and how to get it. */
function missingCredential(error: CredentialNotFoundError): UsageError {
  const { domain, attempts } = error;
  const lines = attempts.flatMap(({ source, reason }) =>
    wrap(`${source} ${reason}`, SCREEN_WIDTH, "  ")
  );
  const details = [...lines, "", ...waysToCredential(domain)];
  return new UsageError(CREDENTIAL_MESSAGES.missing(domain), details);
}

/** The width of a terminal at its smallest, in characters. */
const SCREEN_WIDTH = 80;
