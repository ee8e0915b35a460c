/**
 * What the search uses of the platform: variables, files, commands, permissions.
 *
 * @module
 */

import process from "node:process";

/**
 * How a command is run.
 *
 * @example Which variables a command gets
 * ```ts
 * import {
 *   findCredential,
 *   type RunOptions,
 * } from "@copilot-fetch/core/credential";
 *
 * const io = {
 *   env: { GH_HOST: "acme.ghe.com", GH_TOKEN: "" },
 *   isPermitted: () => Promise.resolve(true),
 *   run(_command: string, _args: string[], { env }: RunOptions) {
 *     console.log(Object.keys(env).join()); // "GH_HOST"
 *     return Promise.resolve({ code: 0, stdout: "gho_demo\n" });
 *   },
 * };
 * await findCredential({ io });
 * ```
 */
export interface RunOptions {
  /** All variables of the command's environment. */
  env: Readonly<Record<string, string | undefined>>;
  /** Ends the command. */
  signal: AbortSignal;
}

/**
 * What a command that ended has printed.
 *
 * @example A sign-in of `gh` for a test
 * ```ts
 * import {
 *   type CommandResult,
 *   findCredential,
 * } from "@copilot-fetch/core/credential";
 *
 * const result: CommandResult = { code: 0, stdout: "gho_demo\n" };
 * const io = {
 *   env: {},
 *   isPermitted: () => Promise.resolve(true),
 *   run: () => Promise.resolve(result),
 * };
 * const { source } = await findCredential({ io });
 * console.log(source); // "gh auth token --hostname github.com"
 * ```
 */
export interface CommandResult {
  /** The exit code; `null` if a signal ended it. */
  code: number | null;
  /** What it printed to stdout. */
  stdout: string;
}

/**
 * A permission of Deno.
 *
 * @example What the search asks for
 * ```ts
 * import {
 *   findCredential,
 *   type Permission,
 * } from "@copilot-fetch/core/credential";
 *
 * const asked: Permission[] = [];
 * const io = {
 *   env: { COPILOT_GITHUB_TOKEN: "ghu_demo" },
 *   isPermitted(permission: Permission) {
 *     asked.push(permission);
 *     return Promise.resolve(true);
 *   },
 * };
 * await findCredential({ io });
 * console.log(asked[0].name); // "env"
 * ```
 */
export type Permission =
  | { name: "env"; variable?: string }
  | { name: "read"; path: string }
  | { name: "write"; path: string }
  | { name: "run"; command: string };

/**
 * What {@linkcode findCredential} uses of the platform.
 *
 * @example An editor's sign-in for a test
 * ```ts
 * import {
 *   type CredentialIO,
 *   findCredential,
 * } from "@copilot-fetch/core/credential";
 *
 * const file = { "github.com:app": { oauth_token: "ghu_demo" } };
 * const io: Partial<CredentialIO> = {
 *   env: { HOME: "/home/octocat" },
 *   platform: "linux",
 *   readFile: () => Promise.resolve(JSON.stringify(file)),
 *   isPermitted: () => Promise.resolve(true),
 * };
 * const { source } = await findCredential({ fromEditor: true, io });
 * console.log(source); // "/home/octocat/.config/github-copilot/apps.json"
 * ```
 */
export interface CredentialIO {
  /** The environment's variables. */
  env: Readonly<Record<string, string | undefined>>;
  /** `process.platform`; `"win32"` is Windows. */
  platform: string;
  /** Reads a file; rejects if there is none. */
  readFile(path: string): Promise<string | Uint8Array>;
  /** Runs a command; rejects if it cannot be started. */
  run(
    command: string,
    args: string[],
    options: RunOptions,
  ): Promise<CommandResult>;
  /** Whether something is permitted without a prompt; only Deno asks. */
  isPermitted(permission: Permission): Promise<boolean>;
}

/** The platform itself: Deno, Bun or Node. */
export const platformIO: CredentialIO = {
  // Deno asks for permission when a variable is read, not here.
  env: process.env,
  platform: process.platform,
  async readFile(path) {
    const { readFile } = await import("node:fs/promises");
    return await readFile(path, "utf8");
  },
  run: runCommand,
  isPermitted,
};

async function runCommand(
  command: string,
  args: string[],
  { env, signal }: RunOptions,
): Promise<CommandResult> {
  const { spawn } = await import("node:child_process");
  if (signal.aborted) throw signal.reason;
  return await new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      env,
      stdio: ["ignore", "pipe", "ignore"],
      windowsHide: true,
    });
    const stop = (reason: unknown) => {
      if (child.pid === undefined) return; // it was not started
      child.kill("SIGKILL");
      // A process that it started may hold the pipe open.
      child.stdout.destroy();
      child.unref();
      reject(reason);
    };
    let stdout = "";
    child.stdout.setEncoding("utf8").on("data", (text) => {
      stdout += text;
      if (stdout.length > MAX_OUTPUT_LENGTH) {
        stop(new Error(`${command} prints more than a credential`));
      }
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout }));
    signal.addEventListener("abort", () => stop(signal.reason), { once: true });
  });
}

/** Much longer than any credential, in UTF-16 code units. */
const MAX_OUTPUT_LENGTH = 100_000;

/** The part of Deno that says what is permitted. */
interface DenoGlobal {
  Deno?: {
    permissions: { query(of: Permission): Promise<{ state: string }> };
  };
}

async function isPermitted(permission: Permission): Promise<boolean> {
  const { Deno } = globalThis as DenoGlobal;
  if (!Deno) return true;
  const { state } = await Deno.permissions.query(permission);
  return state === "granted";
}
