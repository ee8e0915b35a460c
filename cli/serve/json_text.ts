/**
 * Changes one member of a JSON text, and leaves the rest as it was written.
 *
 * @module
 */

/** Replaces the value of a member of the outermost object, if it is a string. */
export function replaceString(
  json: string,
  name: string,
  value: string,
): string {
  const range = findString(json, name);
  if (!range) return json;
  const { start, end } = range;
  return json.slice(0, start) + JSON.stringify(value) + json.slice(end);
}

/** Where a string is, with its quotes. */
interface Range {
  start: number;
  end: number;
}

/** Finds the string of a member; the last, which counts for a parser, of several. */
function findString(json: string, wanted: string): Range | undefined {
  let found: Range | undefined;
  let depth = 0;
  let name = "";
  let isValue = false;
  for (let index = 0; index < json.length; index++) {
    const character = json[index];
    if (character === '"') {
      const range = { start: index, end: endOfString(json, index) };
      if (depth === 1 && isValue && name === wanted) found = range;
      if (depth === 1 && !isValue) {
        name = JSON.parse(json.slice(range.start, range.end));
      }
      index = range.end - 1;
    } else if (character === "{" || character === "[") depth++;
    else if (character === "}" || character === "]") depth--;
    else if (depth === 1 && character === ":") isValue = true;
    else if (depth === 1 && character === ",") isValue = false;
  }
  return found;
}

/** The index behind the closing quote of the string that begins at `start`. */
function endOfString(json: string, start: number): number {
  let index = start + 1;
  while (index < json.length && json[index] !== '"') {
    index += json[index] === "\\" ? 2 : 1;
  }
  return index + 1;
}
