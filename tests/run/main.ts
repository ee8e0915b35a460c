/**
 * Runs the suite: `npm --prefix tests test -- [part ...] [file or name ...]`.
 *
 * Without arguments it checks form, types, documentation and package, and runs
 * the tests on Deno, Bun and Node. CONTRIBUTING.md says more.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { showCommand } from "./command.ts";
import { IMPORT_MAP, updateImportMap } from "./import_map.ts";
import { hasRedis, mustHaveRedis, WITHOUT_REDIS } from "./redis.ts";
import { runStage } from "./run_stage.ts";
import { runTasks } from "./schedule.ts";
import { readSelection, type Selection } from "./selection.ts";
import { filesOf, partsOf, runtimeOf, type Stage, stagesOf } from "./stages.ts";
import { testCommand } from "./test_command.ts";

let passed = 0;
/** What failed, by name. */
const failures: string[] = [];

const selection = readSelection(process.argv.slice(2));
if (!updateImportMap()) {
  failures.push(`${IMPORT_MAP}: was out of date, and is now up to date`);
}
await (selection.watch ? watch(selection) : runAll(selection));

/** Runs the tests of one part again whenever a file changes. */
async function watch(selection: Selection): Promise<void> {
  const [part, ...more] = partsOf(selection);
  if (part === "checks" || more.length > 0) {
    throw new Error("Name one part: npm --prefix tests test -- deno --watch");
  }
  const { files, name } = selection;
  const options = { name, watch: true };
  await showCommand(
    testCommand(runtimeOf(part), filesOf(part, files), options),
  );
}

/** Runs all stages, and prints what became of them. */
async function runAll(selection: Selection): Promise<void> {
  const begun = performance.now();
  const folder = mkdtempSync(join(tmpdir(), "copilot-fetch-"));
  const stages = stagesOf(selection, folder);
  const tasks = stages.map((stage, index) => ({
    ...stage,
    run: () => report(stage, `${index + 1}/${stages.length}`),
  }));
  await runTasks(tasks, availableParallelism());
  rmSync(folder, { recursive: true, force: true });
  if (failures.length > 0) console.log("\nFailed:");
  for (const name of failures) console.log(`  ${name}`);
  console.log(`\nIt took ${secondsSince(begun)}.`);
  const skipped = hasRedis() || mustHaveRedis ? "" : `; ${WITHOUT_REDIS}`;
  console.log(`${passed} passed, ${failures.length} failed${skipped}`);
  process.exitCode = failures.length > 0 ? 1 : 0;
}

/** Runs a stage, and prints its number, name, result and time. */
async function report(stage: Stage, number: string): Promise<void> {
  const begun = performance.now();
  const result = await runStage(stage);
  passed += result.passed;
  for (const name of result.failed) failures.push(`${stage.name}: ${name}`);
  const isSuccess = result.failed.length === 0;
  if (!isSuccess) console.log(`\n${result.output.trimEnd()}\n`);
  const cells = [
    number.padStart(5),
    stage.name.padEnd(24),
    (isSuccess ? "ok" : "FAILED").padEnd(6),
    secondsSince(begun).padStart(8),
    stage.tests ? ` ${result.passed} passed` : "",
    isSuccess ? "" : ` ${result.failed.length} failed`,
  ];
  console.log(cells.join(" ").trimEnd());
}

function secondsSince(begun: number): string {
  return `${((performance.now() - begun) / 1000).toFixed(1)} s`;
}
