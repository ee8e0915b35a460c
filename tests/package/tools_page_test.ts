import { assertEquals } from "@std/assert";
import { test } from "node:test";
import { TOOL_SETTINGS } from "../../cli/serve/tool_settings.ts";
import { read } from "../run/files.ts";
import { PAGE, pageOf } from "../tools/page.ts";
import { readResults } from "../tools/results.ts";
import { TOOLS } from "../tools/tools.ts";

test(`${PAGE} has the settings of --print and the last results`, () => {
  assertEquals(read(PAGE), pageOf(readResults()));
});

test("npm run tools runs every tool of --print", () => {
  const tried = new Set(Object.values(TOOLS).map(({ settings }) => settings));
  assertEquals([...tried].sort(), Object.keys(TOOL_SETTINGS).sort());
});
