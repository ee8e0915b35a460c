/** What a run is asked for: `[part ...] [file, folder or name ...] [--watch]`. */
import { existsSync } from "node:fs";
import { relative, resolve, sep } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { read, root, testFiles } from "./files.ts";

/** The parts of the suite; each can be run on its own. */
export const PARTS = [
  "checks",
  "deno",
  "bun",
  "node",
  "workerd",
  "package",
] as const;
export type Part = typeof PARTS[number];

/** What is run; everything where nothing is named. */
export interface Selection {
  parts: Part[];
  /** `undefined` where no file or folder is named. */
  files: string[] | undefined;
  /** What a test's name contains. */
  name: string | undefined;
  /** Whether the tests run again when a file changes. */
  watch: boolean;
}

/** Reads the words of the command line. */
export function readSelection(args: string[]): Selection {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { watch: { type: "boolean", default: false } },
  });
  const parts = PARTS.filter((part) => positionals.includes(part));
  const others = positionals.filter((word) => !parts.some((p) => p === word));
  const paths = others.flatMap((word) => pathOf(word) ?? []);
  const [name, ...more] = others.filter((word) => !pathOf(word));
  if (more.length > 0) {
    throw new Error(
      `One name at a time, in quotes: "${name} ${more.join(" ")}"`,
    );
  }
  if (name !== undefined && isMistyped(name)) {
    throw new Error(
      `There is no part (${PARTS.join(", ")}), file, folder or test "${name}"`,
    );
  }
  const isNamed = (file: string) => paths.some((path) => isWithin(file, path));
  const files = paths.length > 0 ? testFiles.filter(isNamed) : undefined;
  return { parts, files, name, watch: values.watch };
}

/** A word that is more likely a part, a file or a folder than a test's name. */
const PART_OR_PATH = /^([a-z]+|tests\/.*|\S+\.ts)$/;

/** Whether a name cannot be that of a test, so that no stage need start. */
function isMistyped(name: string): boolean {
  return PART_OR_PATH.test(name) &&
    !testFiles.some((file) => read(file).includes(name));
}

/** The path of a word, from the root; `undefined` if there is no such file. */
function pathOf(word: string): string | undefined {
  // npm changes the folder; INIT_CWD is where the command was typed.
  const bases = [process.env.INIT_CWD ?? ".", root, resolve(root, "tests")];
  const found = bases.map((base) => resolve(base, word))
    .find((path) => path.startsWith(resolve(root) + sep) && existsSync(path));
  return found && relative(root, found).replaceAll(sep, "/");
}

function isWithin(file: string, path: string): boolean {
  return file === path || file.startsWith(`${path}/`);
}
