/** The page of the benchmarks, and its chart, from the saved results. */
import { spawnSync } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { NEEDS_SHELL } from "../run/command.ts";
import { root } from "../run/files.ts";
import { CHART_TEXT, chartOf } from "./others/chart.ts";
import { type BenchmarkResult, readResult, type Rows } from "./results.ts";

export const PAGE = "docs/benchmarks.md";
export const CHART = "docs/benchmarks_others.svg";

/** The benchmarks in tests/bench or a folder below it: `growth_bench.ts`. */
export function benchmarksIn(folder: string): string[] {
  return readdirSync(join(root, "tests/bench", folder)).sort()
    .filter((file) => file.endsWith("_bench.ts"))
    .map((file) => folder === "" ? file : `${folder}/${file}`);
}

/** Writes the page and its chart anew. */
export function writePage(): void {
  writeFileSync(join(root, CHART), savedChart());
  writeFileSync(join(root, PAGE), savedPage());
  spawnSync("deno", ["fmt", "--quiet", join(root, PAGE)], {
    stdio: "inherit",
    shell: NEEDS_SHELL,
  });
}

/** The chart of the saved results. */
export function savedChart(): string {
  return chartOf(rowsOf(resultsIn("others")));
}

/** The page of the saved results, before `deno fmt` aligns its tables. */
export function savedPage(): string {
  return `# Benchmarks

The figures are medians of ratios, with the least and the greatest in
parentheses. × stands for "times as much as": 2 is twice as much. The two sides
of a ratio were measured in one run.

## What it costs

\`npm --prefix tests run bench -- --save\` measures this:

${sectionOf(resultsIn(""))}
## Against others

\`npm --prefix tests run bench:others -- --save\` measures other clients of
Copilot, unmodified from npm, on Linux. Below 1, copilot-fetch needs less. The
two sides take turns in random order. \`--swap\` exchanges their names, as a
check: it inverts the ratios.

![${CHART_TEXT}](${basename(CHART)})

- **opencode-copilot-auth** is a plugin of opencode. Its \`fetch\` and that of
  \`createCopilotFetch\` send the same requests to a server in another process.
  Its sign-in is in memory here; opencode reads it from a file.
- **copilot-api** is a local server. It runs on Node, \`--serve\` on the runtime
  of the column. Both reach a stand-in of GitHub and Copilot over TLS through a
  proxy. A stream has 20 events, and pauses for 10 ms after the first.
- **@github/copilot-sdk** runs on Node, with its own-provider setting, and
  starts the Copilot CLI. It is an agent: with "hi" it sends a system prompt and
  its tools. copilot-fetch sends what the caller passes.

${sectionOf(resultsIn("others"))}`;
}

/** The saved results of the benchmarks in a folder. */
function resultsIn(folder: string): BenchmarkResult[] {
  return benchmarksIn(folder).map(readResult).filter((result) => !!result);
}

function rowsOf(results: BenchmarkResult[]): Rows {
  return Object.assign({}, ...results.map(({ rows }) => rows));
}

/** A table of all rows, and when and where they were measured. */
function sectionOf(results: BenchmarkResult[]): string {
  const origins = new Set(results.map(originOf));
  return `${tableOf(rowsOf(results))}\n${[...origins].join("\n")}\n`;
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
