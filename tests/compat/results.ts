/** The last result of each row. */
import { readFileSync, writeFileSync } from "node:fs";

/** What came of a row. */
export interface Result {
  /** The versions that were tried, by package. */
  versions: Record<string, string>;
  /** Such as "2026-11-25". */
  date: string;
  passed: number;
  /** What failed, by name. */
  failed: string[];
  /** The packages without which the row was not run. */
  missing?: string[];
}

/** Results by the title of the row, or by the package of a runtime. */
export type Results = Record<string, Result>;

const FILE = new URL("results.json", import.meta.url);

/** Reads the results. */
export function readResults(): Results {
  return JSON.parse(readFileSync(FILE, "utf8"));
}

/** Replaces the result of a row. */
export function saveResult(title: string, result: Result): void {
  const all = { ...readResults(), [title]: result };
  const sorted = Object.fromEntries(Object.entries(all).sort());
  writeFileSync(FILE, `${JSON.stringify(sorted, null, 2)}\n`);
}
