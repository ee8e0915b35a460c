/**
 * Everything that has to be right before a change is: `npm --prefix tests test`
 * checks form and types, then runs the same tests on Deno, Bun and Node.
 */
import { spawnSync, type SpawnSyncReturns } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const reports = mkdtempSync(join(tmpdir(), "copilot-fetch-"));
const importMap = "--import-map=tests/import_map.json";
const entryPoints = [
  "mod.ts",
  "cli/mod.ts",
  "credential/mod.ts",
  "testing/mod.ts",
  "usage/mod.ts",
];

const sources = filesUnder(".", ".ts");
const tests = sources.filter((file) => file.endsWith("_test.ts"));
/** What needs Node to run, and so types of Node's: it starts workerd. */
const isForNode = (file: string) => file.startsWith("tests/workerd/");
/** What starts the runtimes itself: once is enough. */
const isForOnce = (file: string) => file.startsWith("tests/package/");
const forAll = tests.filter((file) => !isForNode(file) && !isForOnce(file));
/** What is published. */
const published = sources.filter((file) => !file.startsWith("tests/"));
/** What can be loaded; to load the program is to run it. */
const loadable = published.filter((file) => !file.startsWith("cli/"));
/** What `mod.ts` consists of. */
const library = published.filter((file) =>
  !/^(cli|credential|testing|usage)/.test(file)
);
const coverage = join(reports, "coverage");

const checks: Record<string, string[]> = {
  "the format": ["deno", "fmt", "--check"],
  "the linter": ["deno", "lint"],
  "the types": [
    "deno",
    "check",
    importMap,
    ...sources.filter((file) => !isForNode(file)),
  ],
  "the types, outside Deno": ["tsc", "-p", "tests/tsconfig.json"],
  "the documentation": ["deno", "doc", "--lint", ...entryPoints],
  "the documentation's examples": [
    "deno",
    "check",
    "--doc-only",
    importMap,
    ...published,
  ],
  "the documentation's examples, over a fake": [
    "deno",
    "test",
    "--doc",
    "--no-check",
    "--allow-env",
    "--reporter=dot",
    "--preload=tests/package/over_the_fake.ts",
    importMap,
    ...loadable,
  ],
  "the package": ["deno", "publish", "--dry-run", "--allow-dirty"],
};

const runs: Record<string, (report: string) => string[]> = {
  Deno: (report) => [
    "deno",
    "test",
    "--no-check",
    "--allow-all",
    "--reporter=dot",
    `--junit-path=${report}`,
    `--coverage=${coverage}`,
    importMap,
    ...forAll,
  ],
  Bun: (report) => [
    "bun",
    "test",
    "--dots",
    "--timeout=120000",
    "--tsconfig-override=tests/tsconfig.json",
    "--reporter=junit",
    `--reporter-outfile=${report}`,
    ...forAll.map((file) => `./${file}`),
  ],
  Node: (report) => [
    "tsx",
    "--tsconfig=tests/tsconfig.json",
    "--test",
    "--test-reporter=dot",
    "--test-reporter-destination=stdout",
    "--test-reporter=junit",
    `--test-reporter-destination=${report}`,
    ...tests,
  ],
};

let failedChecks = 0;
let passed = 0;
let failed = 0;

for (const [name, command] of Object.entries(checks)) check(name, command);

for (const [runtime, command] of Object.entries(runs)) {
  console.log(`\n── the tests on ${runtime}`);
  const report = join(reports, `${runtime}.xml`);
  const { status } = run(command(report));
  const count = readReport(report);
  console.log(`\n${runtime}: ${count.passed} passed, ${count.failed} failed`);
  passed += count.passed;
  failed += count.failed;
  // A run that dies, or that finds no test, is a failure of its own.
  const silent = count.failed === 0 && (status !== 0 || count.passed === 0);
  if (silent) failed++;
}

check("the coverage of the library, on Deno", [
  "deno",
  "coverage",
  "--threshold=100",
  `--include=${library.map((file) => `/${file}$`).join("|")}`,
  coverage,
]);
rmSync(reports, { recursive: true });

console.log(
  failedChecks
    ? `\n${failedChecks} of ${Object.keys(checks).length + 1} checks failed`
    : "\nAll checks passed",
);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed || failedChecks ? 1 : 0;

function check(name: string, command: string[]): void {
  console.log(`\n── ${name}`);
  if (run(command).status !== 0) failedChecks++;
}

function run([command, ...args]: string[]): SpawnSyncReturns<Buffer> {
  return spawnSync(command, args, {
    cwd: root,
    stdio: "inherit",
    // On Windows npm's commands are scripts, which only a shell can start.
    shell: process.platform === "win32",
  });
}

/** Counts the cases of a JUnit report, which all three runtimes can write. */
function readReport(file: string): { passed: number; failed: number } {
  const report = existsSync(file) ? readFileSync(file, "utf8") : "";
  const count = (tag: string) => report.split(`<${tag}`).length - 1;
  const failed = count("failure") + count("error");
  return {
    passed: count("testcase") - count("skipped") - failed,
    failed,
  };
}

function filesUnder(folder: string, ending: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .flatMap((entry) => {
      const path = folder === "." ? entry.name : `${folder}/${entry.name}`;
      if (/^(\.|node_modules$)/.test(entry.name)) return [];
      if (entry.isDirectory()) return filesUnder(path, ending);
      return path.endsWith(ending) ? [path] : [];
    }).sort();
}
