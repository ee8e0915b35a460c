import { assertEquals, assertMatch } from "@std/assert";
import { test } from "node:test";
import { TOOL_SETTINGS } from "../../cli/serve/tool_settings.ts";
import { read } from "../run/files.ts";
import { PAGE, pageOf } from "../tools/page.ts";
import { readResults } from "../tools/results.ts";
import { SCENES } from "../tools/scenes.ts";
import { TOOLS } from "../tools/tools.ts";

test(`${PAGE} has the settings of --print and the last results`, () => {
  assertEquals(read(PAGE), pageOf(readResults()));
});

test("npm run tools runs every tool of --print", () => {
  const tried = new Set(Object.values(TOOLS).map(({ settings }) => settings));
  assertEquals([...tried].sort(), Object.keys(TOOL_SETTINGS).sort());
});

test(`${PAGE} says what each scene is`, () => {
  for (const scene of Object.keys(SCENES)) {
    assertMatch(read(PAGE), new RegExp(`^- \\*\\*${scene}\\*\\*: `, "m"));
  }
});

test(`${PAGE} says why a scene failed`, () => {
  const { codex } = readResults();
  const scenes = { ...codex.scenes, image: "failed: no image is sent" };
  const page = pageOf({ ...readResults(), codex: { ...codex, scenes } });
  assertMatch(page, /^\| codex .*\| failed +\|/m);
  assertMatch(page, /^- codex, image: failed: no image is sent$/m);
});
