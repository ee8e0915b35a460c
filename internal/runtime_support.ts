/**
 * What the runtime's `fetch` supports.
 *
 * @module
 */

/**
 * Whether the runtime accepts the members of an `init`. workerd refuses
 * `redirect: "error"`, and before 2024-11-11 `cache` as well.
 */
export function isSupported(init: RequestInit): boolean {
  try {
    new Request("https://localhost", init);
    return true;
  } catch {
    return false;
  }
}
