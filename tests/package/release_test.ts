/** The release command, the package for JSR, and `copilot_fetch.js`. */
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { TokenCache } from "../../mod.ts";
import { emptyFolder, runIn } from "../helpers/folder.ts";
import { entryPoints, name, version } from "../helpers/published.ts";
import { buildRelease, type Release, REPOSITORY } from "../helpers/release.ts";
import { rejection } from "../helpers/stubs.ts";
import {
  type Candidate,
  problemsOf,
  readChangelog,
} from "../release/readiness.ts";
import {
  REPOSITORY as UNSET,
  resolveRepository,
  UsageError,
  withRepository,
} from "../release/repository.ts";
import { read, root, sourceFiles } from "../run/files.ts";

let release: Release;

before(async () => {
  release = await buildRelease();
});

after(() => release[Symbol.asyncDispose]());

test("resolveRepository() takes the given address, else that of the workflow's repository", () => {
  const workflow = {
    GITHUB_SERVER_URL: "https://github.com",
    GITHUB_REPOSITORY: "a/b",
  };
  assertEquals(resolveRepository(REPOSITORY, workflow), REPOSITORY);
  assertEquals(
    resolveRepository(undefined, workflow),
    "https://github.com/a/b",
  );
});

test("resolveRepository() refuses an address that is unset or malformed", () => {
  assertThrows(() => resolveRepository(undefined, {}), UsageError, "not set");
  for (
    const address of [
      UNSET,
      "https://github.com/OWNER/other",
      "",
      "https://github.com/a",
      "https://github.com/a/b/",
      "https://github.com/a/b.git",
      "https://github.com/a/..",
      "https://github.com/a/b#c",
      "http://github.com/a/b",
      "https://example.com/a/b",
      "git@github.com:a/b",
      "a/b",
    ]
  ) {
    assertThrows(() => resolveRepository(address, {}), UsageError);
  }
});

test("withRepository() replaces the address in every link", () => {
  const text = `[a](${UNSET}/blob/main/a.md) [b](${UNSET})`;
  assertEquals(
    withRepository(text, "https://github.com/a/b"),
    "[a](https://github.com/a/b/blob/main/a.md) [b](https://github.com/a/b)",
  );
});

const READY: Candidate = {
  version: "1.2.3",
  changelog:
    "# Changelog\n\n## [Unreleased]\n\n## [1.2.3] - 2026-12-01\n\n### Added\n\n- A\n\n## [1.2.2] - 2026-11-01\n",
  tag: "v1.2.3",
  changedFiles: [],
};

test("readChangelog() returns the entries that are not released, the newest version and its entries", () => {
  assertEquals(readChangelog(READY.changelog), {
    unreleased: "",
    newest: "1.2.3",
    notes: "### Added\n\n- A",
  });
  assertEquals(
    readChangelog("# C\n\n## [Unreleased]\n\n### Added\n\n- A\n"),
    { unreleased: "### Added\n\n- A", newest: undefined, notes: "" },
  );
});

