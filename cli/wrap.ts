/**
 * Fits a text into a width: in lines, or shortened.
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

/** A text of at most `width` characters; an ellipsis replaces the rest. */
export function shorten(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, width - 1)}…` : text;
}
