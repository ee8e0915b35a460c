/** The npm package, as a user gets it. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { cp, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { MINIMUM_VERSIONS } from "../compat/minimum.ts";
import { emptyFolder, type Folder } from "../helpers/folder.ts";
import { startNPM } from "../helpers/npm_registry.ts";
import { entryPoints, name, program, version } from "../helpers/published.ts";
import { buildRelease, type Release, REPOSITORY } from "../helpers/release.ts";
import { REPOSITORY as UNSET } from "../release/repository.ts";
import { BUDGET_BYTES, measureCore } from "../run/core_size.ts";
import { root } from "../run/files.ts";

let release: Release;
/** A project in which npm has installed the package. */
let project: Folder;

before(async () => {
  release = await buildRelease();
  project = await emptyFolder();
  await install(project, "npm");
});

after(async () => {
  await project[Symbol.asyncDispose]();
  await release[Symbol.asyncDispose]();
});

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

/** Installs the package in an empty folder. */
async function install(folder: Folder, manager: "npm" | "bun") {
  await using npm = await startNPM(release.npm);
  const cache = join(folder.path, ".cache");
  await folder.write(
    ".npmrc",
    [
      `registry=${npm.origin}`,
      `cache=${cache}`,
      "audit=false",
      "fund=false",
      "update-notifier=false",
    ].join("\n"),
  );
  await folder.write("package.json", '{ "type": "module" }');
  await folder.run([manager, "add", name], { BUN_INSTALL_CACHE_DIR: cache });
  assertEquals(npm.missing, []);
}

/** `@copilot-fetch/core/usage`, and so on. */
const specifiers = Object.keys(entryPoints).map((entry) =>
  name + entry.slice(1)
);

test("package.json has no dependencies and no scripts, and says what npm and its users need", async () => {
  const text = await project.read(`node_modules/${name}/package.json`);
  const { exports, engines, description, keywords, typesVersions, ...rest } =
    JSON.parse(text);
  const subpaths = Object.entries(entryPoints).filter(([entry]) =>
    entry !== "."
  );
  assertEquals(typesVersions, {
    "*": Object.fromEntries(subpaths.map(([entry, path]) => [
      entry.replace("./", ""),
      [path.replace(/\.ts$/, ".d.ts")],
    ])),
  });
  assertEquals(rest, {
    name,
    version,
    license: "MIT",
    type: "module",
    repository: { type: "git", url: `git+${REPOSITORY}.git` },
    homepage: `${REPOSITORY}#readme`,
    bugs: `${REPOSITORY}/issues`,
    bin: { "copilot-fetch": "./cli/bin.js" },
    main: "./mod.js",
    types: "./mod.d.ts",
    sideEffects: false,
    publishConfig: { access: "public" },
  });
  assertEquals(
    Object.keys(exports),
    [...Object.keys(entryPoints), "./package.json"],
  );
  assertEquals(engines, { node: `>=${MINIMUM_VERSIONS.node.minimum}` });
  assert(description.length < 120 && keywords.length > 0);
});

test("Every file of the npm package is JavaScript, its types, or about the package", async () => {
  const { stdout } = await project.run([
    ...["npm", "pack", "--json", "--dry-run"],
    join(project.path, "node_modules", name),
  ]);
  const [{ files }] = JSON.parse(stdout);
  const paths: string[] = files.map(({ path }: { path: string }) => path);
  const isCode =
    /^(cli|credential|shared|store|testing|usage)\/\w+(\.d\.ts|\.js)$/;
  assertEquals(
    paths.filter((path) => !isCode.test(path)).sort(),
    ["LICENSE", "README.md", "mod.d.ts", "mod.js", "package.json"],
  );
});

test("import and require() of the npm package give the same modules, with nothing printed", async () => {
  await project.write(
    "main.cjs",
    `const specifiers = ${JSON.stringify(specifiers)};
(async () => {
  for (const specifier of specifiers) {
    const required = require(specifier);
    const imported = await import(specifier);
    for (const key of Object.keys(imported)) {
      if (imported[key] !== required[key]) console.log(specifier, key);
    }
  }
})();\n`,
  );
  const { stdout, stderr } = await project.run(["node", "main.cjs"]);
  assertEquals([stdout, stderr], ["", ""]);
});

