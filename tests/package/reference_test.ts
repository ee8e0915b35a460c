/**
 * The reference, which `deno doc` and JSR make of the documentation comments,
 * by what JSR scores.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { before, test } from "node:test";
import { type Example, examplesInComments } from "../examples/blocks.ts";
import { runExample, runtimesOf } from "../examples/run_example.ts";
import { emptyFolder, runIn } from "../helpers/folder.ts";
import { entryPoints, name } from "../helpers/published.ts";
import { read, root, sourceFiles } from "../run/files.ts";
import type { Runtime } from "../run/test_command.ts";

/** A documentation comment, as `deno doc --json` has it. */
interface Comment {
  doc?: string;
  tags?: { kind: string; name?: string; doc?: string; value?: string }[];
}

/** A property, a method, a constructor or a parameter. */
interface Member {
  name: string;
  jsDoc?: Comment;
  accessibility?: "private";
  optional?: boolean;
  params?: Member[];
  left?: { name: string };
}

interface Declaration {
  kind: string;
  jsDoc?: Comment;
  def?: Partial<
    Record<"properties" | "methods" | "constructors" | "params", Member[]>
  >;
}

interface Module {
  module_doc: Comment;
  symbols: { name: string; declarations: Declaration[] }[];
}

const modules = new Map<string, Module>();

before(async () => {
  const paths = Object.values(entryPoints);
  const { stdout } = await runIn(root, ["deno", "doc", "--json", ...paths]);
  const { nodes } = JSON.parse(stdout);
  for (const [entry, path] of Object.entries(entryPoints)) {
    const file = Object.keys(nodes).find((url) => url.endsWith(path.slice(1)));
    // "/mod.ts" ends each of them: the shortest is that of ".".
    const shortest = Object.keys(nodes).sort((a, b) => a.length - b.length)[0];
    modules.set(entry, nodes[entry === "." ? shortest : file ?? ""]);
  }
});

/** What is declared in an entry point, and not only exported again. */
function declarationsOf(
  { symbols }: Module,
): { name: string; declaration: Declaration }[] {
  return symbols.flatMap(({ name, declarations }) =>
    declarations.filter(({ kind }) => kind !== "reference")
      .map((declaration) => ({ name, declaration }))
  );
}

/** The examples of a comment, one after the other. */
function examplesOf({ tags = [] }: Comment): string {
  return tags.filter(({ kind }) => kind === "example")
    .map(({ doc = "" }) => doc).join("\n");
}

for (const entry of Object.keys(entryPoints)) {
  const specifier = name + entry.slice(1);
  const moduleOf = (): Module => {
    const module = modules.get(entry);
    if (!module) throw new Error(`deno doc does not know ${specifier}`);
    return module;
  };

  test(`${specifier} says what it is for, with an example`, () => {
    const { module_doc } = moduleOf();
    assertMatch(module_doc.doc ?? "", /^[A-Z][^]{30,}\./);
    assert(`${module_doc.doc}${examplesOf(module_doc)}`.includes("```"));
  });

  test(`The last example of ${specifier} ends with code, as JSR shows what follows as a part of it`, () => {
    const examples = moduleOf().module_doc.tags
      ?.filter(({ kind }) => kind === "example") ?? [];
    assertMatch(examples.at(-1)?.doc ?? "```", /```\s*$/);
  });

  test(`Every export of ${specifier} and each of its members is documented in sentences`, () => {
    const missing: string[] = [];
    for (
      const { name, declaration: { jsDoc, def = {} } } of declarationsOf(
        moduleOf(),
      )
    ) {
      const { properties = [], methods = [], constructors = [] } = def;
      const members = [...properties, ...methods, ...constructors]
        .filter(({ accessibility }) => accessibility !== "private");
      const all = [{ name: "", jsDoc }, ...members];
      for (const part of all) {
        if (/^\S[^]*[.:|`]$/.test(part.jsDoc?.doc?.trim() ?? "")) continue;
        missing.push(`${name} ${part.name}`);
      }
    }
    assertEquals(missing, []);
  });

  test(`Every export of ${specifier} has an example that names it, and every parameter a description`, () => {
    const missing: string[] = [];
    for (
      const { name, declaration: { jsDoc = {}, def = {} } } of declarationsOf(
        moduleOf(),
      )
    ) {
      const isShown = new RegExp(`\\b${name}\\b`).test(examplesOf(jsDoc));
      if (!isShown) missing.push(`${name}: example`);
      for (const { name: param, left } of def.params ?? []) {
        const isDescribed = jsDoc.tags?.some((tag) =>
          tag.kind === "param" && tag.name === (param ?? left?.name) && tag.doc
        );
        if (!isDescribed) missing.push(`${name}: ${param ?? left?.name}`);
      }
    }
    assertEquals(missing, []);
  });
}

