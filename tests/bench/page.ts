/** Writes docs/benchmarks.md from the saved results. */
import { spawnSync } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { root } from "../run/files.ts";
import { type BenchmarkResult, readResult, type Rows } from "./results.ts";

const PAGE = join(root, "docs/benchmarks.md");

/** The benchmarks in tests/bench or a folder below it: `cold_bench.ts`. */
export function benchmarksIn(folder: string): string[] {
  return readdirSync(join(root, "tests/bench", folder)).sort()
    .filter((file) => file.endsWith("_bench.ts"))
    .map((file) => folder === "" ? file : `${folder}/${file}`);
}

/** Writes the page anew. */
export function writePage(): void {
  const own = benchmarksIn("").map(readResult).filter((result) => !!result);
  writeFileSync(
    PAGE,
    `# Benchmarks

Medians of ratios, with the least and the greatest. × is "times as much as". The
two sides of a ratio were measured in one run.

## What it costs

\`npm --prefix tests run bench -- --save\`:

${sectionOf(own)}`,
  );
  spawnSync("deno", ["fmt", "--quiet", PAGE], {
    stdio: "inherit",
    // On Windows npm's commands are scripts, which only a shell can start.
    shell: process.platform === "win32",
  });
}

/** A table of all rows, and when and where they were measured. */
function sectionOf(results: BenchmarkResult[]): string {
  const rows = Object.assign({}, ...results.map(({ rows }) => rows));
  const origins = new Set(results.map(originOf));
  return `${tableOf(rows)}\n${[...origins].join("\n")}\n`;
}

/** Rows as a table of Markdown, with a column for each runtime. */
export function tableOf(rows: Rows): string {
  const columns = [...new Set(Object.values(rows).flatMap(Object.keys))];
  return [
    ["what", ...columns],
    ["---", ...columns.map(() => "---")],
    ...Object.entries(rows).map(([what, results]) => [
      what,
      ...columns.map((column) => results[column] ?? "–"),
    ]),
  ].map((cells) => `| ${cells.join(" | ")} |\n`).join("");
}

/** Such as "2026-11-25, 2 × AMD EPYC, Deno 2.9.5.". */
function originOf({ date, machine, versions }: BenchmarkResult): string {
  const names = Object.entries(versions).map(([name, it]) => `${name} ${it}`);
  return `${[date, machine, ...names].join(", ")}.`;
}
