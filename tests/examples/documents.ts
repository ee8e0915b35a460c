/** The documents whose examples are run. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { runtime } from "../helpers/command.ts";
import { root } from "../run/files.ts";
import type { Runtime } from "../run/test_command.ts";

/** The runtime that runs this test. */
export const RUNTIME: Runtime = ({
  Deno: "deno",
  Bun: "bun",
  Node: "node",
} as const)[runtime];

/** `npm --prefix tests run tools` runs the lines of this page. */
const RUN_ELSEWHERE = ["docs/tools.md"];

/** The pages that a user reads. */
export const DOCUMENTS: readonly string[] = [
  "README.md",
  ...readdirSync(join(root, "docs")).filter((file) => file.endsWith(".md"))
    .map((file) => `docs/${file}`).sort(),
].filter((file) => !RUN_ELSEWHERE.includes(file));
