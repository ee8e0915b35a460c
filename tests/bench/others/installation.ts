/** The other clients, from npm, in a temporary folder. */
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NEEDS_SHELL } from "../../run/command.ts";
import { root } from "../../run/files.ts";

const LOCKED = join(root, "tests/bench/others");

/** Where the other clients are installed. */
export interface Installation extends Disposable {
  folder: string;
  /** By the name of the package. */
  versions: Record<string, string>;
}

/**
 * Installs what package-lock.json names, in a folder that is removed in the
 * end, or in one that is kept and used again.
 */
export function installOthers(kept?: string): Installation {
  const folder = kept ?? mkdtempSync(join(tmpdir(), "copilot-fetch-others-"));
  mkdirSync(folder, { recursive: true });
  for (const file of ["package.json", "package-lock.json"]) {
    copyFileSync(join(LOCKED, file), join(folder, file));
  }
  if (!existsSync(join(folder, "node_modules"))) install(folder);
  const { dependencies } = JSON.parse(
    readFileSync(join(LOCKED, "package.json"), "utf8"),
  );
  return {
    folder,
    versions: dependencies,
    [Symbol.dispose]() {
      if (!kept) rmSync(folder, { recursive: true, force: true });
    },
  };
}

function install(folder: string): void {
  const { status } = spawnSync("npm", [
    // `npm ci` refuses a lockfile without the packages of other systems, which
    // some mirrors lack.
    "install",
    "--no-audit",
    "--no-fund",
    "--ignore-scripts",
    "--loglevel=error",
  ], {
    cwd: folder,
    stdio: "inherit",
    shell: NEEDS_SHELL,
  });
  if (status !== 0) throw new Error("npm could not install the other clients");
}
