/**
 * The headers of a request to Copilot, from the request, the options and the token.
 *
 * @module
 */

import { IDENTITY_HEADERS, identityOf, INFERENCE_HEADERS } from "./identity.ts";
import { type Initiator, inspectRequest } from "./initiator.ts";
import type { CopilotToken } from "./lifetime.ts";
import type { OutgoingRequest } from "./outgoing_request.ts";

/** Sets the headers that depend on the request and the options. */
export function setRequestHeaders(
  { pathname, init: { headers, body } }: OutgoingRequest,
  initiator: "auto" | Initiator,
  optionHeaders: Record<string, string>,
): void {
  const conversation = inspectRequest(pathname, headers, body);
  if (conversation.hasImage) headers["copilot-vision-request"] = "true";
  const option = initiator === "auto"
    ? optionHeaders["x-initiator"]
    : initiator;
  // The request's own header takes precedence over the options and the body.
  const decided = headers["x-initiator"] ?? option ?? conversation.initiator;
  if (decided !== undefined) headers["x-initiator"] = decided;
  for (const [name, value] of Object.entries(optionHeaders)) {
    headers[name] ??= value;
  }
}

/** Sets the headers that depend on the token; only the options change them. */
export function setTokenHeaders(
  { init: { headers } }: OutgoingRequest,
  token: CopilotToken,
  optionHeaders: Record<string, string>,
): void {
  const identity = IDENTITY_HEADERS[identityOf(token.value)];
  Object.assign(headers, INFERENCE_HEADERS, identity);
  for (const [name, value] of Object.entries(optionHeaders)) {
    const isFixed = name in INFERENCE_HEADERS || name in identity;
    if (isFixed) headers[name] = value;
  }
  headers.authorization = `Bearer ${token.value}`;
}
