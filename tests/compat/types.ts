/** Checks the types of the programs with the packages of the folder. */
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { runCommand } from "../run/command.ts";
import { allFiles, read, root } from "../run/files.ts";
import type { Report } from "../run/report.ts";
import { SDKS, WRAPPERS } from "./rows.ts";

const PROGRAMS = [
  "tests/package/sdk_types.ts",
  ...SDKS.flatMap(({ files }) => files),
  ...WRAPPERS.flatMap(({ files }) => files),
];

/** Checks them in a copy, from which the folder's packages are found. */
export async function checkTypes(folder: string): Promise<Report> {
  const copy = join(folder, "types");
  rmSync(copy, { recursive: true, force: true });
  for (const file of [...allFiles, "deno.json"]) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(join(root, file), join(copy, file));
  }
  const modules = join(root, "tests/node_modules");
  const { compilerOptions } = JSON.parse(read("tests/tsconfig.json"));
  const { paths, ...options } = compilerOptions;
  const config = {
    compilerOptions: {
      ...options,
      // @std/assert and jsdom come without declarations.
      noImplicitAny: false,
      typeRoots: [join(modules, "@types")],
      paths: Object.fromEntries(
        Object.entries<string[]>(paths).map(([name, [path]]) => [name, [
          path.startsWith("./node_modules/")
            ? join(root, "tests", path)
            : join(copy, "tests", path),
        ]]),
      ),
    },
    files: PROGRAMS,
  };
  writeFileSync(join(copy, "tsconfig.json"), JSON.stringify(config));
  const { code, output } = await runCommand(["tsc", "-p", copy]);
  if (code === 0) return { passed: PROGRAMS.length, failed: [] };
  console.log(output);
  return { passed: 0, failed: [output.split("\n")[0]] };
}
