/**
 * Finds the GitHub credential of a program's environment, for scripts and
 * command line programs.
 *
 * This is the only entry point of the library that looks at environment
 * variables, files and commands.
 *
 * @module
 */

export {
  CredentialNotFoundError,
  findCredential,
  type FindCredentialOptions,
  type FoundCredential,
} from "./find_credential.ts";
export type {
  CommandResult,
  CredentialIO,
  Permission,
  RunOptions,
} from "./io.ts";
export type { CredentialAttempt } from "./source.ts";
