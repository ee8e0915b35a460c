/**
 * Which headers are forwarded to Copilot, and back to the client.
 *
 * @module
 */

import { isRemovedHeader } from "../../internal/identity.ts";
import type { ServerRequest } from "../io.ts";

/** The only headers that are forwarded to Copilot. */
const FORWARDED: readonly RegExp[] = [
  // How the body is to be read, and what the client can read.
  /^content-type$/,
  /^accept$/,
  // Versions and features of the API.
  /^anthropic-/,
  /^openai-/,
  // Editors' headers for Copilot; its integration id is the library's.
  /^copilot-(?!integration-id$)/,
  /^x-interaction-/,
  // Who started the turn: it decides how some plans are billed.
  /^x-initiator$/,
  // Finds the request in the logs of both sides.
  /^x-request-id$/,
  /^traceparent$/,
];

/** The headers of a request for Copilot, and the names of those dropped. */
export function forwardedRequestHeaders(
  headers: ServerRequest["headers"],
): { kept: Headers; dropped: string[] } {
  return separate(
    headers,
    (name) => FORWARDED.some((pattern) => pattern.test(name)),
  );
}

/** Headers of a response that do not concern the client. */
const NOT_RETURNED: readonly RegExp[] = [
  // A server of this computer is nothing for web pages.
  /^access-control-/,
  // It would lead the client, with its prompt, past this server.
  /^location$/,
  // Credentials of this server's own connection.
  /^set-cookie$/,
  /^authorization$/,
  /^proxy-authenticate$/,
  // The body is decoded already, and its length another.
  /^content-encoding$/,
  /^content-length$/,
];

/** The headers of a response for the client. */
export function forwardedResponseHeaders(headers: Headers): Headers {
  const isReturned = (name: string) =>
    !isRemovedHeader(name) &&
    !NOT_RETURNED.some((pattern) => pattern.test(name));
  return separate([...headers], isReturned).kept;
}

function separate(
  headers: readonly [name: string, value: string][],
  isWanted: (name: string) => boolean,
): { kept: Headers; dropped: string[] } {
  const lines = headers
    .map(([name, value]) => [name.toLowerCase(), value] as const);
  const ofConnection = namedByConnection(lines);
  const kept = new Headers();
  const dropped = new Set<string>();
  for (const [name, value] of lines) {
    if (isWanted(name) && !ofConnection.has(name)) kept.append(name, value);
    else dropped.add(name);
  }
  return { kept, dropped: [...dropped] };
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
