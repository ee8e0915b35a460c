/** The form of the README; tests/package/community_test.ts checks its links and tables. */
import { assert, assertEquals } from "@std/assert";
import { test } from "node:test";
import { REPOSITORY } from "../release/repository.ts";
import { read } from "../run/files.ts";

const MAX_LINES = 160;

/** Pages of others that the README names. */
const OTHERS = [
  "https://cli.github.com",
  "https://github.com/github/copilot-sdk",
];

const text = read("README.md");

test(`README.md has at most ${MAX_LINES} lines`, () => {
  const lines = text.trimEnd().split("\n");
  assert(lines.length <= MAX_LINES, `${lines.length} lines`);
});

test("README.md links to pages of the repository, and to GitHub's own programs", () => {
  const wrong = [...text.matchAll(/\bhttps:\/\/[^\s)>\]]+/g)]
    .map(([link]) => link)
    .filter((link) => !link.startsWith(`${REPOSITORY}/blob/main/`))
    .filter((link) => !OTHERS.includes(link));
  // What --demo prints.
  assertEquals(
    wrong.filter((link) => !link.startsWith("https://api.github.com/")),
    [],
  );
});

test("README.md uses each link that it defines, and defines each that it uses", () => {
  const matches = (pattern: RegExp) =>
    [...text.matchAll(pattern)].map(([, name]) => name);
  assertEquals(
    [...new Set(matches(/\]\[([^\]]+)\]/g))].sort(),
    matches(/^\[([^\]]+)\]: /gm).sort(),
  );
});
