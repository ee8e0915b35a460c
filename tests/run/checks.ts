/** The checks of form, types, documentation and package. */
import { allFiles, denoConfig, sourceFiles } from "./files.ts";
import { IMPORT_MAP } from "./import_map.ts";

const entryPoints = Object.values(denoConfig.exports);
const importMap = `--import-map=${IMPORT_MAP}`;

/**
 * Deno knows neither Miniflare, the types of workerd, Rolldown, nor what
 * `run compat` installs.
 */
const isForDeno = (file: string) =>
  !/^tests\/(workerd|release|compat\/programs)\//.test(file);

/** The command of each check. */
export const CHECKS: Readonly<Record<string, string[]>> = {
  format: ["deno", "fmt", "--check"],
  lint: ["deno", "lint"],
  "types on Deno": ["deno", "check", importMap, ...allFiles.filter(isForDeno)],
  "types on Node": ["tsc", "-p", "tests/tsconfig.json"],
  documentation: ["deno", "doc", "--lint", ...entryPoints],
  "types of examples": [
    "deno",
    "check",
    "--doc-only",
    importMap,
    ...sourceFiles,
  ],
  publication: ["deno", "publish", "--dry-run", "--allow-dirty"],
};
