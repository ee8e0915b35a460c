/** The commands of the documents that install the package. */
import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import process from "node:process";
import { after, before, test } from "node:test";
import { examplesFor, titleOf } from "../examples/documents.ts";
import { emptyFolder } from "../helpers/folder.ts";
import { startJSR } from "../helpers/jsr_registry.ts";
import { startNPM } from "../helpers/npm_registry.ts";
import { name, version } from "../helpers/published.ts";
import { buildRelease, type Release } from "../helpers/release.ts";

let release: Release;

before(async () => {
  release = await buildRelease();
});

after(async () => {
  await release[Symbol.asyncDispose]();
});

/** An empty home, with the registries on loopback. */
interface Home extends AsyncDisposable {
  path: string;
  write(file: string, content: string): Promise<void>;
  /** Runs a command, and returns what it has printed. */
  run(words: string[]): Promise<string>;
}

async function openHome(): Promise<Home> {
  const npm = await startNPM(release.npm);
  const jsr = await startJSR();
  const { path, write, run, ...folder } = await emptyFolder();
  await write(
    ".npmrc",
    [
      `registry=${npm.origin}`,
      `prefix=${path}/.npm-global`,
      "update-notifier=false",
      "audit=false",
    ].join("\n"),
  );
  const env = {
    HOME: path,
    npm_config_registry: npm.origin,
    npm_config_cache: join(path, ".npm-cache"),
    YARN_CACHE_FOLDER: join(path, ".yarn-cache"),
    BUN_INSTALL_CACHE_DIR: join(path, ".bun-cache"),
    DENO_DIR: join(path, ".deno-cache"),
    DENO_NO_UPDATE_CHECK: "1",
    JSR_URL: `${jsr.origin}/`,
  };
  return {
    path,
    write,
    run: async (words) => (await run(words, env)).stdout,
    async [Symbol.asyncDispose]() {
      await npm[Symbol.asyncDispose]();
      await jsr[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
      // `deno install` looks for one, and does not need it.
      const isNeeded = (path: string) => !path.endsWith("/deno.lock");
      const missing = [...npm.missing, ...jsr.missing].filter(isNeeded);
      assertEquals(missing, []);
    },
  };
}

/** Where a global installation puts the program. */
const GLOBAL_FOLDERS: Record<string, string> = {
  npm: ".npm-global/bin",
  deno: ".deno/bin",
};

/** What runs a program of a project. */
const STARTS: Record<string, string[]> = {
  deno: ["deno", "run", "main.mjs"],
  bun: ["bun", "main.mjs"],
};

const PROGRAM = `import { createCopilotFetch } from "${name}";
console.log(typeof createCopilotFetch);\n`;

for (const example of examplesFor(["sh"], "install")) {
  for (const line of example.code.trim().split("\n")) {
    const [manager] = line.split(" ");

    (process.platform === "win32" ? test.skip : test)(
      `${titleOf(example)} installs the package: ${line}`,
      async () => {
        await using home = await openHome();
        await home.run(line.split(" "));
        if (line.includes(" -g")) {
          const folder = join(home.path, GLOBAL_FOLDERS[manager]);
          const program = join(folder, "copilot-fetch");
          const printed = await home.run([program, "--version"]);
          assertEquals(printed, `${version}\n`);
        } else {
          await home.write("main.mjs", PROGRAM);
          const start = STARTS[manager] ?? ["node", "main.mjs"];
          assertEquals(await home.run(start), "function\n");
        }
      },
    );
  }
}

test("The documents install the package with npm, pnpm, yarn, bun and deno", () => {
  const lines = examplesFor(["sh"], "install")
    .flatMap(({ code }) => code.split("\n"));
  for (const manager of ["npm", "pnpm", "yarn", "bun", "deno"]) {
    assert(lines.some((line) => line.startsWith(`${manager} `)), manager);
  }
});
