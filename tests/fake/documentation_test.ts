import { assertEquals } from "@std/assert";
import { readFileSync } from "node:fs";
import { test } from "node:test";

function read(path: string): string {
  return readFileSync(new URL(path, import.meta.url), "utf8");
}

test("The documentation of ./testing shows the test of example_test.ts", () => {
  const documented = read("../../testing/mod.ts")
    .split("```ts node\n")[1].split(" * ```")[0]
    .replaceAll(/^ \* ?/gm, "");
  assertEquals(documented, read("./example_test.ts"));
});
