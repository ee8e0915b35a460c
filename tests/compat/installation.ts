/** The packages of tests/compat/package.json in a temporary folder. */
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { read, root } from "../run/files.ts";

/** The packages, with their exact versions or what they are an alias of. */
export const PACKAGES: Readonly<Record<string, string>> =
  JSON.parse(read("tests/compat/package.json")).dependencies;

/** Runtimes are brought under other names, such as `node24`. */
export const RUNTIMES = Object.keys(PACKAGES)
  .filter((name) => /^(deno|bun|node)(\d|-)/.test(name));

const TIME_LIMIT_MS = 15 * 60_000;

/** Installs everything that the folder does not have. */
export function install(folder: string, without: readonly string[]): void {
  if (!existsSync(join(folder, "node_modules"))) {
    for (const name of ["package.json", "package-lock.json"]) {
      copyFileSync(join(root, "tests/compat", name), join(folder, name));
    }
    // A `node` of .bin would run the install scripts of the other packages.
    // `npm ci` refuses a lock file without the programs of other systems, which
    // npm does not write for a package under another name.
    npm(folder, ["install", "--ignore-scripts"]);
    // The runtimes' own scripts bring their programs.
    npm(folder, ["rebuild", ...RUNTIMES]);
  }
  for (const name of without) {
    rmSync(join(folder, "node_modules", name), { recursive: true });
  }
}

function npm(folder: string, args: string[]): void {
  const words = [...args, "--no-audit", "--no-fund", "--loglevel=error"];
  const { status } = spawnSync("npm", words, {
    cwd: folder,
    stdio: ["ignore", "inherit", "inherit"],
    timeout: TIME_LIMIT_MS,
    shell: process.platform === "win32",
  });
  if (status !== 0) throw new Error(`npm ${args[0]} ended with ${status}`);
}

/** The version of an installed package; `undefined` if it is not. */
export function versionOf(folder: string, name: string): string | undefined {
  const file = join(folder, "node_modules", name, "package.json");
  if (!existsSync(file)) return undefined;
  return JSON.parse(readFileSync(file, "utf8")).version;
}

/** Where a runtime's package has its program. */
const PROGRAMS = { deno: "deno", bun: "bin/bun.exe", node: "bin/node" };

/** The program of a runtime such as `bun-minimum`. */
export function programOf(folder: string, name: string): string {
  const own = join(folder, "node_modules", name);
  const [kind] = name.split(/\d|-/);
  const path = PROGRAMS[kind as keyof typeof PROGRAMS];
  const program = [path, path.replace(".exe", ""), `${path}.exe`]
    .map((path) => join(own, path)).find(existsSync);
  if (!program) throw new Error(`${own} has no program`);
  return program;
}
