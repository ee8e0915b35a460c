/**
 * Reads JSON of which nothing is known.
 *
 * @module
 */

/** Parses a JSON object; `undefined` for anything else. */
export function parseJSON(text: string): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(text);
    const isObject = typeof value === "object" && value !== null &&
      !Array.isArray(value);
    return isObject ? value : undefined;
  } catch {
    // The parser's message quotes the text, which may contain a token.
    return undefined;
  }
}
