import { assert, assertEquals } from "@std/assert";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { DEFAULT_MODELS } from "../../testing/models.ts";
import { read, root, sourceFiles } from "../run/files.ts";
import { DOCUMENTS } from "./documents.ts";

/** The models that documents and examples may name: those of the fake. */
const CURRENT = DEFAULT_MODELS.map(({ id }) => id);

/** Other words that look like a model's name, and why they are there. */
const OTHERS: Record<string, string> = {
  "claude-code": "a tool",
  "claude-code-agent-id": "a part of a header's name",
  "claude-code-model": "a row of docs/tools.md",
  "claude-haiku-4-5-20251001": "a name that Claude Code sends",
};

const NAME =
  /\b(gpt|claude|gemini|grok|kimi|o\d|text-embedding)-[a-z0-9][\w.-]*\b/g;

const EXAMPLE_FILES = readdirSync(join(root, "docs/examples"))
  .map((file) => `docs/examples/${file}`);

/** The documentation comments of a source file. */
function commentsOf(file: string): string {
  return (read(file).match(/\/\*\*[^]*?\*\//g) ?? []).join("\n");
}

const texts: [file: string, text: string][] = [
  ...[...DOCUMENTS, ...EXAMPLE_FILES, "CONTRIBUTING.md"]
    .map((file): [string, string] => [file, read(file)]),
  ...sourceFiles.map((file): [string, string] => [file, commentsOf(file)]),
];

test("Documents and comments name no model that the fake does not list", () => {
  const known = [...CURRENT, ...Object.keys(OTHERS)];
  const wrong = texts.flatMap(([file, text]) =>
    [...new Set(text.match(NAME))].filter((name) => !known.includes(name))
      .map((name) => `${file}: ${name}`)
  );
  assertEquals(wrong, []);
});

test("The models of documents and comments are found by their names", () => {
  const names = texts.flatMap(([, text]) => text.match(NAME) ?? []);
  for (const name of ["gpt-5-mini", "claude-haiku-4.5"]) {
    assert(names.includes(name), name);
  }
});
