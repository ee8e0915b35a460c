/** Runs test files on a Node, with the packages of a folder. */
import { build } from "esbuild";
import { basename, join } from "node:path";
import { runCommand } from "../run/command.ts";
import { root } from "../run/files.ts";
import { readReport, type Report } from "../run/report.ts";

/** No program takes as long. */
const TIME_LIMIT_MS = 3 * 60_000;

/** What runs a program, and where its packages are. */
export interface Place {
  /** The program of Node. */
  node: string;
  /** The folder of `node_modules`. */
  folder: string;
  /** The packages that are not bundled, because the folder has them. */
  packages: readonly string[];
}

/** What became of a program, and what it printed. */
export interface ProgramReport extends Report {
  output: string;
}

/** Bundles test files with what the tests have, and runs them. */
export async function runProgram(
  name: string,
  files: readonly string[],
  { node, folder, packages }: Place,
): Promise<ProgramReport> {
  const outdir = join(folder, "programs", name);
  const report = join(outdir, "report.xml");
  await build({
    absWorkingDir: root,
    // A program can copy the library from beside it.
    entryPoints: [...files, "mod.ts"].map((file) => ({
      in: join(root, file),
      out: basename(file, ".ts"),
    })),
    outdir,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    format: "esm",
    tsconfig: join(root, "tests/tsconfig.json"),
    external: packages.flatMap((name) => [name, `${name}/*`]),
    logLevel: "error",
  });
  const bundles = files.map((file) =>
    join(outdir, `${basename(file, ".ts")}.mjs`)
  );
  const { code, output } = await runCommand([
    ...[node, "--test", "--test-timeout=120000"],
    "--test-reporter=spec",
    "--test-reporter-destination=stdout",
    "--test-reporter=junit",
    `--test-reporter-destination=${report}`,
    ...bundles,
  ], TIME_LIMIT_MS);
  const { passed, failed } = readReport(report);
  if (failed.length === 0 && code !== 0) failed.push(`exit code ${code}`);
  return { passed, failed, output };
}
