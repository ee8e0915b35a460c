/**
 * Runs every `*_bench.ts` on Deno, Bun and Node, and prints one table:
 * `npm --prefix tests run bench -- [--save] [--before=PATH] [--swap]
 * [--node=PATH] [name]`.
 *
 * `--save` keeps the results in tests/bench/results and writes
 * docs/benchmarks.md; `--before` names another tree to compare with, and `name`
 * a part of the benchmark's file name. `--node` names another version of Node
 * to measure as well; `--swap` gives both sides of the ratios over loopback the
 * other's name, which has to invert them. `--page` only writes docs/benchmarks.md
 * anew from what was saved.
 */
import process from "node:process";
import { writePage } from "./page.ts";
import { runBenchmarks } from "./run_benchmarks.ts";

const words = process.argv.slice(2);
const flags = words.filter((word) => /^--(before=|swap$)/.test(word));
if (words.includes("--page")) writePage();
else runBenchmarks({ folder: "", words, flags });
