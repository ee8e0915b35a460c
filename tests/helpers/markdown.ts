/** Parts of generated pages that are as legible in an editor as on GitHub. */

/** The longest line of a paragraph, in characters, as `deno fmt` wraps it. */
const WRAP_WIDTH = 80;

/** A table whose columns are aligned. */
export function alignedTable(head: string[], rows: string[][]): string {
  const widths = head.map((_, column) =>
    Math.max(3, ...[head, ...rows].map((cells) => lengthOf(cells[column])))
  );
  const line = (cells: string[]) =>
    `| ${
      cells.map((cell, column) =>
        cell + " ".repeat(widths[column] - lengthOf(cell))
      ).join(" | ")
    } |\n`;
  return [head, widths.map((width) => "-".repeat(width)), ...rows]
    .map(line).join("");
}

/** An item of a list: lines that stay apart, each of them wrapped. */
export function listItem(...lines: string[]): string {
  return `- ${lines.map((line) => wrap(line, "  ")).join("\\\n  ")}\n`;
}

/** Wraps a text; `indent` begins every line but the first. */
function wrap(text: string, indent: string): string {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    const isFull = last === undefined ||
      lengthOf(`${indent}${last} ${word}`) > WRAP_WIDTH;
    if (isFull) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines.join(`\n${indent}`);
}

/** The number of characters. */
function lengthOf(text: string): number {
  return [...text].length;
}
