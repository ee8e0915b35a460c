/**
 * What a source of credentials gives: a credential, or why it has none.
 *
 * @module
 */

/** A source without a credential. */
export interface CredentialAttempt {
  /** The variable, the command or the file. */
  source: string;
  /** Why it has no credential, such as `"is not set"`. */
  reason: string;
}

/** A credential with its source, or why there is none. */
export type SourceResult =
  | { source: string; value: string }
  | CredentialAttempt;

/** The result for a source that Deno does not permit without `flag`. */
export function notPermitted(source: string, flag: string): CredentialAttempt {
  return { source, reason: `is not permitted: run Deno with ${flag}` };
}