test("A TokenCache of the npm package accepts a store that its ./store has sealed", async () => {
  await project.write(
    "store.js",
    `import { TokenCache } from "${name}";
import { sealStore } from "${name}/store";
new TokenCache({ store: sealStore(new Map()) });
console.log("accepted");\n`,
  );
  const { stdout } = await project.run(["node", "store.js"]);
  assertEquals(stdout, "accepted\n");
});

for (
  const { manager, runtime } of [
    { manager: "npm", runtime: "node" },
    { manager: "bun", runtime: "bun" },
  ] as const
) {
  test(`The OpenAI SDK and the program run from the package that ${manager} installs, on ${runtime}`, async () => {
    await using own = await emptyFolder();
    const folder = manager === "npm" ? project : own;
    if (manager === "bun") await install(own, "bun");
    await borrow(folder, "openai");
    const example = await program("openai_example.ts");
    await folder.write("main.js", example);
    const { stdout, stderr } = await folder.run([runtime, "main.js"]);
    assertEquals([stdout, stderr], ["Hello from npm\n", ""]);

    const start = manager === "npm"
      ? ["npm", "exec", "--no", "copilot-fetch", "--"]
      : ["bun", "--bun", "run", "copilot-fetch"];
    const answer = await folder.run([...start, "--demo", "Hello"]);
    assertEquals(answer.stdout, "You said: Hello\n");
    assertStringIncludes(answer.stderr, "exchange   GET ");
    // As `npx` does, where the package is installed.
    const byName = manager === "npm"
      ? ["npm", "exec", "--no", "--", name]
      : ["bun", `node_modules/${name}/cli/bin.js`];
    const printed = await folder.run([...byName, "--version"]);
    assertEquals([printed.stdout, printed.stderr], [`${version}\n`, ""]);
  });
}

test("The npm package's types work however TypeScript resolves modules", async () => {
  await borrow(project, "openai", "@types/node", "undici-types");
  const everything = specifiers.map((specifier, index) =>
    `import * as entry${index} from "${specifier}";\nvoid entry${index};\n`
  ).join("");
  await project.write("main.ts", await program("openai_example.ts"));
  await project.write("everything.ts", everything);
  await project.write("example.ts", await program("example.ts"));
  await project.write("required.cts", everything);
  const ways = [
    ["--module", "node16"],
    ["--module", "nodenext", "required.cts"],
    ["--module", "esnext", "--moduleResolution", "bundler"],
  ];
  for (const way of ways) {
    await project.run([
      ...["tsc", "--ignoreConfig", "--noEmit", "--strict"],
      ...["--target", "ES2022", "--lib", "ES2023", "--types", "node"],
      ...["main.ts", "everything.ts", "example.ts", ...way],
    ]);
  }
});

test("The npm package holds no path of the machine that built it", async () => {
  for (const path of ["mod.js", "shared/core.js", "shared/core.d.ts"]) {
    const text = await project.read(`node_modules/${name}/${path}`);
    assertEquals(text.includes("file:"), false, path);
    assertEquals(text.includes(root.replace(/.$/, "")), false, path);
  }
});

test("The types of the npm package link to the repository, at its address", async () => {
  const folder = join(project.path, "node_modules", name);
  const paths = await readdir(folder, { recursive: true });
  const texts = await Promise.all(
    paths.filter((path) => path.endsWith(".d.ts"))
      .map((path) => readFile(join(folder, path), "utf8")),
  );
  const types = texts.join("");
  assertStringIncludes(types, `${REPOSITORY}/blob/main/docs/billing.md`);
  assertEquals(types.includes(UNSET), false);
});

test("The core of the npm package is no larger in a user's bundle than its sources may be", async () => {
  const { imports, gzipped } = await measureCore(
    join(project.path, "node_modules", name, "mod.js"),
  );
  assertEquals(imports, []);
  assert(gzipped <= BUDGET_BYTES, `${gzipped} bytes`);
});
