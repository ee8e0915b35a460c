/** The code blocks of the documents, as a reader finds them. */

/** A code block that a reader can run. */
export interface Example {
  /** The path of its file, from the root. */
  file: string;
  /** The line of its first fence, from 1. */
  line: number;
  /** The first word after the fence, such as `ts`, `js` or `sh`. */
  language: string;
  /** The words after the language, which a reader does not see. */
  marks: readonly string[];
  code: string;
  /** The text that the document shows below it. */
  output: string | undefined;
}

/** A fence, the rest of its line, the code, and an output right below it. */
const BLOCK =
  /^( *)```(\w+)(.*)\n([^]*?)^\1```$(?:\n\n\1```text\n([^]*?)^\1```$)?/gm;

const LANGUAGES = ["ts", "js", "sh"];

/** The examples of a Markdown text. */
export function examplesIn(file: string, text: string): Example[] {
  return [...text.matchAll(BLOCK)]
    .filter(([, , language]) => LANGUAGES.includes(language))
    .map(({ index, 1: indent, 2: language, 3: marks, 4: code, 5: output }) => ({
      file,
      line: text.slice(0, index).split("\n").length,
      language,
      marks: marks.trim().split(" ").filter((mark) => mark !== ""),
      code: withoutIndent(code, indent),
      output: output && withoutIndent(output, indent),
    }));
}

/** The examples in the documentation comments of a source file. */
export function examplesInComments(file: string, source: string): Example[] {
  // What is not in a comment becomes an empty line: lines keep their numbers.
  const lines = source.split("\n")
    .map((line) => /^ *\*(?: (.*))?$/.exec(line)?.[1] ?? "");
  return examplesIn(file, lines.join("\n"));
}

/** The text with new outputs below its examples; `undefined` leaves one. */
export function withOutputs(
  text: string,
  outputs: readonly (string | undefined)[],
): string {
  let index = 0;
  return text.replace(
    BLOCK,
    (block, indent: string, language: string, marks: string, code: string) => {
      if (!LANGUAGES.includes(language)) return block;
      const output = outputs[index++];
      if (output === undefined) return block;
      const fence = `${indent}\`\`\``;
      return `${fence}${language}${marks}\n${code}${fence}\n\n` +
        `${fence}text\n${withIndent(output, indent)}${fence}`;
    },
  );
}

function withoutIndent(text: string, indent: string): string {
  return text.replaceAll(new RegExp(`^${indent}`, "gm"), "");
}

function withIndent(text: string, indent: string): string {
  return text.replaceAll(/^(?=.)/gm, indent);
}
