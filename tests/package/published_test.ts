import { assertEquals, assertMatch } from "@std/assert";
import { test } from "node:test";
import { publishedFiles } from "../helpers/published.ts";
import { sourceFiles } from "../run/files.ts";

test("What is published is the sources, the README, the license and deno.json", async () => {
  assertEquals(
    [...(await publishedFiles()).keys()].sort(),
    ["LICENSE", "README.md", "deno.json", ...sourceFiles].sort(),
  );
});

test("No example is marked ignore without a reason", async () => {
  for (const [path, content] of await publishedFiles()) {
    for (const [fence] of `${content}`.matchAll(/```\w+ .*\bignore\b.*/g)) {
      assertMatch(fence, /\bbecause\b/, path);
    }
  }
});
