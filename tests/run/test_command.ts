/** The command that runs test files on a runtime. */
import { IMPORT_MAP } from "./import_map.ts";

/** What runs the tests. */
export type Runtime = "deno" | "bun" | "node";

/** How the tests are run. */
export interface TestOptions {
  /** What a test's name contains; all tests by default. */
  name?: string;
  /** The file of a JUnit report; without it, the tests' names are printed. */
  report?: string;
  watch?: boolean;
  /** The folder that Deno's measurements are written to. */
  coverage?: string;
}

/** The words of the command. */
export function testCommand(
  runtime: Runtime,
  files: string[],
  { name, report, watch, coverage }: TestOptions,
): string[] {
  const watching = watch ? ["--watch"] : [];
  switch (runtime) {
    case "deno":
      return [
        ...["deno", "test", "--no-check", "--allow-all"],
        `--import-map=${IMPORT_MAP}`,
        ...(coverage
          ? [`--coverage=${coverage}`, "--coverage-raw-data-only"]
          : []),
        ...watching,
        ...(name ? [`--filter=${name}`] : []),
        ...(report ? ["--reporter=dot", `--junit-path=${report}`] : []),
        ...files,
      ];
    case "bun":
      return [
        ...["bun", "test", "--timeout=120000"],
        "--tsconfig-override=tests/tsconfig.json",
        ...watching,
        ...(name ? [`--test-name-pattern=${escapeRegExp(name)}`] : []),
        ...(report
          ? ["--dots", "--reporter=junit", `--reporter-outfile=${report}`]
          : []),
        ...files.map((file) => `./${file}`),
      ];
    case "node":
      return [
        ...["tsx", "--tsconfig=tests/tsconfig.json", "--test"],
        "--test-timeout=300000", // of a whole file, too
        ...watching,
        ...(name ? [`--test-name-pattern=${escapeRegExp(name)}`] : []),
        ...(report ? nodeReporters(report) : []),
        ...files,
      ];
  }
}

function nodeReporters(report: string): string[] {
  return [
    "--test-reporter=dot",
    "--test-reporter-destination=stdout",
    "--test-reporter=junit",
    `--test-reporter-destination=${report}`,
  ];
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
