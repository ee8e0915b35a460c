import { assertEquals, assertStringIncludes } from "@std/assert";
import { readFileSync } from "node:fs";
import { test } from "node:test";

function read(path: string): string {
  return readFileSync(new URL(path, import.meta.url), "utf8");
}

const { runtimes } = JSON.parse(read("../deno.json"));
const { packages } = JSON.parse(read("./package-lock.json"));
const importMap: Record<string, string> =
  JSON.parse(read("./import_map.json")).imports;

/** The version that the tests run with. */
function installed(name: string): string {
  return packages[`node_modules/${name}`].version;
}

test("The runtimes that deno.json names are those that the tests run on", () => {
  assertEquals(Object.keys(runtimes), ["deno", "bun", "node", "workerd"]);
  for (const name of ["deno", "bun", "workerd"]) {
    assertEquals(runtimes[name], installed(name));
  }
});

test("The README names the same, and the SDKs that the tests use", () => {
  const readme = read("../README.md").replace(/\s+/g, " ");
  for (
    const [name, version] of [
      ["Deno", runtimes.deno],
      ["Bun", runtimes.bun],
      ["Node", runtimes.node],
      ["workerd", runtimes.workerd],
      ["OpenAI SDK", installed("openai")],
      ["AI SDK", installed("ai")],
      ["Anthropic SDK", installed("@anthropic-ai/sdk")],
      ["LangChain's OpenAI package", installed("@langchain/openai")],
    ]
  ) {
    assertStringIncludes(readme, `${name} ${version}`);
  }
});

test("Deno's import map has the versions that npm installs", () => {
  for (const target of Object.values(importMap)) {
    const [, name, version] = /^npm:\/?(.+)@([^/]+)/.exec(target) ?? [];
    if (name) assertEquals(version, installed(name), name);
  }
});
