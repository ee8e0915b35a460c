/** The texts that source files export as constants. */
import { read, sourceFiles } from "../run/files.ts";

/** Names of constants that hold texts for users. */
const TEXTS = /^export const (\w+_HINT|HINTS|\w+_MESSAGES)\b/gm;

/** A text, or a function that inserts its arguments into one. */
type Text = string | ((...values: string[]) => string);

/** The texts of a file by name, with `{1}` for what is inserted. */
export type FileTexts = Record<string, string>;

/** Reads the texts of all files that have some. */
export async function exportedTexts(): Promise<Map<string, FileTexts>> {
  const all = new Map<string, FileTexts>();
  for (const file of sourceFiles) {
    const names = [...read(file).matchAll(TEXTS)].map(([, name]) => name);
    if (names.length === 0) continue;
    const module = await import(new URL(`../../${file}`, import.meta.url).href);
    const texts = names.flatMap((name) => textsOf(name, module[name]));
    all.set(file, Object.fromEntries(texts));
  }
  return all;
}

function textsOf(
  name: string,
  value: string | Record<string, Text>,
): [string, string][] {
  if (typeof value === "string") return [[name, value]];
  return Object.entries(value).map(([key, text]) => [key, fill(text)]);
}

/** Calls a function with `{1}`, `{2}` and so on. */
function fill(text: Text): string {
  if (typeof text === "string") return text;
  const places = Array.from({ length: text.length }, (_, at) => `{${at + 1}}`);
  return text(...places);
}
