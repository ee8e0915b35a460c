/** JSON values with a member of another type. */

/** Values of other types than a member has, or names of every object. */
const WRONG_VALUES = [null, true, 1e300, "constructor", {}, [], [null], ["x"]];

/** Copies of a JSON value, each with another value in one place. */
export function* malformedCopies(value: unknown): Generator<unknown, void> {
  yield* WRONG_VALUES;
  if (typeof value !== "object" || value === null) return;
  for (const [key, member] of Object.entries(value)) {
    for (const wrong of malformedCopies(member)) {
      const copy = Array.isArray(value) ? [...value] : { ...value };
      Object.assign(copy, { [key]: wrong });
      yield copy;
    }
  }
}
