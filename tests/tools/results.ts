/** The last result of each tool. */
import { readFileSync, writeFileSync } from "node:fs";

/** What came of running a tool. */
export interface ToolResult {
  version: string;
  /** Such as "2026-11-25". */
  date: string;
  /** What came of each scene. */
  scenes: Record<string, string>;
}

const FILE = new URL("results.json", import.meta.url);

/** Reads the results, by the name of the tool's row. */
export function readResults(): Record<string, ToolResult> {
  return JSON.parse(readFileSync(FILE, "utf8"));
}

/** Replaces results. */
export function saveResults(results: Record<string, ToolResult>): void {
  const all = { ...readResults(), ...results };
  writeFileSync(FILE, `${JSON.stringify(all, null, 2)}\n`);
}
