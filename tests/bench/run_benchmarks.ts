/** Runs benchmarks on Deno, Bun and Node. */
import { execFileSync, spawnSync } from "node:child_process";
import { join } from "node:path";
import { NEEDS_SHELL } from "../run/command.ts";
import { root } from "../run/files.ts";
import { benchmarksIn, tableOf, writePage } from "./page.ts";
import { resultOf, type Rows, runtimeVersions, saveResult } from "./results.ts";

const RUNTIMES: Record<string, string[]> = {
  Deno: [
    "deno",
    "run",
    "--allow-all",
    "--no-check",
    "--v8-flags=--expose-gc",
    "--import-map=tests/import_map.json",
  ],
  Bun: ["bun", "--tsconfig-override=tests/tsconfig.json"],
  Node: ["tsx", "--expose-gc", "--tsconfig=tests/tsconfig.json"],
};

/** Which benchmarks are run, and how. */
export interface BenchmarkRun {
  /** Below tests/bench. */
  folder: string;
  /** The words of the command line: `--save`, flags, a part of a file's name. */
  words: string[];
  /** Flags that each benchmark gets. */
  flags: string[];
  /** What is compared with, in which version. */
  versions?: Record<string, string>;
}

/** Runs them, prints one table, and writes the page where `--save` is given. */
export function runBenchmarks(
  { folder, words, flags, versions }: BenchmarkRun,
): void {
  const isSaved = words.includes("--save");
  const [selected = ""] = words.filter((word) => !word.startsWith("--"));
  const runtimes = { ...RUNTIMES, ...otherNodes(words) };
  const allRows: Rows = {};
  for (const file of benchmarksIn(folder)) {
    if (!file.includes(selected)) continue;
    const rows: Rows = {};
    for (const [name, command] of Object.entries(runtimes)) {
      console.error(`${file} on ${name}`);
      for (const [what, result] of run(file, name, command, flags)) {
        rows[what] = { ...rows[what], [name]: result };
      }
    }
    const all = { ...runtimeVersions(), ...versions };
    if (isSaved) saveResult(file, resultOf(withoutTree(rows), all));
    Object.assign(allRows, rows);
  }
  console.log(tableOf(allRows));
  if (isSaved) writePage();
}

/** What is kept: not a comparison with the tree that `--before` has named. */
function withoutTree(rows: Rows): Rows {
  const entries = Object.entries(rows);
  return Object.fromEntries(
    entries.filter(([what]) => !what.includes("the tree before")),
  );
}

/** How other versions of Node are started: `--node=PATH` names one. */
function otherNodes(words: string[]): Record<string, string[]> {
  const paths = words.filter((word) => word.startsWith("--node="))
    .map((word) => word.replace("--node=", ""));
  return Object.fromEntries(paths.map((path) => {
    const version = execFileSync(path, ["--version"], { encoding: "utf8" });
    const tsx = join(root, "tests/node_modules/tsx/dist/cli.mjs");
    const [, ...args] = RUNTIMES.Node;
    return [`Node ${version.trim().slice(1)}`, [path, tsx, ...args]];
  }));
}

/** What a benchmark reports on a runtime: pairs of what and result. */
function run(
  file: string,
  name: string,
  [command, ...args]: string[],
  flags: string[],
): string[][] {
  const { status, stdout } = spawnSync(
    command,
    [...args, join("tests/bench", file), ...flags],
    {
      cwd: root,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
      shell: NEEDS_SHELL,
    },
  );
  if (status !== 0) throw new Error(`${file} failed on ${name}`);
  return stdout.trim().split("\n").map((line) => line.split("\t"));
}
