/**
 * The search for a GitHub credential, and the error if there is none.
 *
 * @module
 */

import { ownOptions, parseDomain, resolveDomain } from "../internal/options.ts";
import { throwIfAborted } from "../internal/waiting.ts";
import { editorFiles } from "./editor.ts";
import { askGitHubCLI } from "./github_cli.ts";
import { type CredentialIO, platformIO } from "./io.ts";
import type { CredentialAttempt } from "./source.ts";
import {
  hostOfSharedVariables,
  readSharedVariable,
  readVariable,
} from "./variables.ts";

/**
 * Where a credential is looked for. Every option may be omitted.
 *
 * @example A tenant with data residency
 * ```ts
 * import {
 *   findCredential,
 *   type FindCredentialOptions,
 * } from "@copilot-fetch/core/credential";
 *
 * const options: FindCredentialOptions = {
 *   domain: "acme.ghe.com",
 *   // Omit `io` to search your own environment.
 *   io: { env: { COPILOT_GITHUB_TOKEN: "ghu_demo" } },
 * };
 * const { domain } = await findCredential(options);
 * console.log(domain); // "acme.ghe.com"
 * ```
 */
export interface FindCredentialOptions {
  /**
   * The domain that the credential is for, such as `"acme.ghe.com"`.
   *
   * @default the host that the variables belong to, else "github.com"
   */
  domain?: string;
  /**
   * Takes the credential of an editor's sign-in, and nothing else.
   *
   * @default false
   */
  fromEditor?: boolean;
  /**
   * Ends the search; the promise rejects with the signal's reason.
   *
   * @default none
   */
  signal?: AbortSignal | null;
  /**
   * Replaces parts of the platform, for tests and for other environments.
   *
   * @default the platform's own
   */
  io?: Partial<CredentialIO>;
}

/**
 * A credential, and where it was found.
 *
 * @example Say which credential is used, and not its value
 * ```ts
 * import {
 *   findCredential,
 *   type FoundCredential,
 * } from "@copilot-fetch/core/credential";
 *
 * function describe({ source, domain }: FoundCredential): string {
 *   return `${source} for ${domain}`;
 * }
 * // Omit `io` to search your own environment.
 * const io = { env: { COPILOT_GITHUB_TOKEN: "ghu_demo" } };
 * const found = await findCredential({ io });
 * console.log(describe(found)); // "COPILOT_GITHUB_TOKEN for github.com"
 * ```
 */
export interface FoundCredential {
  /** The credential, not yet checked. A secret. */
  value: string;
  /** The variable, the command or the file that it comes from. */
  source: string;
  /** The domain that it is for: the `domain` option of the other functions. */
  domain: string;
}

/**
 * Thrown when no source has a credential. The message has a line for each
 * source, which names the flag where Deno did not permit it.
 *
 * @example Where a credential was looked for
 * ```ts
 * import {
 *   CredentialNotFoundError,
 *   findCredential,
 * } from "@copilot-fetch/core/credential";
 *
 * const io = { env: {}, run: () => Promise.reject(new Error("not found")) };
 * try {
 *   await findCredential({ domain: "acme.ghe.com", io });
 * } catch (error) {
 *   if (!(error instanceof CredentialNotFoundError)) throw error;
 *   console.log(error.domain, error.attempts.length); // "acme.ghe.com" 4
 * }
 * ```
 */
export class CredentialNotFoundError extends Error {
  /** The domain that a credential was looked for. */
  declare readonly domain: string;
  /** The sources, in the order in which they were asked. */
  declare readonly attempts: readonly CredentialAttempt[];

  static {
    this.prototype.name = "CredentialNotFoundError";
  }

  /** Creates an error for the sources that gave no credential. */
  constructor(domain: string, attempts: readonly CredentialAttempt[]) {
    const lines = attempts.map(({ source, reason }) => `${source} ${reason}`);
    const summary = `There is no GitHub credential for ${domain}:`;
    super([summary, ...lines].join("\n"));
    Object.assign(this, { domain, attempts });
  }
}

/**
 * Finds a GitHub credential in the environment.
 *
 * | source | when |
 * | --- | --- |
 * | `COPILOT_GITHUB_TOKEN` | always |
 * | `GH_TOKEN`, then `GITHUB_TOKEN` | if they belong to the domain |
 * | `gh auth token --hostname <domain>` | if it ends within 5 seconds |
 * | `apps.json`, then `hosts.json` of an editor | only with `fromEditor` |
 *
 * `GH_TOKEN` and `GITHUB_TOKEN` belong to the host in `GH_HOST`; else, in GitHub
 * Actions, to the one in `GITHUB_SERVER_URL`; else to github.com. Empty
 * variables count as missing. Nothing is sent, and Deno asks for no permission.
 *
 * @example A script with the credential of its environment
 * ```ts
 * import { createClientOptions } from "@copilot-fetch/core";
 * import { findCredential } from "@copilot-fetch/core/credential";
 *
 * const { value, source, domain } = await findCredential({
 *   // Omit `io` to search your own environment.
 *   io: { env: { GITHUB_TOKEN: "ghu_demo" } },
 * });
 * console.log(source); // "GITHUB_TOKEN"
 * const clientOptions = createClientOptions(value, { domain });
 * console.log(clientOptions.name); // "github-copilot"
 * ```
 *
 * @param options Where it is looked for
 * @throws {CredentialNotFoundError} If there is none
 * @throws {TypeError} If an option is invalid
 */
export async function findCredential(
  options: FindCredentialOptions = {},
): Promise<FoundCredential> {
  const own = ownOptions(options);
  const { fromEditor = false, signal } = own;
  const io = { ...platformIO, ...own.io };
  throwIfAborted(signal);
  const hostOfShared = await hostOfSharedVariables(io);
  // A host of another kind, such as an Enterprise Server, has no Copilot here.
  const domain = resolveDomain(own.domain ?? parseDomain(hostOfShared));
  const sources = fromEditor ? await editorFiles(domain, io) : [
    () => readVariable("COPILOT_GITHUB_TOKEN", io),
    () => readSharedVariable("GH_TOKEN", hostOfShared, domain, io),
    () => readSharedVariable("GITHUB_TOKEN", hostOfShared, domain, io),
    () => askGitHubCLI(domain, io, signal),
  ];
  const attempts: CredentialAttempt[] = [];
  for (const readSource of sources) {
    const result = await readSource();
    if ("value" in result) return { ...result, domain };
    attempts.push(result);
  }
  throw new CredentialNotFoundError(domain, attempts);
}
