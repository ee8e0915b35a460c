/**
 * Forwards a request to Copilot, and Copilot's response to the client.
 *
 * @module
 */

import { isCausedByToken } from "../../internal/unauthorized_cause.ts";
import { inspectJSON } from "../../internal/initiator.ts";
import { parseJSON } from "../../internal/json.ts";
import type { FetchLike } from "../../mod.ts";
import { requestHint } from "../hints.ts";
import type { ServerRequest } from "../io.ts";
import { redirectHost, RESPONSE_MESSAGES } from "../response.ts";
import {
  type Adapter,
  type Draft,
  replaceModelName,
  sendAdapted,
} from "./adapt.ts";
import { readBody } from "./body.ts";
import type { CredentialSource } from "./credential_source.ts";
import {
  forwardedRequestHeaders,
  forwardedResponseHeaders,
} from "./headers.ts";
import { withDisplayNames } from "./model_list.ts";
import { Refusal } from "./refusal.ts";
import { mainQuota, type RequestRecord } from "./request_log.ts";
import type { FoundRoute } from "./routes.ts";

/** What forwarding needs besides the request. */
export interface Forwarder {
  copilot: FetchLike;
  credential: CredentialSource;
  adapter: Adapter;
  maxBodyBytes: number;
}

/** Returns Copilot's response; throws if there is none for the client. */
export async function forward(
  request: ServerRequest,
  found: FoundRoute,
  search: string,
  forwarder: Forwarder,
  record: RequestRecord,
): Promise<Response> {
  const { copilot, credential, adapter, maxBodyBytes } = forwarder;
  const draft = await createDraft(request, found, search, maxBodyBytes, record);
  record.model = draft.model || undefined;
  await replaceModelName(draft, adapter);
  if (draft.model !== (record.model ?? "")) record.listedModel = draft.model;
  const response = await sendAdapted(
    draft,
    ({ path, search, method, headers, body }) =>
      copilot(path + search, {
        method,
        headers,
        body: body.length > 0 ? body : undefined,
        signal: request.signal,
      }),
    adapter,
  );
  record.quota = mainQuota(response.headers);
  await assertForwardable(response, credential);
  return await toClient(response, found, adapter);
}

/** Makes a request for Copilot of the client's. */
async function createDraft(
  request: ServerRequest,
  { route: { method }, path, model = "" }: FoundRoute,
  search: string,
  maxBodyBytes: number,
  record: RequestRecord,
): Promise<Draft> {
  const body = method === "POST"
    ? await readBody(request, maxBodyBytes)
    : new Uint8Array();
  const { kept, dropped } = forwardedRequestHeaders(request.headers);
  const json = parseJSON(new TextDecoder().decode(body));
  // Headers that mark a subagent's request are not forwarded themselves.
  const { initiator } = inspectJSON(path, recordOf(request.headers), json);
  if (!kept.has("x-initiator")) kept.set("x-initiator", initiator);
  if (method === "POST") {
    record.initiator = kept.get("x-initiator") ?? undefined;
  }
  record.droppedHeaders = dropped;
  return {
    method,
    path,
    search,
    headers: kept,
    body,
    model: typeof json?.model === "string" ? json.model : model,
  };
}

/** The headers by lower-case name; the last of several. */
function recordOf(headers: ServerRequest["headers"]): Record<string, string> {
  return Object.fromEntries(
    headers.map(([name, value]) => [name.toLowerCase(), value]),
  );
}

/** Throws a {@linkcode Refusal} in the place of a redirect or a refused token. */
async function assertForwardable(
  response: Response,
  credential: CredentialSource,
): Promise<void> {
  const { status } = response;
  if (status >= 300 && status <= 399) {
    await response.body?.cancel();
    const host = redirectHost(response);
    const message = host === undefined
      ? RESPONSE_MESSAGES.refusedSilently(status)
      : RESPONSE_MESSAGES.redirected(status, host);
    throw new Refusal(502, message);
  }
  if (status !== 401 || !await isCausedByToken(response)) return;
  await response.body?.cancel();
  const { current } = credential;
  credential.reportRefusal(current.value);
  throw refusedCredential(requestHint(status, current) ?? "");
}

/**
 * A refused credential: 403, as clients take a 401 for one that they can refresh,
 * and repeat the request for minutes. Without `retry-after`, for which Codex
 * would wait before each of its five repetitions.
 */
export function refusedCredential(message: string, code?: string): Refusal {
  return new Refusal(403, message, { "x-should-retry": "false" }, code);
}

/** Copilot's response as the client receives it. */
async function toClient(
  response: Response,
  { route: { path } }: FoundRoute,
  { isStrict }: Adapter,
): Promise<Response> {
  const { status, ok } = response;
  const headers = forwardedResponseHeaders(response.headers);
  if (ok && !isStrict && path.startsWith("/models")) {
    const json = withDisplayNames(await response.text());
    return new Response(json, { status, headers });
  }
  return new Response(response.body, { status, headers });
}
