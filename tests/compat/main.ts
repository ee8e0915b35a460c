/**
 * Tries the package with newer and older runtimes, the newest SDKs, and what
 * replaces or watches `fetch`: `npm --prefix tests run compat -- [row ...]
 * [--folder=FOLDER] [--without=PACKAGE]`.
 *
 * It installs the versions of tests/compat/package-lock.json into a temporary
 * folder, or uses those of `--folder`. The results are kept in
 * tests/compat/results.json and docs/compatibility.md. A row whose packages
 * are not installed is not run, and the page says so. It takes about eight
 * minutes on two cores, two of which are the installation. `--page` only writes
 * the page anew, from the results that are kept.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { runCommand } from "../run/command.ts";
import { root } from "../run/files.ts";
import { readReport, type Report } from "../run/report.ts";
import { filesOf } from "../run/stages.ts";
import { testCommand } from "../run/test_command.ts";
import { install, PACKAGES, programOf, versionOf } from "./installation.ts";
import { RUNTIME_NAMES } from "./minimum.ts";
import { PAGE, pageOf } from "./page.ts";
import { readResults, saveResult } from "./results.ts";
import {
  NODE_OF_PROGRAMS,
  NODES,
  type Row,
  SDKS,
  TESTS_OF_NODES,
  TYPES,
  WRAPPERS,
} from "./rows.ts";
import { runProgram } from "./run_program.ts";
import { playScenes } from "./scenes/play.ts";
import { checkTypes } from "./types.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    folder: { type: "string" },
    without: { type: "string", multiple: true, default: [] },
    page: { type: "boolean" },
  },
});
if (values.page) {
  writeFileSync(join(root, PAGE), pageOf(readResults()));
  process.exit();
}

const begun = performance.now();
const folder = values.folder
  ? resolve(process.env.INIT_CWD ?? ".", values.folder)
  : mkdtempSync(join(tmpdir(), "copilot-fetch-compat-"));
mkdirSync(folder, { recursive: true });
process.once("exit", () => {
  if (!values.folder) rmSync(folder, { recursive: true, maxRetries: 5 });
});
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => process.exit(130));
}

install(folder, values.without);
let failures = 0;
for (const name of NODES) {
  await tryRow(name, [name], () => runSuite(programOf(folder, name)));
}
const programs = [...SDKS, ...WRAPPERS];
for (const row of programs) await tryProgram(row);
const needed = new Set(programs.flatMap(({ packages }) => packages));
await tryRow(TYPES, [...needed], () => checkTypes(folder));
for (const runtime of RUNTIME_NAMES) {
  const ages = Object.keys(PACKAGES)
    .filter((name) => new RegExp(`^${runtime}-(?!newest)`).test(name));
  for (const name of ages) {
    await tryRow(
      name,
      [name],
      () => playScenes(runtime, programOf(folder, name), folder),
    );
  }
}
writeFileSync(join(root, PAGE), pageOf(readResults()));
const minutes = (performance.now() - begun) / 60_000;
console.log(`\nIt took ${minutes.toFixed(1)} minutes.`);
process.exit(failures > 0 ? 1 : 0);

async function tryProgram({ title, packages, files }: Row): Promise<void> {
  const needed = [...packages, NODE_OF_PROGRAMS];
  await tryRow(title, needed, async () => {
    const node = programOf(folder, NODE_OF_PROGRAMS);
    const external = Object.keys(PACKAGES);
    const place = { node, folder, packages: external };
    const name = title.replaceAll(/\W+/g, "_");
    const { output, ...report } = await runProgram(name, files, place);
    if (report.failed.length > 0) console.log(output);
    return report;
  });
}

/** Runs a row that is asked for, and saves and prints what came of it. */
async function tryRow(
  title: string,
  packages: readonly string[],
  run: () => Promise<Report>,
): Promise<void> {
  const isWanted = positionals.length === 0 ||
    positionals.some((word) => title.startsWith(word));
  if (!isWanted) return;
  const date = new Date().toISOString().slice(0, 10);
  const found = packages.map((name) =>
    [name, versionOf(folder, name)] as const
  );
  const missing = found.filter(([, version]) => !version).map(([name]) => name);
  if (missing.length > 0) {
    console.log(`${title}: not run without ${missing.join(", ")}`);
    saveResult(title, { versions: {}, date, passed: 0, failed: [], missing });
    return;
  }
  const { passed, failed } = await run();
  // The versions before the minimum fail, each for its stated reason.
  const isExpected = /-(before|oldest)$/.test(title);
  console.log(`${title}: ${passed} passed, ${failed.length} failed`);
  for (const name of failed) console.log(`  ${name}`);
  if (failed.length > 0 !== isExpected) failures++;
  const versions = Object.fromEntries(
    found.map(([name, version]) => [name, version ?? ""]),
  );
  saveResult(title, { versions, date, passed, failed });
}

/** Runs the tests of the suite on another Node, folder by folder. */
async function runSuite(node: string): Promise<Report> {
  const tsx = join(root, "tests/node_modules/tsx/dist/cli.mjs");
  const report = join(folder, "suite.xml");
  const total: Report = { passed: 0, failed: [] };
  const selected = filesOf("node")
    .filter((file) => TESTS_OF_NODES.some((tests) => tests.test(file)));
  const folders = new Set(selected.map((file) => dirname(file)));
  for (const tests of folders) {
    const files = selected.filter((file) => dirname(file) === tests);
    rmSync(report, { force: true });
    const [, ...words] = testCommand("node", files, { report });
    const { code, output } = await runCommand([node, tsx, ...words]);
    const { passed, failed } = readReport(report);
    const isSuccess = code === 0 && passed > 0;
    if (!isSuccess) console.log(output.slice(-20_000));
    if (!isSuccess && failed.length === 0) failed.push(`exit code ${code}`);
    total.passed += passed;
    // Newer versions of Node report the whole path.
    total.failed.push(...failed.map((name) => name.replace(root, "")));
  }
  return total;
}
