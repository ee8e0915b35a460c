/** Starts a program of this repository on the runtime that runs the tests. */
import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { createOutcome, type Outcome } from "./outcome.ts";
import { deferred } from "./stubs.ts";

export type { Outcome };

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The runtime that runs the tests, and the programs that they start. */
export const runtime = "Deno" in globalThis
  ? "Deno"
  : "Bun" in globalThis
  ? "Bun"
  : "Node";

/** A program that hangs is killed; one that works is far quicker. */
const TIME_LIMIT_MS = 60_000;

/** How a program is run. */
export interface RunOptions {
  /** Merged over this process's environment; `undefined` removes a variable. */
  env?: Record<string, string | undefined>;
  /** Deno's flags. */
  permissions?: string[];
  input?: string | Uint8Array;
}

/** A running program; it is killed when it is disposed of. */
export interface Running extends AsyncDisposable {
  /** What it has printed so far, and in the end its exit code. */
  readonly outcome: Outcome;
  /** What it has printed in the end. */
  readonly ended: Promise<Outcome>;
  /** Waits until it has printed something. */
  prints(what: string | RegExp, where?: "stdout" | "stderr"): Promise<void>;
  /** Writes to its stdin, which stays open. */
  write(text: string): Promise<void>;
  /** Closes its stdin. */
  end(input?: string | Uint8Array): void;
  /** Sends it a signal: by default that of Ctrl-C. */
  kill(signal?: NodeJS.Signals): void;
}

/** The words that run a program on this runtime. */
export function commandFor(
  program: string,
  args: string[],
  { permissions = ["-NE"] }: RunOptions = {},
): string[] {
  const { execPath } = process;
  if (runtime === "Deno") {
    return [execPath, "run", "--no-check", ...permissions, program, ...args];
  }
  if (runtime === "Bun") return [execPath, program, ...args];
  return [execPath, build(program), ...args];
}

/** Programs for Node; `tsx` would compile them again at each start. */
const built = new Map<string, string>();

function build(program: string): string {
  const known = built.get(program);
  if (known) return known;
  // In a folder where the program finds its packages.
  const folder = join(root, "tests/node_modules/.cache/copilot-fetch");
  const name = basename(program, ".ts");
  const outfile = join(folder, `${name}-${process.pid}.mjs`);
  // Deno checks the types of this file too, and must not look for esbuild.
  createRequire(import.meta.url)("esbuild").buildSync({
    entryPoints: [join(root, program)],
    outfile,
    bundle: true,
    platform: "node",
    // Node 20 does not know `using`.
    target: "node20",
    format: "esm",
    packages: "external",
  });
  built.set(program, outfile);
  process.on("exit", () => rmSync(outfile, { force: true }));
  return outfile;
}

/** Starts a program of this repository. */
export function start(
  program: string,
  args: string[],
  options: RunOptions = {},
): Running {
  return startCommand(commandFor(program, args, options), options);
}

/** Starts any command. */
export function startCommand(
  [command, ...args]: string[],
  { env }: RunOptions = {},
): Running {
  const child = spawn(command, args, {
    cwd: root,
    env: { ...process.env, NO_COLOR: "1", ...env },
  });
  const { outcome, add, waitFor } = createOutcome();
  const ended = deferred<Outcome>();
  for (const where of ["stdout", "stderr"] as const) {
    child[where].setEncoding("utf8").on("data", (text) => add(where, text));
  }
  child.stdin.on("error", () => {}); // `prints` reports an early end
  child.on("error", ended.reject);
  const timer = setTimeout(() => child.kill("SIGKILL"), TIME_LIMIT_MS);
  child.on("close", (code) => {
    clearTimeout(timer);
    outcome.code = code;
    ended.resolve(outcome);
  });

  return {
    outcome,
    ended: ended.promise,
    prints: (what, where = "stdout") => waitFor(what, where, ended.promise),
    write(text) {
      return new Promise((resolve) => {
        child.stdin.write(text, () => resolve());
      });
    },
    end(input) {
      child.stdin.end(input);
    },
    kill(signal = "SIGINT") {
      // After `child.kill`, Deno reports no exit code any more.
      if (child.pid) process.kill(child.pid, signal);
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      child.kill("SIGKILL");
      await ended.promise.catch(() => {});
    },
  };
}

/** Runs a program of this repository, and waits for its end. */
export async function run(
  program: string,
  args: string[],
  options: RunOptions = {},
): Promise<Outcome> {
  await using running = start(program, args, options);
  running.end(options.input ?? "");
  return await running.ended;
}
