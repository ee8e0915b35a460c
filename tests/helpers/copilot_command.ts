/** What the tests of the command line need. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test as register } from "node:test";
import {
  commandFor,
  type Outcome,
  run,
  type Running,
  type RunOptions,
  start,
} from "./command.ts";
import { hasOpenSSL } from "./authority.ts";
import type { Network } from "./network.ts";

export const SECRET = "ghu_secretsecret";
export const EXCHANGE = "GET https://api.github.com/copilot_internal/v2/token";
export const HOME = "https://api.individual.githubcopilot.com";
export const CHAT = `POST ${HOME}/chat/completions`;

/** Without openssl there is no TLS to prove anything over. */
export const testOverTLS = hasOpenSSL ? register : register.skip;

/** Windows has neither signals nor shell scripts. */
const posix = process.platform !== "win32";
export const testOnPOSIX = posix ? register : register.skip;
export const testOverTLSOnPOSIX = posix ? testOverTLS : register.skip;

/** How the command is run. */
export interface CopilotOptions extends RunOptions {
  /** Where GitHub and Copilot are; there, the credential is known too. */
  network?: Network;
}

/** Everything about the user that must not leak into a test. */
const STRANGE = [
  ...["COPILOT_GITHUB_TOKEN", "GH_TOKEN", "GITHUB_TOKEN", "COPILOT_MODEL"],
  ...["NO_PROXY", "no_proxy", "http_proxy", "https_proxy", "ALL_PROXY"],
  ...["FORCE_COLOR", "CLICOLOR_FORCE"],
];

function withEnv({ network, ...options }: CopilotOptions): RunOptions {
  return {
    preload: network && "tests/helpers/proxy_on_node.ts",
    ...options,
    env: {
      ...Object.fromEntries(STRANGE.map((name) => [name, undefined])),
      // Deno's own question would go through the proxy as well.
      DENO_NO_UPDATE_CHECK: "1",
      ...(network && { ...network.env, COPILOT_GITHUB_TOKEN: SECRET }),
      ...options.env,
    },
  };
}

/** Runs the command, and waits for its end. */
export function copilot(
  args: string[],
  options: CopilotOptions = {},
): Promise<Outcome> {
  return run("cli/mod.ts", args, withEnv(options));
}

/** Starts the command; its stdin stays open unless it has an input. */
export function startCopilot(
  args: string[],
  options: CopilotOptions = {},
): Running {
  const running = start("cli/mod.ts", args, withEnv(options));
  if (options.input !== undefined) running.end(options.input);
  return running;
}

/** The command as words, and the environment that they want. */
export function copilotCommand(
  args: string[],
  options: CopilotOptions = {},
): { words: string[]; options: RunOptions } {
  const full = withEnv(options);
  return { words: commandFor("cli/mod.ts", args, full), options: full };
}

/** What was asked, in order. */
export function asked({ received }: Network): string[] {
  return received.map(({ method, url }) => `${method} ${url}`);
}

/** The JSON body of the last request. */
// deno-lint-ignore no-explicit-any -- each test knows what it looks for
export function lastBody({ received }: Network): any {
  return JSON.parse(received.at(-1)!.body);
}

/** The lines of a text. */
export function linesOf(text: string): string[] {
  return text.trimEnd().split("\n");
}

/** A folder that is there as long as a test. */
export interface Folder extends Disposable {
  path: string;
  /** Puts a file there, and returns its path. */
  write(name: string, content: string | Uint8Array, mode?: number): string;
}

export function createFolder(): Folder {
  const path = mkdtempSync(join(tmpdir(), "copilot-fetch-cli-"));
  return {
    path,
    write(name, content, mode) {
      const file = join(path, name);
      writeFileSync(file, content, { mode });
      return file;
    },
    [Symbol.dispose]() {
      rmSync(path, { recursive: true });
    },
  };
}

/** A port that nobody listens on any more. */
export async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
