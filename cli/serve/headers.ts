/**
 * Which headers are forwarded to Copilot, and back to the client.
 *
 * @module
 */

import { isRemovedHeader } from "../../internal/identity.ts";
import type { ServerRequest } from "../io.ts";

/** Not forwarded, besides the headers that the library removes. */
const NOT_FORWARDED: ReadonlySet<string> = new Set([
  // The body is sent decoded, and its length computed again.
  "content-encoding",
  "content-length",
  "accept-encoding",
  "proxy-authenticate",
  "set-cookie",
]);

/** The headers of a request for Copilot. */
export function forwardedRequestHeaders(
  headers: ServerRequest["headers"],
): Headers {
  return forwarded(headers);
}

/** The headers of a response for the client. */
export function forwardedResponseHeaders(headers: Headers): Headers {
  return forwarded([...headers]);
}

function forwarded(headers: readonly [name: string, value: string][]): Headers {
  const lines = headers
    .map(([name, value]) => [name.toLowerCase(), value] as const);
  const ofConnection = namedByConnection(lines);
  const kept = new Headers();
  for (const [name, value] of lines) {
    const isDropped = NOT_FORWARDED.has(name) || isRemovedHeader(name) ||
      ofConnection.has(name);
    if (!isDropped) kept.append(name, value);
  }
  return kept;
}

/** The headers that `Connection` names: they concern one connection only. */
function namedByConnection(
  headers: readonly (readonly [name: string, value: string])[],
): Set<string> {
  const values = headers
    .filter(([name]) => name === "connection")
    .flatMap(([, value]) => value.toLowerCase().split(/\s*,\s*/));
  return new Set(values);
}
