import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { publishedFiles, version } from "../helpers/published.ts";

const root = new URL("../../", import.meta.url);

test("What is published is the sources, the README, the license and deno.json", async () => {
  const sources = readdirSync(root).filter((file) => file.endsWith(".ts"));
  assertEquals(
    [...(await publishedFiles()).keys()].sort(),
    ["LICENSE", "README.md", "deno.json", ...sources].sort(),
  );
});

test("The change log has a section for the version", () => {
  const changes = readFileSync(new URL("CHANGELOG.md", root), "utf8");
  assertStringIncludes(changes, `\n## [${version}] - 20`);
});

test("No example is marked ignore without a reason", async () => {
  for (const [path, content] of await publishedFiles()) {
    for (const [fence] of `${content}`.matchAll(/```\w+ .*\bignore\b.*/g)) {
      assertMatch(fence, /\bbecause\b/, path);
    }
  }
});
