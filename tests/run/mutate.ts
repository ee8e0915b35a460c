/**
 * Mutates the core and counts what the tests notice:
 * `npm --prefix tests run mutate -- [source file ...]`.
 *
 * Each file has a run of its own, whose tests are ordered so that most mutants
 * are killed within a second.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { basename, join } from "node:path";
import process from "node:process";
import { runCommand } from "./command.ts";
import { coreFiles, denoConfig, read, root, testFiles } from "./files.ts";
import { importsOf } from "./imports.ts";
import { IMPORT_MAP } from "./import_map.ts";
import { runTasks } from "./schedule.ts";

/** Least percentage of mutants that the tests notice. */
const THRESHOLD = 95;

/** Where the tests of a source file are, by its name. */
const SUBJECTS: Record<string, string[]> = {
  "tests/cache": [
    "copilot_token",
    "cache_entry",
    "refresh",
    "shared_task",
    "waiting",
  ],
  "tests/exchange": ["auth", "exchange", "hosts", "lifetime"],
  "tests/errors": [
    "errors",
    "hints",
    "json",
    "redact",
    "response_body",
    "retry_after",
  ],
};
const OTHER_SUBJECT = "tests/transport";

const OUT = "tests/.out/mutation";

/** A file with two hundred mutants takes half an hour on a slow machine. */
const LIMIT_MS = 120 * 60_000;

/** The command that runs the tests, the most likely to fail first. */
function testCommand(source: string): string {
  const name = basename(source, ".ts");
  const near = testFiles.filter((file) =>
    basename(file).startsWith(name) || importsOf(file).includes(source)
  );
  const [subject = OTHER_SUBJECT] = Object.entries(SUBJECTS)
    .filter(([, names]) => names.includes(name)).map(([folder]) => folder);
  const steps = [near, [subject], denoConfig.test.include];
  return steps.filter((paths) => paths.length > 0).map((paths) =>
    `deno test --no-check --allow-all --fail-fast --reporter=dot ` +
    `--import-map=${IMPORT_MAP} ${paths.join(" ")}`
  ).join(" && ");
}

/** Mutates a file, and prints its score and the mutants that were left. */
async function mutate(source: string): Promise<Score> {
  const folder = `${OUT}/${basename(source, ".ts")}`;
  const config = {
    ...JSON.parse(read("tests/stryker.json")),
    mutate: [source],
    commandRunner: { command: testCommand(source) },
    tempDirName: `${folder}/sandbox`,
    jsonReporter: { fileName: `${folder}/report.json` },
  };
  mkdirSync(join(root, folder), { recursive: true });
  const file = `${folder}/stryker.json`;
  writeFileSync(join(root, file), JSON.stringify(config));
  const { code, output } = await runCommand(
    ["stryker", "run", file],
    LIMIT_MS,
  );
  writeFileSync(join(root, folder, "output.txt"), output);
  const score = code === 0 ? scoreOf(`${folder}/report.json`) : NONE;
  console.log(`${source}: ${format(score)}`);
  for (const mutant of score.left) console.log(`  ${source}:${mutant}`);
  return score;
}

interface Score {
  killed: number;
  /** The mutants that no test noticed: line, column, kind and code. */
  left: string[];
}
/** A run that failed counts as one mutant that was left. */
const NONE: Score = {
  killed: 0,
  left: [`1:1: the run failed, see ${OUT}`],
};

interface Mutant {
  status: string;
  mutatorName: string;
  replacement?: string;
  location: { start: { line: number; column: number } };
}

function scoreOf(report: string): Score {
  const { files } = JSON.parse(readFileSync(join(root, report), "utf8"));
  const mutants = Object.values(files as Record<string, { mutants: Mutant[] }>)
    .flatMap(({ mutants }) => mutants);
  const left = mutants.filter(({ status }) =>
    status === "Survived" || status === "NoCoverage"
  );
  const noticed = mutants.filter(({ status }) =>
    status === "Killed" || status === "Timeout"
  );
  return { killed: noticed.length, left: left.map(describe) };
}

function describe({ location, mutatorName, replacement }: Mutant): string {
  const { line, column } = location.start;
  return `${line}:${column}: ${mutatorName}: ${replacement ?? ""}`;
}

function format({ killed, left }: Score): string {
  const all = killed + left.length;
  const percent = all === 0 ? 100 : killed / all * 100;
  return `${killed} of ${all} mutants were noticed: ${percent.toFixed(2)} %`;
}

const wanted = process.argv.slice(2);
const sources = coreFiles.filter((file) =>
  file !== "mod.ts" && (wanted.length === 0 || wanted.includes(file))
);
const total: Score = { killed: 0, left: [] };
await runTasks(
  sources.map((source) => ({
    name: source,
    async run() {
      const { killed, left } = await mutate(source);
      total.killed += killed;
      total.left.push(...left);
    },
  })),
  availableParallelism(),
);
console.log(`All: ${format(total)}`);
const isEnough = total.killed >= (total.killed + total.left.length) *
    THRESHOLD / 100;
process.exitCode = isEnough && sources.length > 0 ? 0 : 1;
