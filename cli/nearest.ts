/**
 * Finds the names that look most like a mistyped one.
 *
 * @module
 */

/** The names that are nearest to a text, the nearest first. */
export function nearest(
  text: string,
  names: readonly string[],
  count: number,
): string[] {
  const start = text.slice(0, MAX_COMPARED_LENGTH).toLowerCase();
  return names
    .map((name) => ({ name, distance: distanceTo(name.toLowerCase(), start) }))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, count)
    .map(({ name }) => name);
}

/** No name is longer, and the comparison takes quadratic time. */
const MAX_COMPARED_LENGTH = 100;

/**
 * How many characters have to be inserted, removed or replaced in the text to
 * make it a part of the name: it may be the middle of one.
 */
function distanceTo(name: string, text: string): number {
  // The distance of the text so far to each part of the name that ends at `end`.
  let distances = new Array<number>(name.length + 1).fill(0);
  for (const [index, character] of [...text].entries()) {
    const next = [index + 1];
    for (let end = 1; end <= name.length; end++) {
      const replaced = distances[end - 1] +
        (name[end - 1] === character ? 0 : 1);
      next.push(Math.min(replaced, distances[end] + 1, next[end - 1] + 1));
    }
    distances = next;
  }
  return Math.min(...distances);
}
