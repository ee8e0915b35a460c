import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { runIn } from "../helpers/folder.ts";

const PROGRAM = "tests/package/sdk_types.ts";

const LANGUAGE = ["ES2023", "ESNext.Disposable"];
const DOM = ["DOM", "DOM.Iterable"];

/** The types and libraries of a project. */
const projects: Record<string, { types: string[]; lib: string[] }> = {
  "@types/node": { types: ["node"], lib: LANGUAGE },
  "@types/node and the DOM": { types: ["node"], lib: [...LANGUAGE, ...DOM] },
  "@types/bun": { types: ["bun"], lib: LANGUAGE },
  "@types/bun and the DOM": { types: ["bun"], lib: [...LANGUAGE, ...DOM] },
};

const folder = new URL(
  `../.out/types-${crypto.randomUUID()}/`,
  import.meta.url,
);

/** Runs the compiler with the options of the tests, and others. */
async function compile(
  compilerOptions: Record<string, unknown>,
  files: string[],
): Promise<void> {
  const config = {
    extends: "../../tsconfig.json",
    compilerOptions,
    include: [],
    files,
  };
  writeFileSync(new URL("tsconfig.json", folder), JSON.stringify(config));
  await runIn(folder, ["tsc", "-p", "."]);
}

before(async () => {
  mkdirSync(folder, { recursive: true });
  // A project gets declarations, made where the package is made.
  await compile({
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
    rootDir: "../../..",
    outDir: "package",
  }, ["../../../mod.ts", "../../../testing/mod.ts"]);
});

after(() => rmSync(folder, { recursive: true }));

for (const [name, { types, lib }] of Object.entries(projects)) {
  test(`createClientOptions() and createCopilotFetch() type-check with every SDK in a project with ${name}`, async () => {
    const paths = {
      "@copilot-fetch/core": ["./package/mod.d.ts"],
      "@copilot-fetch/core/testing": ["./package/testing/mod.d.ts"],
    };
    await compile({ types, lib, paths }, [`../../../${PROGRAM}`]);
  });
}

test("createClientOptions() and createCopilotFetch() type-check with every SDK in Deno", async () => {
  await runIn(new URL("../../", import.meta.url), [
    "deno",
    "check",
    "--import-map=tests/import_map.json",
    PROGRAM,
  ]);
});
