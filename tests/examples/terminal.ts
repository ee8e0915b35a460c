/** Runs a command, and returns what a terminal would show. */
import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import process from "node:process";
import { NEEDS_SHELL } from "../run/command.ts";
import { root } from "../run/files.ts";

/** A command that hangs is killed; one that works is far quicker. */
const TIME_LIMIT_MS = 120_000;

/** Where npm puts the commands of the packages that the tests bring. */
const COMMANDS = join(root, "tests/node_modules/.bin");

/** How a command has ended, and what it has printed. */
export interface TerminalOutcome {
  /** The exit code, or the signal that ended it. */
  status: number | string;
  /** stdout and stderr, in the order in which they were written. */
  output: string;
}

/**
 * Runs a command in a folder.
 *
 * @param env Merged over the environment; `undefined` removes a variable
 */
export async function runInTerminal(
  [command, ...args]: string[],
  folder: string,
  env: Record<string, string | undefined>,
): Promise<TerminalOutcome> {
  // One file for both outputs keeps their order, which two pipes do not.
  const file = join(tmpdir(), `copilot-fetch-output-${crypto.randomUUID()}`);
  const output = openSync(file, "w");
  try {
    const child = spawn(command, args, {
      cwd: folder,
      env: {
        ...process.env,
        PATH: [COMMANDS, process.env.PATH].join(delimiter),
        NO_COLOR: "1",
        ...env,
      },
      stdio: ["ignore", output, output],
      timeout: TIME_LIMIT_MS,
      killSignal: "SIGKILL",
      shell: NEEDS_SHELL,
    });
    const status = await new Promise<number | string>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code, signal) => resolve(code ?? `${signal}`));
    });
    return { status, output: readFileSync(file, "utf8") };
  } finally {
    closeSync(output);
    rmSync(file, { force: true });
  }
}
