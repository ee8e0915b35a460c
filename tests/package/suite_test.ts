import { assertEquals, assertThrows } from "@std/assert";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { deferred } from "../helpers/stubs.ts";
import { emptyFolder } from "../helpers/folder.ts";
import { root, testFiles } from "../run/files.ts";
import { importMapOf } from "../run/import_map.ts";
import { parseReport } from "../run/report.ts";
import { runStage } from "../run/run_stage.ts";
import { runTasks, type Task } from "../run/schedule.ts";
import { PARTS, readSelection } from "../run/selection.ts";
import { stagesOf } from "../run/stages.ts";

const REPORTS = {
  Deno: `<testcase name="a &amp; &quot;b&quot;" classname="./tests/x_test.ts">
    </testcase><testcase name="c &lt; d" classname="./tests/x_test.ts">
    <failure message="no">no</failure></testcase>
    <testcase name="e" classname="./tests/x_test.ts"><skipped/></testcase>`,
  Bun: `<testcase name="a" classname="" file="tests/x_test.ts" />
    <testcase name="c &lt; d" classname="" file="tests/x_test.ts">
    <failure type="Error" message="no">no</failure></testcase>
    <testcase name="e" file="tests/x_test.ts"><skipped /></testcase>`,
  Node: `<testcase name="a" classname="test"/>
    <testcase name="c &amp;lt; d" classname="test" failure="no">
    <failure type="testCodeFailure" message="no">no</failure></testcase>
    <testcase name="e"><skipped type="skipped" message="true"/></testcase>`,
};

for (const [runtime, xml] of Object.entries(REPORTS)) {
  test(`The suite counts the tests in a report of ${runtime}, and names those that failed`, () => {
    const file = runtime === "Node" ? "" : "tests/x_test.ts: ";
    assertEquals(parseReport(xml), { passed: 1, failed: [`${file}c < d`] });
  });
}

/** Runs a stage of the suite that is a program of Node's. */
async function resultOf(program: string, report?: string) {
  await using folder = await emptyFolder();
  const file = join(folder.path, "report.xml");
  if (report !== undefined) writeFileSync(file, report);
  const { passed, failed } = await runStage({
    name: "stage",
    command: ["node", "--eval", program],
    tests: { files: ["tests/x_test.ts"], report: file },
  });
  return { passed, failed };
}

test("A stage whose command fails has failed, whatever it reports", async () => {
  assertEquals(await resultOf("process.exit(3)"), {
    passed: 0,
    failed: ["the command ended with code 3"],
  });
  const report = '<testcase name="a"/>';
  assertEquals(await resultOf("process.exit(3)", report), {
    passed: 1,
    failed: ["the command ended with code 3"],
  });
});

test("A stage that finds no test has failed", async () => {
  const failed = ["no test was found"];
  assertEquals(await resultOf("0"), { passed: 0, failed });
  const report = '<testcase name="a"><skipped/></testcase>';
  assertEquals(await resultOf("0", report), { passed: 0, failed });
});

test("The suite runs stages side by side, but none before another that it needs, and one of a lock at a time", async () => {
  const events: string[] = [];
  const ends = new Map<string, () => void>();
  const task = (name: string, more: Partial<Task> = {}): Task => ({
    name,
    ...more,
    run() {
      const { promise, resolve } = deferred();
      events.push(`+${name}`);
      ends.set(name, () => {
        events.push(`-${name}`);
        resolve();
      });
      return promise;
    },
  });
  const end = async (name: string) => {
    ends.get(name)?.();
    await new Promise((resolve) => setTimeout(resolve));
  };
  const done = runTasks([
    task("tls", { lock: "network" }),
    task("package", { lock: "network" }),
    task("coverage", { after: "core" }),
    task("core"),
    task("late"),
  ], 2);
  for (const name of ["core", "coverage", "tls", "package", "late"]) {
    await end(name);
  }
  await done;
  assertEquals(
    events.join(" "),
    "+tls +core -core +coverage -coverage +late -tls +package -package -late",
  );
});

test("npm --prefix tests test takes parts, paths and one name in any order", () => {
  const file = "tests/package/suite_test.ts";
  const whole = { files: undefined, name: undefined, watch: false };
  assertEquals(readSelection([]), { parts: [], ...whole });
  assertEquals(readSelection(["node", "deno"]), {
    parts: ["deno", "node"],
    ...whole,
  });
  assertEquals(readSelection(["a name", "package/suite_test.ts", "--watch"]), {
    parts: [],
    files: [file],
    name: "a name",
    watch: true,
  });
  const { files } = readSelection(["tests/package"]);
  assertEquals(files, testFiles.filter((f) => f.startsWith("tests/package/")));
  assertThrows(() => readSelection(["one", "other"]), Error, '"one other"');
});

test("npm --prefix tests test refuses a mistyped part or path before it runs anything", () => {
  // Not whole words here, as this file is searched for them.
  const mistyped = [
    "ch" + "ecsk",
    "tests/ca" + "che_x",
    "tests/x/" + "y_test.ts",
  ];
  for (const word of mistyped) {
    assertThrows(() => readSelection([word]), Error, `"${word}"`);
  }
  assertEquals(readSelection(["redact"]).name, "redact");
  assertEquals(readSelection(["redact()"]).name, "redact()");
});

test("Every test file is in the stages of the whole suite, on each runtime that can run it", () => {
  const run = new Map<string, number>();
  for (const { tests } of stagesOf(readSelection([]), "")) {
    for (const file of tests?.files ?? []) {
      run.set(file, (run.get(file) ?? 0) + 1);
    }
  }
  const once = /^tests\/(package|workerd)\//;
  assertEquals(
    [...run].sort(),
    testFiles.map((file) => [file, once.test(file) ? 1 : 3]).sort(),
  );
});

test("A file is run by the parts that it belongs to", () => {
  const stages = (...words: string[]) =>
    stagesOf(readSelection(words), "").map(({ name }) => name);
  assertEquals(stages("tests/package/suite_test.ts"), ["package"]);
  assertEquals(stages("tests/cache"), ["deno", "bun", "node"]);
  assertEquals(stages("bun", "tests/cache"), ["bun"]);
  assertEquals(stages("a name"), ["deno", "bun", "node"]);
  for (const part of PARTS) {
    const names = stages(part);
    assertEquals(names.filter((name) => !name.startsWith(part)), []);
  }
});

test("Network tests and package tests do not run at the same time", () => {
  const locked = stagesOf(readSelection([]), "")
    .filter(({ lock }) => lock === "network").map(({ name }) => name);
  assertEquals(locked, [
    "deno network",
    "bun network",
    "node network",
    "package",
  ]);
});

test("The tests' import map leads to npm and to files that exist", () => {
  const { imports } = importMapOf({
    name: "@you/core",
    version: "1.0.0",
    license: "MIT",
    exports: { ".": "./mod.ts", "./usage": "./usage/mod.ts" },
    imports: {
      "@std/assert": "jsr:@std/assert@^1",
      openai: "npm:openai@6.1.0",
    },
    publish: { include: [] },
    test: { include: [] },
  });
  assertEquals(imports["@you/core/usage"], "../usage/mod.ts");
  assertEquals(imports["jsr:@you/core"], "../mod.ts");
  assertEquals(imports["openai/"], "npm:/openai@6.1.0/");
  assertEquals(imports["npm:openai@^6"], "npm:openai@6.1.0");
  const std = imports["@std/assert"].replace(/^npm:(.+)@[\d.]+/, "$1");
  assertEquals(existsSync(join(root, "tests/node_modules", std)), true);
});
