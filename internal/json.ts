/**
 * Parses JSON objects of other programs, whose members are not known.
 *
 * @module
 */

/**
 * Parses a JSON object; `undefined` for anything else. It has no prototype, so
 * that `Object.prototype` cannot add what GitHub did not send.
 */
export function parseJSON(text: string): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(text);
    const isObject = typeof value === "object" && value !== null &&
      !Array.isArray(value);
    return isObject ? { __proto__: null, ...value } : undefined;
  } catch {
    // The parser's message quotes the text, which may contain a token.
    return undefined;
  }
}
