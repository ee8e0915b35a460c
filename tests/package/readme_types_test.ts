import { test } from "node:test";
import { writeFileSync } from "node:fs";
import { examples, writeExamples } from "../readme_examples.ts";
import { runIn } from "./folder.ts";

test(`The types of the README's ${examples.length} examples are right`, async () => {
  using written = writeExamples();
  const options = { extends: "../../tsconfig.json", include: ["*.ts"] };
  const file = new URL("tsconfig.json", written.folder);
  writeFileSync(file, JSON.stringify(options));
  await runIn(written.folder, ["tsc", "-p", "."]);
});
