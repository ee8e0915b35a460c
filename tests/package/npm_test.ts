import { assertEquals } from "@std/assert";
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { emptyFolder, type Folder } from "../helpers/folder.ts";
import { startNPM } from "../helpers/npm_registry.ts";
import { name, program, version } from "../helpers/published.ts";

/** Lets a folder have what the tests have brought from npm already. */
async function borrow(folder: Folder, ...packages: string[]) {
  for (const name of packages) {
    await cp(
      fileURLToPath(new URL(`../node_modules/${name}`, import.meta.url)),
      join(folder.path, "node_modules", name),
      { recursive: true },
    );
  }
}

/** Installs the package in an empty folder, as the README says. */
async function install(folder: Folder, manager: "npm" | "bun") {
  await using npm = await startNPM();
  const cache = join(folder.path, ".cache");
  await folder.write(
    ".npmrc",
    [
      `registry=${npm.origin}`,
      `@jsr:registry=${npm.origin}`,
      `cache=${cache}`,
      "audit=false",
      "fund=false",
      "update-notifier=false",
    ].join("\n"),
  );
  await folder.write("package.json", '{ "type": "module" }');
  await folder.run(["jsr", "add", `--${manager}`, name], {
    BUN_INSTALL_CACHE_DIR: cache,
  });
  assertEquals(npm.missing, []);
}

for (
  const { manager, runtime } of [
    { manager: "npm", runtime: "node" },
    { manager: "bun", runtime: "bun" },
  ] as const
) {
  test(`The OpenAI SDK runs over the package that ${manager} installs, on ${runtime}`, async () => {
    await using folder = await emptyFolder();
    await install(folder, manager);
    await borrow(folder, "openai");
    const example = await program("openai_example.ts");
    await folder.write("main.js", example);
    const { stdout, stderr } = await folder.run([runtime, "main.js"]);
    assertEquals([stdout, stderr], ["Hello from npm\n", ""]);

    const cli = `node_modules/${name}/cli/bin.js`;
    const answer = await folder.run([runtime, cli, "--demo", "Hello"]);
    assertEquals(answer.stdout, "You said: Hello\n");
    const printed = await folder.run([runtime, cli, "--version"]);
    assertEquals(printed.stdout, `${version}\n`);
  });
}

test("The package's types work however TypeScript resolves modules", async () => {
  await using folder = await emptyFolder();
  await install(folder, "npm");
  await borrow(folder, "openai", "@types/node", "undici-types");
  await folder.write("main.ts", await program("openai_example.ts"));
  await folder.write("example.ts", await program("example.ts"));
  const ways = [
    ["--module", "node16", "--lib", "ES2023"],
    ["--module", "esnext", "--moduleResolution", "bundler"],
  ];
  for (const way of ways) {
    await folder.run([
      "tsc",
      "--noEmit",
      "--strict",
      ...["--target", "ES2022", "--types", "node"],
      ...way,
      "main.ts",
      "example.ts",
    ]);
  }
});
