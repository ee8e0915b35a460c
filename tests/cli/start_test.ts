import { assert, assertEquals } from "@std/assert";
import { posix } from "node:path";
import { test } from "node:test";
import { read, sourceFiles } from "../run/files.ts";

/** The files that a file loads when it is loaded; types are not loaded. */
function loadedBy(file: string, loaded = new Set<string>()): Set<string> {
  if (loaded.has(file)) return loaded;
  loaded.add(file);
  const statements = read(file)
    .matchAll(/^(?:import|export)\s(?!type\b)[^;]*?from\s+"(\.[^"]+\.ts)"/gm);
  for (const [, specifier] of statements) {
    loadedBy(posix.join(posix.dirname(file), specifier), loaded);
  }
  return loaded;
}

/** What is loaded when a command needs it. */
const NEEDED_BY_SOME = [
  ...["cli/ask.ts", "cli/demo.ts", "cli/log.ts", "cli/login.ts"],
  ...[
    "cli/models.ts",
    "cli/process_command.ts",
    "cli/process_server.ts",
    "cli/serve/mod.ts",
    "cli/usage.ts",
  ],
  ...["testing/mod.ts", "usage/mod.ts"],
];

/** What each part of the program must not load. */
const NOT_NEEDED: Record<string, string[]> = {
  "cli/bin.ts": [...NEEDED_BY_SOME, "cli/report_failure.ts", "mod.ts"],
  "cli/commands.ts": NEEDED_BY_SOME,
  "cli/ask.ts": NEEDED_BY_SOME.filter((file) => file !== "cli/ask.ts"),
};

for (const [file, others] of Object.entries(NOT_NEEDED)) {
  test(`${file} loads no module that only other commands need`, () => {
    const loaded = loadedBy(file);
    assertEquals(others.filter((other) => loaded.has(other)), []);
    assertEquals(others.filter((other) => !sourceFiles.includes(other)), []);
    assert(loaded.size > 1);
  });
}
