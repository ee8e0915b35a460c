import { assertEquals } from "@std/assert";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

function read(file: string): Promise<string> {
  return readFile(new URL(`../../${file}`, import.meta.url), "utf8");
}

test("docs/billing.md lists every header by which a tool marks its requests", async () => {
  const source = await read("internal/initiator.ts");
  const marks = source.matchAll(/^ {2}"(x-[a-z-]+)":/gm);
  const page = await read("docs/billing.md");
  const rows = page.matchAll(/^\| `(x-[a-z-]+)` /gm);
  const names = [...marks].map(([, name]) => name);
  assertEquals([...rows].map(([, name]) => name), names);
  assertEquals(names.length > 0, true);
});
