/**
 * Responds to one request: refuses it, or forwards it to Copilot.
 *
 * @module
 */

import config from "../../deno.json" with { type: "json" };
import { errorResponse } from "../../internal/error_response.ts";
import { withDelay } from "../../internal/hints.ts";
import { redact } from "../../internal/redact.ts";
import { CopilotTokenError } from "../../mod.ts";
import { errorText } from "../error_text.ts";
import type { ServerRequest } from "../io.ts";
import { type AccessRules, assertAccess } from "./access.ts";
import type { CredentialSource } from "./credential_source.ts";
import { forward, type Forwarder, refusedCredential } from "./forward.ts";
import { Refusal, refusalResponse } from "./refusal.ts";
import type { RequestRecord } from "./request_log.ts";
import {
  allowedMethods,
  findRoute,
  type FoundRoute,
  parseTarget,
  type Route,
  ROUTES,
  type Target,
} from "./routes.ts";

/** The messages of refused requests. */
export const RESPOND_MESSAGES = {
  malformedTarget: "The request's target is malformed.",
  notFound: (path: string, served: string) =>
    `There is no endpoint at ${path}. The endpoints are ${served}, with or without /v1.`,
  wrongMethod: (path: string, method: string) =>
    `${path} accepts only ${method}.`,
  webSocket: "WebSockets are not served. Use HTTP.",
} as const;

/** What a response needs besides the request. */
export interface Service extends Forwarder {
  access: AccessRules;
  /** Called when a response has ended. */
  log(record: RequestRecord, isWhole: boolean): void;
}

/** Returns the response to a request. Never rejects. */
export async function respond(
  request: ServerRequest,
  service: Service,
): Promise<Response> {
  const { method } = request;
  const target = parseTarget(request.target);
  const found = target && findRoute(target.pathname);
  const path = target?.pathname ?? request.target;
  const record: RequestRecord = { startedAt: Date.now(), method, path };
  let response: Response;
  try {
    response = await responseTo(request, target, found, service, record);
  } catch (error) {
    const refusal = toRefusal(error, service.credential);
    record.reason = refusal.message;
    response = refusalResponse(refusal, found?.route.api ?? "openai");
  }
  record.status = response.status;
  request.ended.then((isWhole) => service.log(record, isWhole));
  return method === "HEAD" ? await withoutBody(response) : response;
}

/** Returns the response, or throws why there is none. */
async function responseTo(
  request: ServerRequest,
  target: Target | undefined,
  found: FoundRoute | undefined,
  service: Service,
  record: RequestRecord,
): Promise<Response> {
  const { method } = request;
  assertAccess(request, service.access);
  if (method === "OPTIONS" && request.target === "*") {
    return allowed("GET, HEAD, POST, OPTIONS");
  }
  if (!target) throw new Refusal(400, RESPOND_MESSAGES.malformedTarget);
  if (isWebSocket(request)) throw webSocketRefusal();
  if (!found) {
    const message = RESPOND_MESSAGES.notFound(target.pathname, SERVED);
    throw new Refusal(404, message);
  }
  const { route } = found;
  if (method === "OPTIONS") return allowed(allowedMethods(route));
  assertMethod(method, route);
  return route.answeredBy === "server"
    ? Response.json({ name: "copilot-fetch", version: config.version })
    : await forward(request, found, target.search, service, record);
}

/** The served paths as a text, such as "GET /models, POST /responses". */
const SERVED = ROUTES.map(({ method, path }) => `${method} ${path}`).join(", ");

function allowed(methods: string): Response {
  return new Response(null, { status: 204, headers: { allow: methods } });
}

function assertMethod(method: string, route: Route): void {
  const isAllowed = method === route.method ||
    (method === "HEAD" && route.method === "GET");
  if (isAllowed) return;
  const message = RESPOND_MESSAGES.wrongMethod(route.path, route.method);
  throw new Refusal(405, message, { allow: allowedMethods(route) });
}

function isWebSocket({ headers }: ServerRequest): boolean {
  return headers.some(([name, value]) =>
    name.toLowerCase() === "upgrade" && value.toLowerCase() === "websocket"
  );
}

/** The status with which Codex goes on over HTTP for the rest of its session. */
function webSocketRefusal(): Refusal {
  return new Refusal(426, RESPOND_MESSAGES.webSocket, { upgrade: "HTTP/1.1" });
}

/** The refusal that an error means for the client. */
function toRefusal(error: unknown, credential: CredentialSource): Refusal {
  if (error instanceof Refusal) return error;
  const { value } = credential.current;
  if (!(error instanceof CopilotTokenError)) {
    return new Refusal(502, redact(errorText(error), value));
  }
  const { code, message, hint = message, retryAfter } = error;
  if (code === "bad_credentials" || code === "no_access") {
    credential.reportRefusal(value);
    // Without GitHub's JSON, which the message begins with.
    return refusedCredential(withoutDelay(hint, retryAfter), code);
  }
  const { status, headers } = errorResponse(error);
  const kept = Object.fromEntries(
    [...headers].filter(([name]) => name !== "content-type"),
  );
  return new Refusal(status, message, kept, code);
}

/** A hint for clients, which would wait and try again if it named a delay. */
function withoutDelay(hint: string, retryAfter: number | undefined): string {
  if (retryAfter === undefined) return hint;
  return hint.replace(withDelay("", retryAfter), "").trimEnd();
}

/** The response to `HEAD`. */
async function withoutBody(response: Response): Promise<Response> {
  await response.body?.cancel();
  const { status, headers } = response;
  return new Response(null, { status, headers });
}
