/**
 * Runs other clients of Copilot, unmodified from npm, against this one:
 * `npm --prefix tests run bench:others -- [--save] [--swap] [--quick] [name]`.
 *
 * `--save` keeps the results in tests/bench/others/results and writes
 * docs/benchmarks.md. `--swap` exchanges the names of the two sides, which has
 * to invert the ratios. `--quick` measures a tenth, to try it. `--folder=PATH`
 * keeps the installation there, and uses it again.
 */
import process from "node:process";
import { runBenchmarks } from "../run_benchmarks.ts";
import { installOthers } from "./installation.ts";

const words = process.argv.slice(2);
const isSwapped = words.includes("--swap");
const isQuick = words.includes("--quick");
if (words.includes("--save") && (isSwapped || isQuick)) {
  console.error("--save is for whole results: without --swap and --quick");
  process.exit(2);
}
const kept = words.find((word) => word.startsWith("--folder="))?.slice(9);

using others = installOthers(kept);
runBenchmarks({
  folder: "others",
  words,
  flags: [
    `--packages=${others.folder}`,
    ...words.filter((word) => ["--swap", "--quick"].includes(word)),
  ],
  versions: others.versions,
});
