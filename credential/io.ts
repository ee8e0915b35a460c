/**
 * What the search uses of the platform: variables, files, commands, permissions.
 *
 * @module
 */

import process from "node:process";

/** How a command is run. */
export interface RunOptions {
  /** All variables of the command's environment. */
  env: Readonly<Record<string, string | undefined>>;
  /** Ends the command. */
  signal: AbortSignal;
}

/** What a command that ended has printed. */
export interface CommandResult {
  /** The exit code; `null` if a signal ended it. */
  code: number | null;
  /** What it printed to stdout. */
  stdout: string;
}

/** A permission of Deno. */
export type Permission =
  | { name: "env"; variable?: string }
  | { name: "read"; path: string }
  | { name: "write"; path: string }
  | { name: "run"; command: string };

/** What {@linkcode findCredential} uses of the platform. */
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
