/**
 * Reads environment variables.
 *
 * @module
 */

import type { IO } from "./io.ts";

/** A variable that is not empty. Deno asks the user for no permission. */
export async function readVariable(
  name: string,
  { env, isPermitted }: Pick<IO, "env" | "isPermitted">,
): Promise<string | undefined> {
  const isReadable = await isPermitted({ name: "env", variable: name });
  return isReadable && env[name] || undefined;
}
