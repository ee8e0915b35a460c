/**
 * Finds the model that a client means by another of its names.
 *
 * @module
 */

/** Whether a name has a form that Copilot does not use, as Anthropic's have. */
export function isForeignName(name: string): boolean {
  return canonicalName(name) !== name;
}

/**
 * Finds the one listed id that a name means; `undefined` if it is listed
 * itself, or if no id or several match.
 */
export function findListedId(
  name: string,
  ids: readonly string[],
): string | undefined {
  if (ids.includes(name)) return undefined;
  const wanted = canonicalName(name);
  const matches = ids.filter((id) => canonicalName(id) === wanted);
  return matches.length === 1 ? matches[0] : undefined;
}

/** `-20250929`, `@20250929` or `-2025-09-29` at the end. */
const DATE_SUFFIX = /[-@](20\d{6}|20\d\d-\d\d-\d\d)$/;
/** The hyphen of a version such as `4-5`. */
const VERSION_HYPHEN = /(?<=\d)-(?=\d{1,2}(?!\d))/g;

/** `claude-haiku-4-5-20251001` becomes `claude-haiku-4.5`. */
function canonicalName(name: string): string {
  return name.replace(DATE_SUFFIX, "").replace(VERSION_HYPHEN, ".");
}
