/**
 * The headers of a request to Copilot, from the request, the options and the token.
 *
 * @module
 */

import type { CopilotToken } from "./lifetime.ts";
import {
  type Identity,
  identityHeaders,
  identityOf,
  INFERENCE_HEADERS,
} from "./identity.ts";
import { type Initiator, inspectRequest } from "./initiator.ts";
import type { OutgoingRequest } from "./outgoing_request.ts";

/** The `headers` option, prepared once for all requests. */
export interface HeaderDefaults {
  /** A request's own headers override these. */
  overridable: Record<string, string>;
  /** These override a request's own headers. */
  fixed: Record<Identity, Record<string, string>>;
}

/** Prepares the `headers` option, whose names are in lower case. */
export function headerDefaults(option: Record<string, string>): HeaderDefaults {
  return {
    overridable: option,
    fixed: {
      editor: fixedHeaders("editor", option),
      cli: fixedHeaders("cli", option),
    },
  };
}

/** The headers that every request carries, with the values of the option. */
function fixedHeaders(
  identity: Identity,
  option: Record<string, string>,
): Record<string, string> {
  const headers = { ...INFERENCE_HEADERS, ...identityHeaders(identity) };
  const entries = Object.entries(headers).map(([name, value]) => [
    name,
    option[name] ?? value,
  ]);
  return Object.fromEntries(entries);
}

/** Sets the headers that depend on the request and the options. */
export function setRequestHeaders(
  { pathname, init: { headers, body } }: OutgoingRequest,
  initiator: "auto" | Initiator,
  { overridable }: HeaderDefaults,
): void {
  const conversation = inspectRequest(pathname, headers, body);
  if (conversation.hasImage) headers["copilot-vision-request"] = "true";
  const option = initiator === "auto" ? overridable["x-initiator"] : initiator;
  // The request's own header takes precedence over the options and the body.
  const decided = headers["x-initiator"] ?? option ?? conversation.initiator;
  if (decided !== undefined) headers["x-initiator"] = decided;
  for (const [name, value] of Object.entries(overridable)) {
    headers[name] ??= value;
  }
}

/** Sets the headers that depend on the token. */
export function setTokenHeaders(
  { init: { headers } }: OutgoingRequest,
  token: CopilotToken,
  { fixed }: HeaderDefaults,
): void {
  Object.assign(headers, fixed[identityOf(token.value)]);
  headers.authorization = `Bearer ${token.value}`;
}
