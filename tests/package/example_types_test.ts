import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { examplesWithout } from "../examples/documents.ts";
import { runtimesOf } from "../examples/run_example.ts";
import { runIn } from "../helpers/folder.ts";
import { read, root } from "../run/files.ts";

test("The types of the documents' examples are right, also of those in JavaScript", async () => {
  // Below tests/, so that the examples find the SDKs.
  const folder = join(root, "tests/.out", `types-${crypto.randomUUID()}`);
  mkdirSync(folder, { recursive: true });
  try {
    const examples = examplesWithout(["ts", "js"], "no-run");
    const files = examples.map(({ code, file, line }) => {
      const path = join(folder, `${file.replaceAll(/\W/g, "_")}_${line}.mts`);
      writeFileSync(path, `${code}export {};\n`);
      return path;
    });
    const declarations = join(folder, "workers_types.d.ts");
    writeFileSync(declarations, read("tests/examples/workers_types.d.ts"));
    const options = {
      extends: "../../tsconfig.json",
      include: ["*.mts", "*.d.ts"],
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(options));
    await runIn(folder, ["tsc", "-p", "."]);
    const forDeno = files.filter((_, index) =>
      runtimesOf(examples[index]).includes("deno") &&
      !examples[index].marks.includes("next")
    );
    await runIn(root, [
      ...["deno", "check", "--import-map=tests/import_map.json"],
      ...forDeno,
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
