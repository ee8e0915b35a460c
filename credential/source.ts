/**
 * What a source of credentials gives: a credential, or why it has none.
 *
 * @module
 */

/**
 * A source without a credential.
 *
 * @example Why a source has no credential
 * ```ts
 * import {
 *   type CredentialAttempt,
 *   CredentialNotFoundError,
 *   findCredential,
 * } from "@copilot-fetch/core/credential";
 *
 * const io = { env: {}, run: () => Promise.reject(new Error("not found")) };
 * try {
 *   await findCredential({ io });
 * } catch (error) {
 *   if (!(error instanceof CredentialNotFoundError)) throw error;
 *   const [first]: readonly CredentialAttempt[] = error.attempts;
 *   console.log(first.source); // "COPILOT_GITHUB_TOKEN"
 *   console.log(first.reason); // "is not set"
 * }
 * ```
 */
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
