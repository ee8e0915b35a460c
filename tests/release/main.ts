/**
 * Checks, builds and packs a release: `npm --prefix tests run release --
 * [--repository=URL] [--out=FOLDER] [--draft]`.
 *
 * `--draft` builds the tree as it is, without the checks. The folder must be
 * empty, unless it is the one that is used without `--out`.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { showCommand } from "../run/command.ts";
import { read, root } from "../run/files.ts";
import { build } from "./build.ts";
import { problemsOf, readCandidate, readChangelog } from "./readiness.ts";
import { resolveRepository, UsageError } from "./repository.ts";

const FOLDER = join(root, "tests/.out/release");

/** Exit codes, as those of the program. */
const FAILED = 1;
const WRONG_USAGE = 2;

async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      repository: { type: "string" },
      out: { type: "string", default: FOLDER },
      draft: { type: "boolean", default: false },
    },
  });
  const repository = resolveRepository(values.repository, process.env);
  // npm changes the folder; INIT_CWD is where the command was typed.
  const out = resolve(process.env.INIT_CWD ?? ".", values.out);
  prepareFolder(out);
  if (!values.draft && !await isReady()) return FAILED;
  const { jsr, npm, singleFile } = await build(out, repository);
  const { notes } = readChangelog(read("CHANGELOG.md"));
  writeFileSync(join(out, "notes.md"), `${notes}\n`);
  const here = (path: string) => relative(process.env.INIT_CWD ?? ".", path);
  console.log(`For JSR:     ${here(jsr)}`);
  console.log(`For npm:     ${here(npm)}`);
  console.log(`Single file: ${here(singleFile)}`);
  return 0;
}

/** Empties the usual folder. Another may be one that somebody needs. */
function prepareFolder(folder: string): void {
  if (folder === FOLDER) rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  if (readdirSync(folder).length === 0) return;
  throw new UsageError(`The folder of --out is not empty: ${folder}`);
}

/** Runs the checks, and prints what is wrong. */
async function isReady(): Promise<boolean> {
  const problems = problemsOf(readCandidate(process.env));
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) return false;
  const checks = ["npm", "--prefix", "tests", "test", "--", "checks"];
  return await showCommand(checks) === 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const isUsage = error instanceof UsageError ||
    error instanceof TypeError && "code" in error &&
      `${error.code}`.startsWith("ERR_PARSE_ARGS");
  if (!isUsage) throw error;
  console.error(error.message);
  process.exitCode = WRONG_USAGE;
}
