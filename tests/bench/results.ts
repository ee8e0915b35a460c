/** The last result of each benchmark, in a file of its own. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { root } from "../run/files.ts";

/** What one run of a benchmark has measured. */
export interface BenchmarkResult {
  /** Such as "2026-11-25". */
  date: string;
  machine: string;
  /** By what it is the version of, such as "Deno". */
  versions: Record<string, string>;
  rows: Rows;
}

/** By what was measured: what each runtime, or each program, has reached. */
export type Rows = Record<string, Record<string, string>>;

/** The file of a benchmark's result, such as results/growth.json. */
function fileOf(benchmark: string): string {
  const [, folder, name] = /^(.*?)(\w+)_bench\.ts$/.exec(benchmark) ?? [];
  return join(root, "tests/bench", folder, "results", `${name}.json`);
}

/** Reads what `growth_bench.ts` has measured, if it was ever saved. */
export function readResult(benchmark: string): BenchmarkResult | undefined {
  const file = fileOf(benchmark);
  if (!existsSync(file)) return undefined;
  return JSON.parse(readFileSync(file, "utf8"));
}

/** Replaces what a benchmark has measured. */
export function saveResult(benchmark: string, result: BenchmarkResult): void {
  const file = fileOf(benchmark);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`);
}

/** What was measured now, on this machine. */
export function resultOf(
  rows: Rows,
  versions: Record<string, string>,
): BenchmarkResult {
  const [{ model }] = cpus();
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus().length} × ${model.trim()}`,
    versions,
    rows,
  };
}

/** The versions of the runtimes that tests/package-lock.json installs. */
export function runtimeVersions(): Record<string, string> {
  const lock = join(root, "tests/package-lock.json");
  const { packages } = JSON.parse(readFileSync(lock, "utf8"));
  return {
    Deno: packages["node_modules/deno"].version,
    Bun: packages["node_modules/bun"].version,
    Node: process.versions.node,
  };
}
