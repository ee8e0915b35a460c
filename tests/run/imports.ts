/** What a source file imports, types included. */
import { posix } from "node:path";
import { read } from "./files.ts";

/** The files that a file imports, from the root, and other specifiers. */
export function importsOf(file: string): string[] {
  const code = withoutComments(read(file));
  const specifiers = [
    ...code.matchAll(/\bfrom\s+"([^"]+)"/g),
    ...code.matchAll(/\bimport\s*\(?\s*"([^"]+)"/g),
  ].map(([, specifier]) => specifier);
  return [...new Set(specifiers)].map((specifier) =>
    specifier.startsWith(".")
      ? posix.join(posix.dirname(file), specifier)
      : specifier
  ).sort();
}

/** Documentation comments hold examples, which import as users do. */
function withoutComments(code: string): string {
  return code.replace(/^\s*\/\*\*[^]*?\*\//gm, "").replace(/^\s*\/\/.*$/gm, "");
}
