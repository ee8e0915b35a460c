/** Tools of npm in a temporary folder, with a Node that is new enough. */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The Node that the tools run on, under a name that no tool depends on. */
const NODE = { name: "node24", spec: "node24@npm:node@24" };
const TIME_LIMIT_MS = 10 * 60_000;

/** An installed tool. */
export interface Installation {
  version: string;
  /** Where its commands are. */
  bin: string;
}

/** Installs Node, and returns the folder of its program. */
export function installNode(folder: string): string {
  const own = install(folder, NODE.name, [NODE.spec]);
  return join(own, "node_modules", NODE.name, "bin");
}

/**
 * Installs the newest version of a package into a folder of its own, or
 * `olderVersion` where npm cannot install that.
 */
export function installTool(
  folder: string,
  name: string,
  olderVersion?: string,
): Installation {
  const own = olderVersion === undefined
    ? install(folder, name, [`${name}@latest`])
    : installEither(folder, name, ["latest", olderVersion]);
  const file = join(own, "node_modules", name, "package.json");
  const { version } = JSON.parse(readFileSync(file, "utf8"));
  return { version, bin: join(own, "node_modules/.bin") };
}

function installEither(
  folder: string,
  name: string,
  [newest, older]: [newest: string, older: string],
): string {
  try {
    return install(folder, name, [`${name}@${newest}`]);
  } catch (error) {
    console.error(`${name}: ${error}; ${older} is installed`);
    return install(folder, name, [`${name}@${older}`]);
  }
}

function install(folder: string, name: string, specs: string[]): string {
  const own = join(folder, "installed", name.replace("/", "+"));
  mkdirSync(own, { recursive: true });
  writeFileSync(
    join(own, "package.json"),
    JSON.stringify({ private: true }),
  );
  const { status, stderr } = spawnSync("npm", [
    "install",
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
    // Node's own script brings its program.
    "--ignore-scripts=false",
    ...specs,
  ], { cwd: own, encoding: "utf8", timeout: TIME_LIMIT_MS });
  if (status === 0) return own;
  // The first line has the code, the second says what was not found.
  const reason = stderr?.split("\n").slice(0, 2).join(" ") || "npm was ended";
  throw new Error(`npm cannot install it: ${reason}`);
}
