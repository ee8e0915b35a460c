/**
 * What the tables of `--models` and `--usage` have in common.
 *
 * @module
 */

/** The width of a table where stdout is no terminal, in characters. */
export const DEFAULT_WIDTH = 80;

/** What stands between two columns. */
export const GAP = "  ";

/** The width of the widest text, in characters. */
export function widest(texts: readonly string[]): number {
  return Math.max(...texts.map(({ length }) => length));
}
