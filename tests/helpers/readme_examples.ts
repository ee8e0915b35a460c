import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import process from "node:process";

const readme = readFileSync(
  new URL("../../README.md", import.meta.url),
  "utf8",
);

/** The README's examples in TypeScript. */
export const examples = [...readme.matchAll(/^```ts\n([^]*?)^```$/gm)]
  .map(([, code]) => code);

/** A folder with the examples as files. */
export interface ExampleFiles extends Disposable {
  folder: URL;
  files: URL[];
}

/** Makes a module of each example. */
export function writeExamples(): ExampleFiles {
  const folder = new URL(
    `../.out/readme-${process.pid}-${crypto.randomUUID()}/`,
    import.meta.url,
  );
  mkdirSync(folder, { recursive: true });
  const files = examples.map((code, index) => {
    const file = new URL(`example_${index + 1}.ts`, folder);
    writeFileSync(file, `${code}export {};\n`);
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
