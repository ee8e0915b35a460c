/** The documents and their examples. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { runtime } from "../helpers/command.ts";
import { read, root } from "../run/files.ts";
import type { Runtime } from "../run/test_command.ts";
import { type Example, examplesIn } from "./blocks.ts";

/** The runtime that runs this test. */
export const RUNTIME: Runtime = ({
  Deno: "deno",
  Bun: "bun",
  Node: "node",
} as const)[runtime];

/** The pages that a user reads. */
export const DOCUMENTS: readonly string[] = [
  "README.md",
  ...readdirSync(join(root, "docs")).filter((file) => file.endsWith(".md"))
    .map((file) => `docs/${file}`).sort(),
];

/** `npm --prefix tests run tools` runs the lines of this page. */
const RUN_ELSEWHERE = "docs/tools.md";

/** All examples. */
export const EXAMPLES: readonly Example[] = DOCUMENTS
  .filter((file) => file !== RUN_ELSEWHERE)
  .flatMap((file) => examplesIn(file, read(file)));

/** The only marks, and what they mean. */
export const MARKS: Readonly<Record<string, string>> = {
  deno: "is for Deno",
  bun: "is for Bun",
  node: "is for Node",
  "-NES": "needs these permissions on Deno",
  redis: "needs a Redis server at REDIS_URL",
  workerd: "is a Worker, which tests/workerd/servers_test.ts runs",
  server:
    "belongs to a server: the same test, and tests/examples/servers_test.ts",
  next: "is a route of Next.js, which docs/servers.md says how it was tried",
  install: "installs something: tests/package/install_test.ts runs each line",
  clone: "is run at the root of a clone",
  serve: "is a program that runs until it is ended",
  client: "is run while the program above it runs",
  "no-output": "prints what is not worth showing",
  "no-run": "is not run, for the reason that follows",
};

/** The examples in these languages that have one of the marks. */
export function examplesFor(
  languages: readonly string[],
  ...marks: string[]
): Example[] {
  return EXAMPLES.filter((example) =>
    languages.includes(example.language) &&
    marks.some((mark) => example.marks.includes(mark))
  );
}

/** The examples in these languages that have none of the marks. */
export function examplesWithout(
  languages: readonly string[],
  ...marks: string[]
): Example[] {
  return EXAMPLES.filter((example) =>
    languages.includes(example.language) &&
    !marks.some((mark) => example.marks.includes(mark))
  );
}

/** The name of an example in a test's name. */
export function titleOf({ file, line }: Example): string {
  return `The example in ${file}, line ${line},`;
}
