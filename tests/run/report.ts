/** Reads JUnit reports, which all three runtimes can write. */
import { existsSync, readFileSync } from "node:fs";

/** What became of the tests of a stage. */
export interface Report {
  passed: number;
  /** The names of the tests that failed, with their file if it is known. */
  failed: string[];
}

/** Reads a report; one that is missing holds no test. */
export function readReport(file: string): Report {
  return parseReport(existsSync(file) ? readFileSync(file, "utf8") : "");
}

/** Parses a report. Tests that were skipped do not count. */
export function parseReport(xml: string): Report {
  const report: Report = { passed: 0, failed: [] };
  const [, ...cases] = xml.split("<testcase ");
  for (const test of cases) {
    if (/<(failure|error)\b/.test(test)) report.failed.push(titleOf(test));
    else if (!test.includes("<skipped")) report.passed++;
  }
  return report;
}

/** The name of a test, and the file that Deno and Bun add. */
function titleOf(test: string): string {
  const name = attributeOf(test, "name") ?? "a test without a name";
  const file = attributeOf(test, "file") ?? attributeOf(test, "classname");
  return file?.endsWith(".ts") ? `${file.replace("./", "")}: ${name}` : name;
}

function attributeOf(element: string, name: string): string | undefined {
  const value = new RegExp(`(?:^|\\s)${name}="([^"]*)"`).exec(element)?.[1];
  return value && unescapeXML(value);
}

const ENTITIES: Record<string, string> = {
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
};

function unescapeXML(text: string): string {
  return text
    .replaceAll("&amp;", "&") // first, as Node escapes quotes twice
    .replace(/&(lt|gt|quot|apos);/g, (_, name) => ENTITIES[name]);
}
