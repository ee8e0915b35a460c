import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import process from "node:process";

const readme = readFileSync(
  new URL("../../README.md", import.meta.url),
  "utf8",
);

/** What the examples take for granted where they do not say it themselves. */
const ASSUMED: Record<string, string> = {
  createClientOptions:
    `import { createClientOptions } from "@copilot-fetch/core";`,
  createCopilotFetch:
    `import { createCopilotFetch } from "@copilot-fetch/core";`,
  credential: `const credential = "ghu_readme";`,
  token: `const token = "github_pat_readme";`,
};

/** The README's examples in TypeScript. */
export const examples = [...readme.matchAll(/^```ts\n([^]*?)^```$/gm)]
  .map(([, code]) => code);

/** Whether an example is a script for Deno alone. */
export function isForDeno(code: string): boolean {
  return /\bDeno\.env|"jsr:/.test(code);
}

/** A folder with the examples as files. */
export interface ExampleFiles extends Disposable {
  folder: URL;
  files: URL[];
}

/** Makes a module of each example, with what it takes for granted. */
export function writeExamples(): ExampleFiles {
  const folder = new URL(
    `../.out/readme-${process.pid}-${crypto.randomUUID()}/`,
    import.meta.url,
  );
  mkdirSync(folder, { recursive: true });
  const files = examples.map((code, index) => {
    const assumed = Object.entries(ASSUMED)
      .filter(([name]) => uses(code, name) && !declares(code, name))
      .map(([, line]) => line);
    const file = new URL(`example_${index + 1}.ts`, folder);
    writeFileSync(file, [...assumed, code, "export {};\n"].join("\n"));
    return file;
  });
  return {
    folder,
    files,
    [Symbol.dispose]() {
      rmSync(folder, { recursive: true });
    },
  };
}

function uses(code: string, name: string): boolean {
  return new RegExp(`\\b${name}\\b`).test(code);
}

function declares(code: string, name: string): boolean {
  return new RegExp(
    `const \\{?[\\w, ]*\\b${name}\\b[\\w, ]*\\}? =|` +
      `import [^;]*\\b${name}\\b[^;]* from`,
  ).test(code);
}
