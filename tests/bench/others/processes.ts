/** The processes of a benchmark, and their memory. */
import { type ChildProcess, execFileSync } from "node:child_process";
import { once } from "node:events";
import process from "node:process";

/** The resident memory of a process and all that it has started, in bytes. */
export function memoryOf(pid: number): number {
  const rows = execFileSync("ps", ["-eo", "pid=,ppid=,rss="], {
    encoding: "utf8",
  }).trim().split("\n").map((line) => line.trim().split(/\s+/).map(Number));
  const kilobytesBelow = (parent: number): number =>
    rows.filter(([, ppid]) => ppid === parent)
      .reduce((sum, [pid, , rss]) => sum + rss + kilobytesBelow(pid), 0);
  const [, , own] = rows.find(([id]) => id === pid) ?? [0, 0, NaN];
  return (own + kilobytesBelow(pid)) * 1024;
}

/** The id of a process that has started. */
export function idOf({ pid }: ChildProcess): number {
  if (pid === undefined) throw new Error("A process could not be started");
  return pid;
}

/** Ends a process, or the group that it leads, and waits for its end. */
export async function end(child: ChildProcess, isGroup = false): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = once(child, "exit");
  process.kill(isGroup ? -idOf(child) : idOf(child), "SIGKILL");
  await ended;
}
