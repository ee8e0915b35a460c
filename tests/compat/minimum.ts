/** The oldest versions of the runtimes that work, and what fails before. */
import { read } from "../run/files.ts";
import type { RuntimeName } from "./scenes/play.ts";

/** The oldest version of a runtime on which every scene passes. */
export interface MinimumVersion {
  minimum: string;
  /** The newest that npm has before it. */
  before: string;
  /** A part of what fails there. */
  failsWith: string;
  /** What works before. */
  note: string;
}

/** By runtime. The versions are also in tests/compat/package.json. */
export const MINIMUM_VERSIONS: Readonly<Record<RuntimeName, MinimumVersion>> =
  JSON.parse(read("tests/compat/minimum_versions.json"));

/** The names of the runtimes. */
export const RUNTIME_NAMES: readonly RuntimeName[] = ["deno", "bun", "node"];
