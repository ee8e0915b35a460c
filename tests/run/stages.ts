/** The stages of a run: checks, and tests by runtime and subject. */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { CHECKS } from "./checks.ts";
import { coreFiles, denoConfig, root, testFiles } from "./files.ts";
import { type Part, PARTS, type Selection } from "./selection.ts";
import { type Runtime, testCommand, type TestOptions } from "./test_command.ts";

/** A command of the suite. */
export interface Stage {
  name: string;
  command: string[];
  /** The test files, and where the command reports on them; not of a check. */
  tests?: { files: string[]; report: string };
  /** The name of the stage that has to end before. */
  after?: string;
  /** Stages with the same lock do not run at the same time. */
  lock?: string;
}

const RUNTIMES: readonly Part[] = ["deno", "bun", "node"];

/** Folders whose tests are for one part alone. */
const FOLDERS_OF_A_PART = ["workerd", "package"];

/** Folders whose servers and child processes must not be slowed down. */
const LOCKED_FOLDERS = ["network", "package"];

/** `cli` for `tests/cli/ask_test.ts`. */
function folderOf(file: string): string {
  return file.split("/")[1];
}

function belongsTo(part: Part, file: string): boolean {
  const folder = folderOf(file);
  if (FOLDERS_OF_A_PART.includes(folder)) return folder === part;
  return RUNTIMES.includes(part);
}

/** `core` for what `deno test` runs, else the folder. */
function subjectOf(file: string): string {
  const folder = folderOf(file);
  return denoConfig.test.include.includes(`tests/${folder}`) ? "core" : folder;
}

/** The stages of a selection. Reports and coverage are written to `folder`. */
export function stagesOf(selection: Selection, folder: string): Stage[] {
  const { files, name } = selection;
  if (files === undefined && name === undefined) {
    const parts = selection.parts.length > 0 ? selection.parts : PARTS;
    return parts.flatMap((part) => wholePart(part, folder));
  }
  return partsOf(selection).map((part) => {
    return testStage(part, part, filesOf(part, files), folder, { name });
  });
}

/** The files that a part runs of those that are selected. */
export function filesOf(
  part: Part,
  selected: readonly string[] = testFiles,
): string[] {
  return selected.filter((file) => belongsTo(part, file));
}

/** The parts that run what is selected. */
export function partsOf({ parts, files }: Selection): readonly Part[] {
  if (parts.length > 0) return parts;
  if (files === undefined) return RUNTIMES;
  return PARTS.filter((part) => filesOf(part, files).length > 0);
}

/** A part by check or by subject, so that these run side by side. */
function wholePart(part: Part, folder: string): Stage[] {
  if (part === "checks") {
    return Object.entries(CHECKS)
      .map(([name, command]) => ({ name: `checks ${name}`, command }));
  }
  const files = filesOf(part);
  if (!RUNTIMES.includes(part)) return [testStage(part, part, files, folder)];
  const subjects = [...new Set(files.map(subjectOf))];
  return subjects.flatMap((subject) => {
    const own = files.filter((file) => subjectOf(file) === subject);
    return part === "deno" && subject === "core"
      ? denoCore(own, folder)
      : [testStage(`${part} ${subject}`, part, own, folder)];
  });
}

/** The core's tests, whose coverage is measured on Deno. */
function denoCore(files: string[], folder: string): Stage[] {
  const name = "deno core";
  const coverage = join(folder, "coverage");
  const { href } = pathToFileURL(root);
  const include = coreFiles.map((file) => `^${href}${file}$`).join("|");
  return [testStage(name, "deno", files, folder, { coverage }), {
    name: "deno coverage",
    // What it must reach is in deno.json.
    command: ["deno", "coverage", `--include=${include}`, coverage],
    after: name,
  }];
}

function testStage(
  name: string,
  part: Part,
  files: string[],
  folder: string,
  options: Pick<TestOptions, "name" | "coverage"> = {},
): Stage {
  const report = join(folder, `${name.replace(" ", "_")}.xml`);
  const isLocked = files.some((file) =>
    LOCKED_FOLDERS.includes(folderOf(file))
  );
  return {
    name,
    command: testCommand(runtimeOf(part), files, { ...options, report }),
    tests: { files, report },
    ...(isLocked && { lock: "network" }),
  };
}

/** The runtime that runs a part's tests. */
export function runtimeOf(part: Part): Runtime {
  return part === "deno" || part === "bun" ? part : "node";
}
