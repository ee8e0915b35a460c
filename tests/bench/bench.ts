/**
 * Runs every `*_bench.ts` on Deno, Bun and Node, and prints one table:
 * `npm --prefix tests run bench -- [--save] [--before=PATH] [name]`.
 *
 * `--save` keeps the results in tests/bench/results and writes
 * docs/benchmarks.md; `--before` names another tree to compare with, and `name`
 * a part of the benchmark's file name. `--page` only writes docs/benchmarks.md
 * anew from what was saved.
 */
import process from "node:process";
import { writePage } from "./page.ts";
import { runBenchmarks } from "./run_benchmarks.ts";

const words = process.argv.slice(2);
const flags = words.filter((word) => word.startsWith("--before="));
if (words.includes("--page")) writePage();
else runBenchmarks({ folder: "", words, flags });
