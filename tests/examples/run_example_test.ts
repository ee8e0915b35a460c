import { assertEquals, assertStringIncludes } from "@std/assert";
import { test } from "node:test";
import { runtime } from "../helpers/command.ts";
import { rejection } from "../helpers/stubs.ts";
import { RUNTIME } from "./documents.ts";
import type { Example } from "./blocks.ts";
import { runExample, runtimesOf } from "./run_example.ts";

function example(code: string, marks: string[] = []): Example {
  const file = "page.md";
  return { file, line: 1, language: "ts", marks, code, output: undefined };
}

test("runtimesOf() returns all runtimes unless an example names one, or only Deno knows what it uses", () => {
  assertEquals(runtimesOf(example("")), ["deno", "bun", "node"]);
  assertEquals(runtimesOf(example("", ["bun", "node"])), ["bun", "node"]);
  assertEquals(runtimesOf(example("", ["workerd"])), []);
  assertEquals(runtimesOf(example("Deno.args")), ["deno"]);
  assertEquals(runtimesOf(example('import "a" from "npm:a";')), ["deno"]);
});

test("runExample() returns what an example prints on stdout and stderr, with the answers of the fake", async () => {
  const code = `import { createCopilotFetch } from "@copilot-fetch/core";
const copilot = createCopilotFetch(process.env.COPILOT_GITHUB_TOKEN ?? "");
console.log(typeof Deno, typeof Bun);
console.error((await copilot("/models")).status);
const value: string = "last";
console.log(value);
`;
  const types = {
    Deno: "object undefined",
    Bun: "undefined object",
    Node: "undefined undefined",
  };
  assertEquals(
    await runExample(example(code), RUNTIME),
    `${types[runtime]}\n200\nlast\n`,
  );
});

test("runExample() rejects with the line and the output of an example that fails", async () => {
  const code = 'console.log("before");\nthrow new Error("it failed");\n';
  const error = await rejection(() => runExample(example(code), RUNTIME));
  for (const part of [`page.md:1 on ${RUNTIME}: 1`, "before", "it failed"]) {
    assertStringIncludes(`${error}`, part);
  }
});
