import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { test } from "node:test";
import { publishedFiles, version } from "../helpers/published.ts";
import { read, sourceFiles } from "../run/files.ts";

test("What is published is the sources, the README, the license and deno.json", async () => {
  assertEquals(
    [...(await publishedFiles()).keys()].sort(),
    ["LICENSE", "README.md", "deno.json", ...sourceFiles].sort(),
  );
});

test("The changelog has a section for the version", () => {
  assertStringIncludes(read("CHANGELOG.md"), `\n## [${version}] - 20`);
});

test("No example is marked ignore without a reason", async () => {
  for (const [path, content] of await publishedFiles()) {
    for (const [fence] of `${content}`.matchAll(/```\w+ .*\bignore\b.*/g)) {
      assertMatch(fence, /\bbecause\b/, path);
    }
  }
});
