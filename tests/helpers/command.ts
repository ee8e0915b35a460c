import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { deferred } from "./stubs.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The runtime that runs the tests, and with them the programs. */
export const runtime = "Deno" in globalThis
  ? "Deno"
  : "Bun" in globalThis
  ? "Bun"
  : "Node";

/** Ends a program that says nothing more; one that works is far quicker. */
const PATIENCE_MILLISECONDS = 60_000;

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
  /** A module of this repository that Node loads first. */
  preload?: string;
  input?: string | Uint8Array;
}

/** A program that runs; it is killed when it is disposed of. */
export interface Running extends AsyncDisposable {
  /** What it has said so far, and in the end its code. */
  readonly outcome: Outcome;
  /** What became of it. */
  readonly ended: Promise<Outcome>;
  /** Waits until it has said this on stdout, or elsewhere. */
  says(what: string | RegExp, where?: "stdout" | "stderr"): Promise<void>;
  /** Writes to its stdin, which stays open, until it is on its way. */
  write(text: string): Promise<void>;
  /** Closes its stdin. */
  end(input?: string | Uint8Array): void;
  /** Does what Ctrl-C does. */
  interrupt(): void;
}

/** The words that run a program on this runtime. */
export function commandFor(
  program: string,
  args: string[],
  { permissions = ["-NE"], preload }: RunOptions = {},
): string[] {
  const { execPath } = process;
  if (runtime === "Deno") {
    return [execPath, "run", "--no-check", ...permissions, program, ...args];
  }
  if (runtime === "Bun") return [execPath, program, ...args];
  const imports = preload
    ? ["--import", `${pathToFileURL(build(preload))}`]
    : [];
  return [execPath, ...imports, build(program), ...args];
}

/** The programs as Node knows them; `tsx` would make them anew at each start. */
const built = new Map<string, string>();

function build(program: string): string {
  const known = built.get(program);
  if (known) return known;
  // Not in the system's folder, where they would not find their packages.
  const folder = join(root, "tests/node_modules/.cache/copilot-fetch");
  const name = basename(program, ".ts");
  const outfile = join(folder, `${name}-${process.pid}.mjs`);
  // Deno checks the types of this file too, and must not look for esbuild.
  createRequire(import.meta.url)("esbuild").buildSync({
    entryPoints: [join(root, program)],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    packages: "external",
  });
  built.set(program, outfile);
  process.on("exit", () => rmSync(outfile, { force: true }));
  return outfile;
}

/** Starts a program of this repository on the runtime that runs the tests. */
export function start(
  program: string,
  args: string[],
  options: RunOptions = {},
): Running {
  return startCommand(commandFor(program, args, options), options);
}

/** Starts whatever it is. */
export function startCommand(
  [command, ...args]: string[],
  { env }: RunOptions = {},
): Running {
  const child = spawn(command, args, {
    cwd: root,
    env: { ...process.env, NO_COLOR: "1", ...env },
  });
  const outcome: Outcome = { code: null, stdout: "", stderr: "" };
  const ended = deferred<Outcome>();
  const waiting = new Set<() => void>();
  for (const where of ["stdout", "stderr"] as const) {
    child[where].setEncoding("utf8").on("data", (text) => {
      outcome[where] += text;
      for (const look of waiting) look();
    });
  }
  child.stdin.on("error", () => {}); // an early end is told by `says`
  child.on("error", ended.reject);
  const timer = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MILLISECONDS);
  child.on("close", (code) => {
    clearTimeout(timer);
    outcome.code = code;
    ended.resolve(outcome);
  });

  return {
    outcome,
    ended: ended.promise,
    async says(what, where = "stdout") {
      const said = deferred();
      const look = () => {
        const text = outcome[where];
        if (what instanceof RegExp ? what.test(text) : text.includes(what)) {
          said.resolve();
        }
      };
      ended.promise.then(() => {
        const message = `It ended without saying ${what} on ${where}: ` +
          JSON.stringify(outcome);
        said.reject(new Error(message));
      }, said.reject);
      waiting.add(look);
      look();
      await said.promise.finally(() => waiting.delete(look));
    },
    write(text) {
      return new Promise((resolve) => {
        child.stdin.write(text, () => resolve());
      });
    },
    end(input) {
      child.stdin.end(input);
    },
    interrupt() {
      // After `child.kill`, Deno tells no code any more.
      if (child.pid) process.kill(child.pid, "SIGINT");
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
