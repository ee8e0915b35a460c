/** The page of the benchmarks, and its chart, from the saved results. */
import { spawnSync } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { NEEDS_SHELL } from "../run/command.ts";
import { root } from "../run/files.ts";
import { CHART_TEXT, chartOf } from "./others/chart.ts";
import { type BenchmarkResult, readResult, type Rows } from "./results.ts";
import { COSTS, OTHERS, type Section } from "./sections.ts";

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
of a ratio were measured in one run. "1 against 1000" are both sides.

## What it costs

\`npm --prefix tests run bench -- --save\` measures this:

${sectionsOf(COSTS, resultsIn(""))}
## Against others

\`npm --prefix tests run bench:others -- --save\` measures other clients of
Copilot, unmodified from npm, on Linux. Below 1, copilot-fetch needs less. The
two sides take turns in random order. \`--swap\` exchanges their names, as a
check: it inverts the ratios.

![${CHART_TEXT}](${basename(CHART)})

${sectionsOf(OTHERS, resultsIn("others"))}`;
}

/** The saved results of the benchmarks in a folder. */
function resultsIn(folder: string): BenchmarkResult[] {
  return benchmarksIn(folder).map(readResult).filter((result) => !!result);
}

function rowsOf(results: BenchmarkResult[]): Rows {
  return Object.assign({}, ...results.map(({ rows }) => rows));
}

/** The sections with their rows, and when and where these were measured. */
export function sectionsOf(
  sections: readonly Section[],
  results: BenchmarkResult[],
): string {
  const rows = rowsOf(results);
  const names = new Set(sections.flatMap(({ rows }) => Object.keys(rows)));
  const missing = Object.keys(rows).filter((name) => !names.has(name));
  if (missing.length > 0) {
    throw new Error(`tests/bench/sections.ts has no row "${missing[0]}"`);
  }
  const origins = new Set(results.map(originOf));
  const parts = sections.map((section) => sectionOf(section, rows));
  return `${parts.join("")}${[...origins].join("\n")}\n`;
}

/** A title, a text, a table, and a list of what is the same on all runtimes. */
function sectionOf({ title, text, rows: names }: Section, rows: Rows): string {
  const measured = Object.keys(names).filter((name) => name in rows);
  const isEqual = (name: string) =>
    new Set(Object.values(rows[name])).size === 1;
  const different = measured.filter((name) => !isEqual(name));
  const table = Object.fromEntries(
    different.map((name) => [names[name], rows[name]]),
  );
  const list = measured.filter(isEqual).map((name) =>
    `- ${names[name]}: ${Object.values(rows[name])[0]} on each runtime\n`
  ).join("");
  const parts = different.length > 0 ? [tableOf(table), list] : [list];
  return [`### ${title}`, text, ...parts.filter(Boolean)].join("\n\n")
    .trimEnd() + "\n\n";
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
