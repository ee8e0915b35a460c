/**
 * Sends a request to the host of its token, and repeats it after a 421 or 466.
 *
 * @module
 */

import { API_VERSION_HEADER, MODELS_API_VERSION } from "./identity.ts";
import type { CopilotToken } from "./lifetime.ts";
import type { FetchLike } from "./option_types.ts";
import { ownOption, type ResolvedExchangeOptions } from "./options.ts";
import { copyRequest, type OutgoingRequest } from "./outgoing_request.ts";
import { setTokenHeaders } from "./request_headers.ts";
import { discard } from "./response_body.ts";
import { throwIfAborted } from "./waiting.ts";

/** Sends a request to the host of its token, and after a 421 to the other. */
export async function sendToHost(
  request: OutgoingRequest,
  token: CopilotToken,
  { headers, fetch }: ResolvedExchangeOptions,
): Promise<Response> {
  const { baseURL } = token;
  // `Object.prototype` must not name a host.
  const otherBaseURL = ownOption(token, "otherBaseURL");
  setTokenHeaders(request, token, headers);
  const sendTo = wantsVersion(request) ? sendWithVersion : send;
  const response = await sendTo(request, baseURL, fetch);
  if (response.status !== 421 || !otherBaseURL) return response;
  if (!request.isReplayable) {
    // The next request begins at the other host, after which there is none.
    Object.assign(token, { baseURL: otherBaseURL, otherBaseURL: undefined });
    return response;
  }
  discard(response);
  const repetition = copyRequest(request);
  const second = await sendTo(repetition, otherBaseURL, fetch);
  if (second.status !== 421) {
    // The cache holds the same object, so later requests begin here.
    Object.assign(token, { baseURL: otherBaseURL, otherBaseURL: baseURL });
  }
  return second;
}

/** `/models`, and paths below it. */
const MODELS_PATH = /\/models(\/|$)/;

/** Whether the API version is added to a request. */
function wantsVersion({ pathname, init }: OutgoingRequest): boolean {
  return MODELS_PATH.test(pathname) && !(API_VERSION_HEADER in init.headers);
}

/** Adds the API version, and omits it if Copilot refuses it. */
async function sendWithVersion(
  request: OutgoingRequest,
  baseURL: string,
  fetch: FetchLike | undefined,
): Promise<Response> {
  const versioned = copyRequest(request);
  versioned.init.headers[API_VERSION_HEADER] = MODELS_API_VERSION;
  const response = await send(versioned, baseURL, fetch);
  if (response.status !== 466 || !request.isReplayable) return response;
  discard(response);
  return await send(request, baseURL, fetch);
}

function send(
  { pathname, search, init }: OutgoingRequest,
  baseURL: string,
  fetch: FetchLike = globalThis.fetch,
): Promise<Response> {
  throwIfAborted(init.signal);
  // Concatenated, not resolved: "//evil.com" must remain a path.
  return fetch(baseURL + pathname + search, init);
}
