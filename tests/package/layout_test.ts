import { assert, assertEquals } from "@std/assert";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  allFiles,
  denoConfig,
  read,
  root,
  sourceFiles,
  testFiles,
} from "../run/files.ts";
import { importsOf } from "../run/imports.ts";

/**
 * What a top-level file or a folder may import, besides itself: imports point
 * downwards. A folder that is not listed is an entry point of its own.
 */
const MAY_IMPORT: Record<string, string[]> = {
  "mod.ts": ["transport.ts", "copilot_token.ts", "internal"],
  "transport.ts": ["copilot_token.ts", "internal"],
  "copilot_token.ts": ["internal"],
  internal: [],
};
const ENTRY_POINT_MAY_IMPORT = ["mod.ts", "internal"];

/** The program uses every entry point, and its version. */
const PROGRAM = "cli";

/** Where the platform is asked: the program, and what reads the environment. */
const USES_NODE_MODULES = /^(cli\/|credential\/io\.ts$)/;

const imports = sourceFiles.flatMap((file) =>
  importsOf(file).map((imported) => ({ file, imported }))
);

/** `internal` for `internal/hosts.ts`, and the file itself at the top level. */
function placeOf(path: string): string {
  return path.split("/")[0];
}

function isAllowed(from: string, to: string): boolean {
  if (from === to) return true;
  if (to === PROGRAM) return false;
  if (from === PROGRAM) return true;
  return (MAY_IMPORT[from] ?? ENTRY_POINT_MAY_IMPORT).includes(to);
}

test("The top level has the three modules and no other TypeScript file", () => {
  assertEquals(
    sourceFiles.filter((file) => !file.includes("/")),
    ["copilot_token.ts", "mod.ts", "transport.ts"],
  );
});

test("Imports point downwards: mod, transport, copilot_token, internal", () => {
  const wrong = imports
    .filter(({ imported }) => !imported.startsWith("node:"))
    .filter(({ file, imported }) =>
      !isAllowed(placeOf(file), placeOf(imported))
    )
    .map(({ file, imported }) => `${file} imports ${imported}`);
  assertEquals(wrong, []);
});

test("Only the program and the reader of the environment use node: modules", () => {
  const wrong = imports
    .filter(({ file, imported }) =>
      imported.startsWith("node:") && !USES_NODE_MODULES.test(file)
    )
    .map(({ file, imported }) => `${file} imports ${imported}`);
  assertEquals(wrong, []);
});

test("Nothing that is published imports another package", () => {
  const wrong = imports
    .filter(({ imported }) => !imported.startsWith("node:"))
    .filter(({ imported }) => !existsSync(join(root, imported)))
    .map(({ file, imported }) => `${file} imports ${imported}`);
  assertEquals(wrong, []);
});

test("No source combines signals with AbortSignal.any(), which leaks on Node", () => {
  const uses = /\bAbortSignal\s*\.\s*any\b|\bany\b[^;]*=\s*AbortSignal\b/;
  assertEquals(sourceFiles.filter((file) => uses.test(read(file))), []);
});

test("No source file imports itself through others", () => {
  const byFile = new Map(sourceFiles.map((file) => [file, importsOf(file)]));
  const reachedFrom = (file: string, reached = new Set<string>()) => {
    for (const imported of byFile.get(file) ?? []) {
      if (reached.has(imported)) continue;
      reachedFrom(imported, reached.add(imported));
    }
    return reached;
  };
  // Where it is the program, cli/mod.ts loads what starts it.
  byFile.delete("cli/bin.ts");
  assertEquals(sourceFiles.filter((file) => reachedFrom(file).has(file)), []);
});

test("Every source file begins with a comment that says what it is for", () => {
  const comment = /^(#!.*\n)?\/\*\*\n \* [^@][^]*?\n \* @module\n \*\/\n/;
  assertEquals(sourceFiles.filter((file) => !comment.test(read(file))), []);
});

test("deno.json publishes whole folders, and each folder of sources", () => {
  const { include } = denoConfig.publish;
  const places = new Set(sourceFiles.map(placeOf));
  assertEquals(
    include.filter((path) => !/\.(json|md)$|^LICENSE$/.test(path)).sort(),
    [...places].sort(),
  );
});

test("deno.json has no keys of our own", () => {
  // As in https://docs.deno.com/runtime/fundamentals/configuration/.
  const known = ["name", "version", "license", "exports", "imports", "tasks"]
    .concat(["publish", "exclude", "lock", "coverage", "test"]);
  assertEquals(Object.keys(denoConfig).filter((k) => !known.includes(k)), []);
});

test("deno test runs folders that exist and hold tests", () => {
  for (const folder of denoConfig.test.include) {
    const holdsTests = testFiles.some((file) => file.startsWith(`${folder}/`));
    assert(holdsTests, folder);
  }
});

test("Tests live in a folder of their subject", () => {
  const wrong = allFiles.filter((file) => /^tests\/[^/]+\.ts$/.test(file));
  assertEquals(wrong, []);
});
