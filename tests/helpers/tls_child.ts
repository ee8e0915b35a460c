import { spawn } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { Outcome } from "./command.ts";
import { deferred } from "./stubs.ts";

/** The runtime that runs the tests, and with them the programs. */
export const runtime = "Deno" in globalThis
  ? "Deno"
  : "Bun" in globalThis
  ? "Bun"
  : "Node";

const COMMANDS: Record<typeof runtime, [command: string, ...args: string[]]> = {
  Deno: ["deno", "run", "--no-check", "-NE"],
  Bun: ["bun"],
  Node: ["tsx"],
};

/** What a runtime needs of this process's environment; no proxy, no CA. */
const INHERITED = [
  ...["PATH", "HOME", "TMPDIR", "DENO_DIR", "XDG_CACHE_HOME"],
  ...[
    "PATHEXT",
    "SystemRoot",
    "TEMP",
    "USERPROFILE",
    "APPDATA",
    "LOCALAPPDATA",
  ],
];

/** Ends a program that says nothing more; one that works is far quicker. */
const PATIENCE_MILLISECONDS = 60_000;

/** A program that runs. */
export interface Child extends AsyncDisposable {
  /** Says a line to the program. */
  say(line: string): void;
  /** Waits for `text`, and returns what came up to there since `say`. */
  prints(text: string): Promise<string>;
  /** Says a line, and waits for the line that answers it. */
  ask(line: string): Promise<string>;
  /** Says no more, and waits for the end. */
  finish(): Promise<Outcome>;
}

/** Starts a program of this repository, with `env` and little else. */
export function start(
  program: string,
  args: string[],
  env: Record<string, string>,
): Child {
  const [command, ...first] = COMMANDS[runtime];
  const inherited = INHERITED.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value]];
  });
  const child = spawn(
    command,
    [...first, program, ...args],
    {
      cwd: fileURLToPath(new URL("../..", import.meta.url)),
      env: {
        ...Object.fromEntries(inherited),
        NO_COLOR: "1",
        // Deno's own question would go through the proxy as well.
        DENO_NO_UPDATE_CHECK: "1",
        ...env,
      },
      shell: process.platform === "win32",
    },
  );

  const outcome: Outcome = { code: null, stdout: "", stderr: "" };
  const closed = deferred<Outcome>();
  /** Where in stdout the answer to the last line begins. */
  let from = 0;
  let look = () => {};

  child.stdout.setEncoding("utf8").on("data", (text) => {
    outcome.stdout += text;
    look();
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    outcome.stderr += text;
  });
  child.stdin.on("error", () => {}); // an early end is told by `prints`
  child.on("error", closed.reject);
  const timer = setTimeout(() => child.kill(), PATIENCE_MILLISECONDS);
  child.on("close", (code) => {
    clearTimeout(timer);
    outcome.code = code;
    closed.resolve(outcome);
  });

  function say(line: string): void {
    from = outcome.stdout.length;
    child.stdin.write(`${line}\n`);
  }

  async function prints(text: string): Promise<string> {
    const printed = deferred<string>();
    look = () => {
      const at = outcome.stdout.indexOf(text, from);
      if (at < 0) return;
      printed.resolve(outcome.stdout.slice(from, at + text.length));
    };
    look();
    closed.promise.then(() => {
      const message = `It ended without printing ${JSON.stringify(text)}`;
      printed.reject(new Error(message, { cause: outcome }));
    }, printed.reject);
    return await printed.promise;
  }

  return {
    say,
    prints,
    async ask(line) {
      say(line);
      return (await prints("\n")).trimEnd();
    },
    finish() {
      child.stdin.end();
      return closed.promise;
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      child.kill();
      await closed.promise;
    },
  };
}
