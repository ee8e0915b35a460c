import { assertEquals, assertStringIncludes } from "@std/assert";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { exchangeToken } from "../../mod.ts";
import { tokenError } from "../helpers/stubs.ts";

function read(path: string): string {
  return readFileSync(new URL(path, import.meta.url), "utf8");
}

const { runtimes } = JSON.parse(read("../../deno.json"));
const { packages } = JSON.parse(read("../package-lock.json"));
const importMap: Record<string, string> =
  JSON.parse(read("../import_map.json")).imports;

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
  const readme = read("../../README.md").replace(/\s+/g, " ");
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

test("The README's costs are those that were measured last", () => {
  const cells = (row: string) => row.split("|").slice(-4, -1);
  const median = (cell: string) => /[\d.]+/.exec(cell)?.[0];
  const medians = (file: string, row: RegExp) => {
    const [line] = read(file).split("\n").filter((line) => row.test(line));
    return cells(line).map(median);
  };
  for (
    const [written, measured] of [
      [/^\| a call on a warm token, 1 KB/, /^\| warm call, 1 KB/],
      [/^\| a call on a warm token, 1 MB/, /^\| warm call, 1 MB/],
      [/^\| a call to a server/, /^\| call over loopback/],
      [/^\| one of 100 000/, /^\| 100 000 cold callers/],
      [/^\| the longest wait/, /^\| stall at a renewal/],
    ]
  ) {
    assertEquals(
      medians("../../README.md", written),
      medians("../bench/RESULTS.md", measured),
    );
  }
});

test("The README's hints are those that the errors give", async () => {
  const [, table] = read("../../README.md").split(/^\| what happened .*$/m);
  const written = [...table.split("\n\n")[0].matchAll(/^\|.*?\| (.*?) +\|$/gm)]
    .map(([, hint]) => hint).slice(1);
  assertEquals(written, await Promise.all(HINTS.map(hintFor)));
});

/** Who asked, and what GitHub answered: the rows of the README's table. */
const HINTS: [credential: string, answer: () => Response][] = [
  ["ghu_a", () => new Response("", { status: 401 })],
  ["gho_a", () => new Response("", { status: 404 })],
  ["ghp_a", () => new Response("", { status: 403 })],
  ["github_pat_a", () => new Response("", { status: 403 })],
  ["ghu_a", () => new Response("quota exceeded", { status: 403 })],
  ["ghu_a", () => new Response("", { status: 403 })],
  ["Bearer ghu_a", () => new Response("", { status: 401 })],
  ["", () => new Response("")],
  ["ghu_a", () => new Response("", { status: 429 })],
];

async function hintFor(
  [credential, answer]: typeof HINTS[number],
): Promise<string | undefined> {
  const fetch = () => Promise.resolve(answer());
  const error = await tokenError(() => exchangeToken(credential, { fetch }));
  return error.hint;
}
