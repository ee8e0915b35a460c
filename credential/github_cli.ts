/**
 * The credential of GitHub's command line program, `gh`.
 *
 * @module
 */

import { LATE, waitAtMost } from "../internal/waiting.ts";
import type { CommandResult, CredentialIO } from "./io.ts";
import { notPermitted, type SourceResult } from "./source.ts";

/** How long `gh` may take; a keyring that is locked waits for a password. */
const GH_TIMEOUT_MS = 5000;

/** Runs `gh auth token` for a domain. */
export async function askGitHubCLI(
  domain: string,
  io: CredentialIO,
  signal: AbortSignal | null | undefined,
): Promise<SourceResult> {
  // Without a host, `gh` chooses one that it is signed in to.
  const args = ["auth", "token", "--hostname", domain];
  const source = `gh ${args.join(" ")}`;
  if (!await io.isPermitted({ name: "run", command: "gh" })) {
    // Deno ignores the flag for a program that is not on the PATH.
    const reason = "is not permitted, or gh is not installed: " +
      "run Deno with --allow-run=gh";
    return { source, reason };
  }
  // All variables are passed on to `gh`.
  if (!await io.isPermitted({ name: "env" })) {
    return notPermitted(source, "--allow-env");
  }

  const controller = new AbortController();
  const options = { env: gitHubCLIEnvironment(io), signal: controller.signal };
  try {
    const running = io.run("gh", args, options);
    const result = await waitAtMost(GH_TIMEOUT_MS, running, signal);
    return readResult(source, domain, result);
  } catch (error) {
    if (signal?.aborted) throw error;
    return { source, reason: reasonOfFailure(error) };
  } finally {
    controller.abort();
  }
}

/**
 * `gh` would prefer the first two to its own sign-in. The linker's variables may
 * not be passed on in Deno, unless every program may be run.
 */
const OMITTED = /^(GH_TOKEN|GITHUB_TOKEN|(LD|DYLD)_.*)$/;

/** The variables for `gh`. */
export function gitHubCLIEnvironment(
  { env }: CredentialIO,
): CredentialIO["env"] {
  const entries = Object.entries(env).filter(([name]) => !OMITTED.test(name));
  return Object.fromEntries(entries);
}

function readResult(
  source: string,
  domain: string,
  result: CommandResult | typeof LATE,
): SourceResult {
  if (result === LATE) {
    const reason = `took longer than ${GH_TIMEOUT_MS / 1000} seconds; ` +
      "its keyring may wait for a password";
    return { source, reason };
  }
  const value = result.stdout.trim();
  if (result.code === 0 && /^\S+$/.test(value)) return { source, value };
  return { source, reason: `has no sign-in for ${domain}: run gh auth login` };
}

function reasonOfFailure(error: unknown): string {
  const { code } = error as { code?: unknown };
  return code === "ENOENT"
    ? "is not installed, or not on the PATH"
    : "could not be run";
}
