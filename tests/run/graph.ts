/**
 * Prints the core's import graph, its size, and the length of every source
 * file: `npm --prefix tests run graph`.
 */
import { BUDGET_BYTES, measureCore } from "./core_size.ts";
import { coreFiles, read, sourceFiles } from "./files.ts";
import { importsOf } from "./imports.ts";

/** Files are at most about as long. */
const MAX_LINES = 300;

const lines = (file: string) => read(file).trimEnd().split("\n").length;
const { minified, gzipped, byFile } = await measureCore();

console.log("Core: what each file imports, types included\n");
for (const file of coreFiles) {
  const names = importsOf(file).map((path) => path.replace("internal/", ""));
  console.log(`${file.padEnd(32)} ${names.join(" ") || "-"}`);
}

console.log("\nFiles: lines, and bytes of the minified core\n");
for (const file of sourceFiles) {
  const bytes = byFile.get(file);
  const note = lines(file) > MAX_LINES
    ? `  longer than ${MAX_LINES} lines`
    : "";
  const cells = [
    file.padEnd(32),
    `${lines(file)}`.padStart(4),
    `${bytes ?? ""}`.padStart(6),
  ];
  console.log((cells.join(" ") + note).trimEnd());
}

const percent = Math.round(gzipped / BUDGET_BYTES * 100);
console.log(
  `\nCore: ${minified} bytes minified, ${gzipped} compressed: ` +
    `${percent} % of ${BUDGET_BYTES}`,
);
