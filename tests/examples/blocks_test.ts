import { assertEquals } from "@std/assert";
import { test } from "node:test";
import {
  type Example,
  examplesIn,
  examplesInComments,
  withOutputs,
} from "./blocks.ts";

const FENCE = "```";

const PAGE = `# Page

${FENCE}ts deno bun
console.log("a");
${FENCE}

${FENCE}text
a
${FENCE}

1. In a list:

   ${FENCE}sh
   echo b

   echo c
   ${FENCE}

${FENCE}json
{}
${FENCE}
`;

const EXAMPLES: Example[] = [
  {
    file: "page.md",
    line: 3,
    language: "ts",
    marks: ["deno", "bun"],
    code: 'console.log("a");\n',
    output: "a\n",
  },
  {
    file: "page.md",
    line: 13,
    language: "sh",
    marks: [],
    code: "echo b\n\necho c\n",
    output: undefined,
  },
];

test("examplesIn() returns the blocks that can be run, with their marks and outputs", () => {
  assertEquals(examplesIn("page.md", PAGE), EXAMPLES);
});

test("examplesInComments() returns those of documentation comments, with the line in the source", () => {
  const source = PAGE.split("\n").map((line) => ` * ${line}`).join("\n");
  const wanted = EXAMPLES.map((example) => ({
    ...example,
    file: "mod.ts",
    line: example.line + 1,
  }));
  assertEquals(
    examplesInComments(
      "mod.ts",
      `/**\n${source}\n */\nconst text = "${FENCE}";`,
    ),
    wanted,
  );
});

test("withOutputs() replaces the output below an example, and adds one that is missing", () => {
  const text = withOutputs(PAGE, ["x\n", "y\n\nz\n"]);
  assertEquals(
    examplesIn("page.md", text).map(({ output }) => output),
    ["x\n", "y\n\nz\n"],
  );
  assertEquals(withOutputs(text, [undefined, "y\n\nz\n"]), text);
  assertEquals(withOutputs(PAGE, [undefined, undefined]), PAGE);
});
