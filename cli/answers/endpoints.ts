/**
 * The endpoints that answer a prompt, in the order in which they are tried.
 *
 * @module
 */

import { CHAT_COMPLETIONS } from "./chat_completions.ts";
import type { Endpoint } from "./endpoint.ts";
import { MESSAGES } from "./messages.ts";
import { RESPONSES } from "./responses.ts";

const ENDPOINTS: readonly Endpoint[] = [CHAT_COMPLETIONS, RESPONSES, MESSAGES];

/**
 * The endpoints at which a model may answer, the first choice first. All, if
 * `/models` does not say where it answers.
 */
export function endpointsOf(supported: unknown): readonly Endpoint[] {
  if (!Array.isArray(supported)) return ENDPOINTS;
  return ENDPOINTS.filter(({ path }) => supported.includes(path));
}
