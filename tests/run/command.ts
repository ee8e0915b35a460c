/** Runs a command of tests/node_modules in the root. */
import {
  type ChildProcess,
  spawn,
  type SpawnOptions,
} from "node:child_process";
import process from "node:process";
import { root } from "./files.ts";

/** How a command has ended. */
export interface Ended {
  /** `null` where a signal ended it. */
  code: number | null;
  /** stdout and stderr, as they came. */
  output: string;
}

/** The longest stage takes a few minutes on a slow machine. */
const STAGE_LIMIT_MS = 10 * 60_000;

const isWindows = process.platform === "win32";

/** Whether a shell has to start npm's commands: they are scripts on Windows. */
export const NEEDS_SHELL: boolean = isWindows;

/** Runs a command, and collects what it prints. One that hangs is ended. */
export async function runCommand(
  words: string[],
  limit: number = STAGE_LIMIT_MS,
): Promise<Ended> {
  const child = start(words, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NO_COLOR: "1" },
    // A group of its own, so that its children end with it.
    detached: !isWindows,
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => output += text);
  }
  const end = () => endGroup(child);
  const onInterrupt = () => (end(), process.exit(130));
  const timer = setTimeout(() => {
    output += `\nEnded after ${limit / 60_000} minutes`;
    end();
  }, limit);
  process.once("SIGINT", onInterrupt);
  const code = await exitCodeOf(child);
  process.off("SIGINT", onInterrupt);
  clearTimeout(timer);
  return { code, output };
}

/** Runs a command on the user's terminal. */
export async function showCommand(words: string[]): Promise<number | null> {
  return await exitCodeOf(start(words, { stdio: "inherit" }));
}

function start(
  [command, ...args]: string[],
  options: SpawnOptions,
): ChildProcess {
  return spawn(command, isWindows ? args.map(quote) : args, {
    ...options,
    cwd: root,
    shell: NEEDS_SHELL,
  });
}

function endGroup({ pid }: ChildProcess): void {
  if (pid) process.kill(isWindows ? pid : -pid, "SIGKILL");
}

function exitCodeOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
}

/** A word for Windows' shell, such as a test's name. */
function quote(word: string): string {
  return /[\s()&|<>^"]/.test(word) ? `"${word.replaceAll('"', '\\"')}"` : word;
}
