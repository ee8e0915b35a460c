import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { test } from "node:test";
import { MINIMUM_VERSIONS, RUNTIME_NAMES } from "../compat/minimum.ts";
import { PAGE, pageOf } from "../compat/page.ts";
import { readResults } from "../compat/results.ts";
import { NODES, SDKS, TYPES, WRAPPERS } from "../compat/rows.ts";
import { read } from "../run/files.ts";

const { packages } = JSON.parse(read("tests/compat/package-lock.json"));
const { dependencies } = JSON.parse(read("tests/compat/package.json"));

test(`${PAGE} has the versions of the suite and the last results of run compat`, () => {
  assertEquals(read(PAGE), pageOf(readResults()));
});

test(`${PAGE} has results of every row, for the versions of tests/compat`, () => {
  const results = readResults();
  const runtimes = RUNTIME_NAMES.flatMap((name) => [
    `${name}-minimum`,
    `${name}-before`,
  ]);
  const titles = [...SDKS, ...WRAPPERS].map(({ title }) => title);
  for (const title of [...NODES, ...titles, TYPES, ...runtimes]) {
    assert(title in results, title);
    for (const [name, version] of Object.entries(results[title].versions)) {
      assertEquals(version, packages[`node_modules/${name}`].version, name);
    }
  }
});

test(`${PAGE} says of a row whose package is not installed that it was not run`, () => {
  const [{ title }] = SDKS;
  const result = { versions: {}, date: "", passed: 0, failed: [] };
  const missing = ["openai"];
  const page = pageOf({ ...readResults(), [title]: { ...result, missing } });
  assertStringIncludes(page, "not run: openai is not installed");
});

for (const runtime of RUNTIME_NAMES) {
  test(`The oldest version of ${runtime} passes every scene, and the one before it fails for the stated reason`, () => {
    const { minimum, before, failsWith } = MINIMUM_VERSIONS[runtime];
    assertEquals(
      dependencies[`${runtime}-minimum`],
      `npm:${runtime}@${minimum}`,
    );
    assertEquals(dependencies[`${runtime}-before`], `npm:${runtime}@${before}`);
    const results = readResults();
    assertEquals(results[`${runtime}-minimum`].failed, []);
    assertStringIncludes(
      results[`${runtime}-before`].failed.join("\n"),
      failsWith,
    );
  });
}

test("README.md names the oldest version of each runtime", () => {
  const { node, bun, deno } = MINIMUM_VERSIONS;
  const [nodeMajor] = node.minimum.split(".");
  assertStringIncludes(
    read("README.md"),
    `Node ${nodeMajor}, Bun ${bun.minimum}, Deno ${deno.minimum} or\nnewer`,
  );
});

test("The oldest Deno that npm has fails with --serve alone", () => {
  const { failed } = readResults()["deno-oldest"];
  assertEquals(failed.length, 1);
  assertStringIncludes(failed[0], "--serve");
});