test("readChangelog() reads CHANGELOG.md to the links at its end", () => {
  const { newest, notes } = readChangelog(read("CHANGELOG.md"));
  assertEquals(newest, version);
  assertStringIncludes(notes, "### Added\n");
  assertEquals(/^\[|^## /m.test(notes), false);
});

test("problemsOf() names what keeps a version from being released", () => {
  assertEquals(problemsOf(READY), []);
  assertEquals(problemsOf({ ...READY, tag: undefined }), []);
  const wrong: Partial<Candidate>[] = [
    { tag: "v1.2.4" },
    { tag: "1.2.3" },
    { changedFiles: [" M mod.ts"] },
    {
      changelog: READY.changelog.replace(
        "[Unreleased]\n",
        "[Unreleased]\n\n- B\n",
      ),
    },
    { changelog: READY.changelog.replace("[1.2.3]", "[1.2.4]") },
  ];
  for (const difference of wrong) {
    assertEquals(problemsOf({ ...READY, ...difference }).length, 1);
  }
  assertEquals(problemsOf({ ...READY, version: "1.2.4" }).length, 2);
});

/** Runs the release command with words that it should refuse. */
async function refusal(...args: string[]): Promise<string> {
  const error = await rejection(() =>
    runIn(root, [
      ...["tsx", "--tsconfig=tests/tsconfig.json", "tests/release/main.ts"],
      ...args,
    ], { GITHUB_SERVER_URL: "", GITHUB_REPOSITORY: "" })
  );
  return `${error}`;
}

test("The release command ends with 2 if the repository's address is not set, and builds nothing", async () => {
  await using folder = await emptyFolder();
  const out = join(folder.path, "out");
  assertStringIncludes(await refusal(`--out=${out}`, "--draft"), ": 2\n");
  assertStringIncludes(await refusal("--repo=a/b", `--out=${out}`), ": 2\n");
  assertEquals(readdirSync(folder.path), []);
});

test("The release command ends with 2 if the folder has files, and keeps them", async () => {
  await using folder = await emptyFolder();
  await folder.write("letter.txt", "Dear");
  const args = ["--draft", `--repository=${REPOSITORY}`];
  const out = `--out=${folder.path}`;
  assertStringIncludes(await refusal(out, ...args), ": 2\n");
  assertEquals(readdirSync(folder.path), ["letter.txt"]);
});

test("The package for JSR is the sources, with the repository's address, and Deno would publish it", async () => {
  const { stderr } = await runIn(release.jsr, ["deno", "publish", "--dry-run"]);
  const files = [...stderr.matchAll(/^ +file:\S+\/jsr\/(\S+) \(/gm)]
    .map(([, path]) => path);
  assertEquals(
    files.sort(),
    ["LICENSE", "README.md", "deno.json", ...sourceFiles].sort(),
  );
  const config = JSON.parse(
    await readFile(join(release.jsr, "deno.json"), "utf8"),
  );
  assertEquals(config, {
    name,
    version,
    license: "MIT",
    exports: entryPoints,
  });
  for (const file of files.filter((path) => path !== "deno.json")) {
    const text = await readFile(join(release.jsr, file), "utf8");
    assertEquals(text, withRepository(read(file), REPOSITORY), file);
  }
});

test("copilot_fetch.js is one file without imports, with the license at its top", async () => {
  for (const path of [release.singleFile, typesOf(release.singleFile)]) {
    const text = await readFile(path, "utf8");
    assertEquals(/^(import|export .* from)\b/m.test(text), false, path);
    assertEquals(/^\/\*!\n \* copilot-fetch \d/.test(text), true, path);
    assertStringIncludes(text, REPOSITORY);
    assertStringIncludes(text, "THE SOFTWARE IS PROVIDED");
  }
});

test("A TokenCache of another copy refuses a store that copilot_fetch.js has sealed", async () => {
  const { sealStore } = await import(pathToFileURL(release.singleFile).href);
  const store = sealStore(new Map());
  assertThrows(() => new TokenCache({ store }), TypeError, "store");
});

function typesOf(file: string): string {
  return file.replace(/\.js$/, ".d.ts");
}

const PROGRAM = `import {
  createCopilotFetch, fetchUsage, sealStore, TokenCache,
} from "./copilot_fetch.js";

const answers: Record<string, unknown> = {
  "/copilot_internal/v2/token": { token: "tid=1;exp=9999999999", refresh_in: 1500 },
  "/models": { data: [] },
  "/copilot_internal/user": { copilot_plan: "individual" },
};
const options = {
  fetch: (input: string | URL | Request) => {
    const { pathname } = new URL(input instanceof Request ? input.url : input);
    return Promise.resolve(Response.json(answers[pathname]));
  },
};
const entries = new Map<string, string>();
const cache = new TokenCache({ store: sealStore(entries) });
const copilot: typeof fetch = createCopilotFetch("ghu_any", { ...options, cache });
console.log((await copilot("/models")).status, entries.size > 0);
console.log((await fetchUsage("ghu_any", options)).plan);
`;

test("copilot_fetch.js runs on Deno, Bun and Node, shares tokens over its own store, and has types", async () => {
  await using folder = await emptyFolder();
  for (const path of [release.singleFile, typesOf(release.singleFile)]) {
    const file = path.slice(dirname(path).length + 1);
    await folder.write(file, await readFile(path));
  }
  await folder.write("main.ts", PROGRAM);
  await folder.write("package.json", '{ "type": "module" }');
  for (const command of [["deno", "run", "--check"], ["bun"], ["tsx"]]) {
    // The tests' own tsconfig is not that of a user.
    const env = { TSX_TSCONFIG_PATH: "" };
    const { stdout } = await folder.run([...command, "main.ts"], env);
    assertEquals(stdout, "200 true\nindividual\n", command.join(" "));
  }
  await folder.run([
    ...["tsc", "--ignoreConfig", "--noEmit", "--strict", "--types", ""],
    ...["--module", "nodenext", "--lib", "ES2023,DOM", "main.ts"],
  ]);
});
