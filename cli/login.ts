/**
 * The command that explains how to get a credential, and signs in with the
 * GitHub CLI.
 *
 * @module
 */

import {
  CredentialNotFoundError,
  findCredential,
  type FoundCredential,
} from "../credential/mod.ts";
import { gitHubCLIEnvironment } from "../credential/github_cli.ts";
import { LATE, waitAtMost, waitFor } from "../internal/waiting.ts";
import { placeOf } from "./hints.ts";
import type { Input, IO } from "./io.ts";
import { signInCommand, waysToCredential } from "./credential_ways.ts";

/** The messages about signing in. */
export const LOGIN_MESSAGES = {
  /** The source is "in GH_TOKEN", or "from …". */
  found: (source: string) => `There is a credential ${source} already.`,
  question: (command: string) => `Run \`${command}\` now? [y/N] `,
  failed: (command: string) => `\`${command}\` has failed.`,
} as const;

/** How long `gh` may take to print its version. */
const GH_TIMEOUT_MS = 5000;

/** Prints the ways to a credential, and offers the one with the GitHub CLI. */
export async function logIn(
  givenDomain: string | undefined,
  io: IO,
): Promise<void> {
  const { stdin, stdout, stderr, signal } = io;
  const result = await searchCredential(givenDomain, io);
  const { domain } = result;
  const lines = result instanceof CredentialNotFoundError
    ? waysToCredential(domain)
    : [LOGIN_MESSAGES.found(placeOf(result)), "", ...waysToCredential(domain)];
  await stdout.write(`${lines.join("\n")}\n`);

  if (!stdin.isTerminal || !stderr.isTerminal) return;
  if (!await hasGitHubCLI(io)) return;
  const signIn = signInCommand(domain);
  await stderr.write(`\n${LOGIN_MESSAGES.question(signIn)}`);
  const answer = await waitFor(readLine(stdin), signal);
  if (!/^y(es)?$/i.test(answer.trim())) return;
  const [command, ...args] = signIn.split(" ");
  const env = gitHubCLIEnvironment(io);
  const code = await io.runOnTerminal(command, args, { env, signal });
  if (code !== 0) throw new Error(LOGIN_MESSAGES.failed(signIn));
}

async function searchCredential(
  domain: string | undefined,
  io: IO,
): Promise<FoundCredential | CredentialNotFoundError> {
  try {
    return await findCredential({ domain, signal: io.signal, io });
  } catch (error) {
    if (error instanceof CredentialNotFoundError) return error;
    throw error;
  }
}

/** Whether `gh` is installed, and Deno permits to run it. */
async function hasGitHubCLI(io: IO): Promise<boolean> {
  const isPermitted = await io.isPermitted({ name: "run", command: "gh" }) &&
    await io.isPermitted({ name: "env" });
  if (!isPermitted) return false;
  const controller = new AbortController();
  const options = { env: gitHubCLIEnvironment(io), signal: controller.signal };
  try {
    const running = io.run("gh", ["--version"], options);
    const result = await waitAtMost(GH_TIMEOUT_MS, running, io.signal);
    return result !== LATE && result.code === 0;
  } catch (error) {
    if (io.signal.aborted) throw error;
    return false;
  } finally {
    controller.abort();
  }
}

/** Reads a line from a keyboard, and then leaves the keyboard to others. */
async function readLine(stdin: Input): Promise<string> {
  const decoder = new TextDecoder();
  let line = "";
  for await (const bytes of stdin) {
    line += decoder.decode(bytes, { stream: true });
    if (line.includes("\n")) break;
  }
  return line;
}