test("Every option that may be omitted has its default in the reference", () => {
  const missing = [...modules.values()].flatMap(declarationsOf)
    .filter(({ name }) => name.endsWith("Options"))
    .flatMap(({ name, declaration: { def = {} } }) =>
      (def.properties ?? []).filter(({ optional, jsDoc }) =>
        optional &&
        !jsDoc?.tags?.some(({ value }) => value?.startsWith("@default "))
      ).map((property) => `${name}.${property.name}`)
    );
  assertEquals(missing, []);
});

test("Every method whose parameters may be omitted says what holds by default", () => {
  const missing = [...modules.values()].flatMap(declarationsOf)
    .filter(({ declaration: { kind } }) => kind === "interface")
    .flatMap(({ name, declaration: { def = {} } }) =>
      (def.methods ?? []).filter(({ params = [], jsDoc }) =>
        params.some(({ optional }) => optional) &&
        !/by\s+default/i.test(jsDoc?.doc ?? "")
      ).map((method) => `${name}.${method.name}`)
    );
  assertEquals(missing, []);
});

test("deno doc --html builds the reference of every entry point without a warning", async () => {
  await using folder = await emptyFolder();
  const { stdout, stderr } = await runIn(root, [
    ...["deno", "doc", "--html", `--name=${name}`],
    ...[`--output=${join(folder.path, "reference")}`],
    ...Object.values(entryPoints),
  ]);
  assertMatch(stdout + stderr, /^Written \d+ files to ".*"\n$/);
});

/** The examples of a file that are programs. */
function programsIn(file: string): Example[] {
  return examplesInComments(file, read(file))
    .filter(({ language }) => language !== "sh");
}

/** What an example says that it prints, by line; `undefined` if it does not. */
function announced({ code }: Example): (string | undefined)[] {
  return [...code.matchAll(/^ *console\.log\(.*\);(?: \/\/ (.*))?$/gm)]
    .map(([, comment]) => comment?.replaceAll('"', ""));
}

/**
 * The runtimes to run an example on: each that it is for, if it is in the
 * module of an entry point, which users see first; otherwise one of them.
 */
function testedRuntimesOf(example: Example): readonly Runtime[] {
  const runtimes = runtimesOf(example);
  const modules = Object.values(entryPoints);
  return modules.includes(`./${example.file}`)
    ? runtimes
    : runtimes.slice(0, 1);
}

for (const example of sourceFiles.flatMap(programsIn)) {
  const { file, line } = example;
  for (const runtime of testedRuntimesOf(example)) {
    test(`The example in ${file}:${line} runs on ${runtime} when it is pasted alone, and prints what it says`, async () => {
      const output = await runExample(example, runtime);
      assert(output.trim() !== "");
      const lines = output.trimEnd().split("\n");
      for (const [index, wanted] of announced(example).entries()) {
        if (wanted === undefined) continue;
        // An ellipsis stands for the rest of a long line.
        const [start, rest] = wanted.split("…");
        const isCut = rest !== undefined;
        const line = lines[index];
        assertEquals(isCut ? line.slice(0, start.length) : line, start);
      }
    });
  }
}

test(`The examples of ${name} run on Deno, Bun and Node`, () => {
  for (const example of programsIn("mod.ts")) {
    assertEquals(runtimesOf(example), ["deno", "bun", "node"]);
  }
});
