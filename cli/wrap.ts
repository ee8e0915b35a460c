/**
 * Breaks a text into lines.
 *
 * @module
 */

/**
 * The lines of a text, each as long as fits; only a longer word exceeds the
 * width. All begin with the indent, and from the second on with two more spaces.
 */
export function wrap(text: string, width: number, indent: string): string[] {
  const lines: string[] = [];
  let line = indent;
  for (const word of text.split(" ")) {
    const isFirst = line.trim() === "";
    const longer = isFirst ? `${line}${word}` : `${line} ${word}`;
    if (isFirst || longer.length <= width) {
      line = longer;
    } else {
      lines.push(line);
      line = `${indent}  ${word}`;
    }
  }
  return [...lines, line];
}
