/**
 * Finds the GitHub credential of a program's environment, for scripts and
 * command line programs.
 *
 * This is the only entry point of the library that looks at environment
 * variables, files and commands.
 *
 * @example A program that finds the credential of whoever runs it
 * ```ts
 * import { createClientOptions } from "@copilot-fetch/core";
 * import { findCredential } from "@copilot-fetch/core/credential";
 *
 * // Omit `io` to search your own environment.
 * const io = { env: { COPILOT_GITHUB_TOKEN: "ghu_demo" } };
 * const { value, source, domain } = await findCredential({ io });
 * const clientOptions = createClientOptions(value, { domain });
 * console.log(source, clientOptions.name); // "COPILOT_GITHUB_TOKEN" "github-copilot"
 * ```
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
