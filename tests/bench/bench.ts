/**
 * Runs every `*_bench.ts` on Deno, Bun and Node, and prints one table:
 * `npm --prefix tests run bench -- [--save] [--before=PATH] [name]`.
 *
 * `--save` keeps the results in tests/bench/results and writes
 * docs/benchmarks.md; `--before` names another tree to compare with, and `name`
 * a part of the benchmark's file name.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { root } from "../run/files.ts";
import { benchmarksIn, tableOf, writePage } from "./page.ts";
import { resultOf, type Rows, runtimeVersions, saveResult } from "./results.ts";

const runtimes: Record<string, string[]> = {
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

const flags = process.argv.slice(2);
const isSaved = flags.includes("--save");
const passedOn = flags.filter((flag) => flag.startsWith("--before="));
const [selected = ""] = flags.filter((flag) => !flag.startsWith("--"));

const allRows: Rows = {};
for (const file of benchmarksIn("")) {
  if (!file.includes(selected)) continue;
  const rows: Rows = {};
  for (const name of Object.keys(runtimes)) {
    console.error(`${file} on ${name}`);
    for (const [what, result] of run(file, name)) {
      rows[what] = { ...rows[what], [name]: result };
    }
  }
  if (isSaved) saveResult(file, resultOf(rows, runtimeVersions()));
  Object.assign(allRows, rows);
}
console.log(tableOf(allRows));
if (isSaved) writePage();

/** What a benchmark reports on a runtime: pairs of what and result. */
function run(file: string, name: string): string[][] {
  const [command, ...args] = runtimes[name];
  const { status, stdout } = spawnSync(
    command,
    [...args, join("tests/bench", file), ...passedOn],
    {
      cwd: root,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
      // On Windows npm's commands are scripts, which only a shell can start.
      shell: process.platform === "win32",
    },
  );
  if (status !== 0) throw new Error(`${file} failed on ${name}`);
  return stdout.trim().split("\n").map((line) => line.split("\t"));
}
