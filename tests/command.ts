import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

/** How this runtime runs a program. */
const runtime: [command: string, ...args: string[]] = "Deno" in globalThis
  ? ["deno", "run", "--no-check"]
  : "Bun" in globalThis
  ? ["bun"]
  : ["tsx"];

/** What became of a program. */
export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** How a program is run. */
export interface RunOptions {
  /** Laid over this process's environment; `undefined` takes one out. */
  env?: Record<string, string | undefined>;
  /** What Deno may do. */
  permissions?: string[];
  input?: string | Uint8Array;
}

/** Runs a program of this repository on the runtime that runs the tests. */
export async function run(
  program: string,
  args: string[],
  { env, permissions = ["-NE"], input = "" }: RunOptions = {},
): Promise<Outcome> {
  const [command, ...first] = runtime;
  const child = spawn(command, [
    ...first,
    ...(command === "deno" ? permissions : []),
    program,
    ...args,
  ], {
    cwd: root,
    env: { ...process.env, NO_COLOR: "1", ...env },
    shell: process.platform === "win32",
  });
  const outcome: Outcome = { code: null, stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text) => {
    outcome.stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    outcome.stderr += text;
  });
  child.stdin.end(input);
  [outcome.code] = await once(child, "close");
  return outcome;
}
