/**
 * Runs commands that use the terminal of the program.
 *
 * @module
 */

import { spawn } from "node:child_process";
import type { RunOptions } from "../credential/mod.ts";

/** Runs a command on the program's own terminal, and returns its exit code. */
export function runOnTerminal(
  command: string,
  args: string[],
  { env, signal }: RunOptions,
): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, stdio: "inherit" });
    child.on("error", reject);
    child.on("close", resolve);
    signal.addEventListener("abort", () => {
      // The terminal sends Ctrl-C to the command as well.
      if (signal.reason !== "SIGINT") child.kill(signal.reason);
    }, { once: true });
  });
}
