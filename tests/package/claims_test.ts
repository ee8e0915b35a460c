import { assertEquals } from "@std/assert";
import { test } from "node:test";
import { denoConfig, read } from "../run/files.ts";
import { importMapOf } from "../run/import_map.ts";

const { packages } = JSON.parse(read("tests/package-lock.json"));

/** The version that the tests run with. */
function installed(name: string): string {
  return packages[`node_modules/${name}`].version;
}

test("deno.json has the versions that npm installs", () => {
  for (const target of Object.values(denoConfig.imports)) {
    const [, name, version] = /^npm:(.+)@([^/]+)$/.exec(target) ?? [];
    if (name) assertEquals(version, installed(name), name);
  }
});

test("The tests' import map is made from deno.json", () => {
  assertEquals(
    JSON.parse(read("tests/import_map.json")),
    importMapOf(denoConfig),
  );
});
