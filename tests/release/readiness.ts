/** What keeps a version from being released. */
import { spawnSync } from "node:child_process";
import { read, root } from "../run/files.ts";

/** What a release is made from. */
export interface Candidate {
  /** The version in deno.json. */
  version: string;
  changelog: string;
  /** The tag that the workflow runs for. */
  tag: string | undefined;
  /** Files that are not as they were committed. */
  changedFiles: readonly string[];
}

/** The working tree as a candidate. */
export function readCandidate(
  { GITHUB_REF_TYPE, GITHUB_REF_NAME }: Record<string, string | undefined>,
): Candidate {
  const { status, stdout, stderr } = spawnSync("git", [
    "status",
    "--porcelain",
  ], { cwd: root, encoding: "utf8" });
  if (status !== 0) throw new Error(`git status: ${stderr}`);
  return {
    version: JSON.parse(read("deno.json")).version,
    changelog: read("CHANGELOG.md"),
    tag: GITHUB_REF_TYPE === "tag" ? GITHUB_REF_NAME : undefined,
    changedFiles: stdout.split("\n").filter((line) => line !== ""),
  };
}

/** Each reason not to release, in a sentence; none if it is ready. */
export function problemsOf(
  { version, changelog, tag, changedFiles }: Candidate,
): string[] {
  const problems: string[] = [];
  if (changedFiles.length > 0) {
    problems.push(`There are uncommitted changes: ${changedFiles.join(", ")}`);
  }
  const { unreleased, newest } = readChangelog(changelog);
  if (newest !== version) {
    problems.push(
      `deno.json has version ${version}, but the newest section of CHANGELOG.md is ${newest}`,
    );
  }
  if (unreleased !== "") {
    problems.push(
      'CHANGELOG.md has entries under "Unreleased": move them to a section for the version',
    );
  }
  if (tag !== undefined && tag !== `v${version}`) {
    problems.push(`The tag is ${tag}, but deno.json has version ${version}`);
  }
  return problems;
}

/** What a changelog says of the versions. */
export interface Changelog {
  /** The entries that are in no version yet. */
  unreleased: string;
  /** The newest version; `undefined` if there is none. */
  newest: string | undefined;
  /** The entries of the newest version. */
  notes: string;
}

/** A heading such as "## [1.2.3] - 2026-12-01", and what is below it. */
const SECTION =
  /^## \[([^\]]+)\](?: - \d{4}-\d{2}-\d{2})?\n([^]*?)(?=^## |^\[[^\]]+\]: |$(?![^]))/gm;

/** Reads a changelog in the form of Keep a Changelog. */
export function readChangelog(changelog: string): Changelog {
  const sections = [...changelog.matchAll(SECTION)]
    .map(([, version, entries]) => ({ version, entries: entries.trim() }));
  const isUnreleased = (version: string) => version === "Unreleased";
  const unreleased = sections.find(({ version }) => isUnreleased(version));
  const newest = sections.find(({ version }) => !isUnreleased(version));
  return {
    unreleased: unreleased?.entries ?? "",
    newest: newest?.version,
    notes: newest?.entries ?? "",
  };
}
