import { test } from "node:test";
import { writeFileSync } from "node:fs";
import { examples, writeExamples } from "../helpers/readme_examples.ts";
import { runIn } from "../helpers/folder.ts";

test(`The types of the README's ${examples.length} examples are right`, async () => {
  using written = writeExamples();
  const options = { extends: "../../tsconfig.json", include: ["*.ts"] };
  const file = new URL("tsconfig.json", written.folder);
  writeFileSync(file, JSON.stringify(options));
  await runIn(new URL("../../", import.meta.url), [
    "deno",
    "check",
    "--import-map=tests/import_map.json",
    ...written.files.map((file) => file.href),
  ]);
  await runIn(written.folder, ["tsc", "-p", "."]);
});
