/** Runs an example as a reader does, with a fake as GitHub and Copilot. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "../run/files.ts";
import type { Runtime } from "../run/test_command.ts";
import type { Example } from "./blocks.ts";
import { runInTerminal } from "./terminal.ts";

/** The credential in the environment of an example. */
const CREDENTIAL = "ghu_example";

const STAND_IN = new URL("stand_in.ts", import.meta.url);
const IMPORT_MAP = join(root, "tests/import_map.json");
const TSCONFIG = join(root, "tests/tsconfig.json");
const RUNTIMES: readonly Runtime[] = ["deno", "bun", "node"];

/** The runtimes that an example in TypeScript or JavaScript is for. */
export function runtimesOf({ code, marks }: Example): readonly Runtime[] {
  if (marks.includes("workerd")) return [];
  const named = RUNTIMES.filter((runtime) => marks.includes(runtime));
  if (named.length > 0) return named;
  // What only Deno knows.
  return /\bDeno\.|from "(npm|jsr):/.test(code) ? ["deno"] : RUNTIMES;
}

/**
 * Runs an example in TypeScript or JavaScript, pasted alone into a file, and
 * returns what a terminal would show. A mark such as `-NES` has Deno's flags.
 *
 * @param env Merged over the environment
 */
export async function runExample(
  { language, marks, code, file, line }: Example,
  runtime: Runtime,
  env: Record<string, string> = {},
): Promise<string> {
  // Below tests/, so that the example finds the SDKs.
  const folder = join(root, "tests/.out", `example-${crypto.randomUUID()}`);
  mkdirSync(folder, { recursive: true });
  try {
    const program = join(folder, `main.m${language}`);
    writeFileSync(program, code);
    const flags = marks.find((mark) => mark.startsWith("-")) ?? "-NE";
    const { status, output } = await runInTerminal(
      commandOf(runtime, program, flags),
      folder,
      { COPILOT_GITHUB_TOKEN: CREDENTIAL, ...env },
    );
    if (status === 0) return output;
    throw new Error(`${file}:${line} on ${runtime}: ${status}\n${output}`);
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  }
}

function commandOf(
  runtime: Runtime,
  program: string,
  denoFlags: string,
): string[] {
  switch (runtime) {
    case "deno":
      return [
        ...["deno", "run", "--quiet", "--no-check", "--no-prompt", denoFlags],
        ...[`--import-map=${IMPORT_MAP}`, `--preload=${STAND_IN}`, program],
      ];
    case "bun":
      return [
        ...["bun", `--tsconfig-override=${TSCONFIG}`],
        ...["--preload", fileURLToPath(STAND_IN), program],
      ];
    case "node":
      return [
        ...["tsx", `--tsconfig=${TSCONFIG}`],
        ...["--import", STAND_IN.href, program],
      ];
  }
}
