/**
 * The fake Copilot: which requests it accepts, at which host, and what each path returns.
 *
 * @module
 */

import { type Account, isKnown } from "./account.ts";
import { badRequest, errorResponse, textResponse } from "./api_errors.ts";
import { type Catalogue, describe, isServedVersion } from "./catalogue.ts";
import { CHAT_COMPLETIONS } from "./chat_completions.ts";
import { embeddings } from "./embeddings.ts";
import { eventStreamResponse } from "./event_stream.ts";
import { acceptsCredentials, copilotHost } from "./hosts.ts";
import { MESSAGES } from "./messages.ts";
import type { ListedModel } from "./models.ts";
import { copilotUsage } from "./quota.ts";
import {
  countOutputTokens,
  type FakeReply,
  type Shape,
  type Turn,
} from "./reply.ts";
import { countInputTokens, type FakeChat, readBody } from "./request_body.ts";
import { bearerOf, missingIdentityHeader } from "./request_headers.ts";
import { checkRequest, type Endpoint, endpointOf } from "./request_checks.ts";
import { compaction, RESPONSES } from "./responses.ts";
import { findToken } from "./tokens.ts";

/** What the fake Copilot consists of. */
export interface CopilotOptions {
  account: Account;
  catalogue: Catalogue;
  /** What the model says. */
  reply(request: Request, body: FakeChat): Promise<FakeReply>;
  /** Whether a token was revoked, by its serial number. */
  isRevoked(serial: number): boolean;
}

/** Responds as `api.<plan>.githubcopilot.com` does. */
export async function respondAsCopilot(
  request: Request,
  options: CopilotOptions,
): Promise<Response> {
  const refusal = refuseCaller(request, options);
  if (refusal) return refusal;
  const { pathname } = new URL(request.url);
  if (/^\/models(\/|$)/.test(pathname)) {
    return await respondAboutModels(request, pathname, options.catalogue);
  }
  const endpoint = endpointOf(pathname);
  if (request.method !== "POST" || !endpoint) return notFound(pathname);
  return await answer(request, endpoint, options);
}

/** Refuses a request without identity, and one whose bearer is not accepted. */
function refuseCaller(
  request: Request,
  { account, isRevoked }: CopilotOptions,
): Response | undefined {
  const missing = missingIdentityHeader(request);
  if (missing) {
    // Assumed.
    const text = `bad request: missing ${missing} header for IDE auth`;
    return textResponse(400, text);
  }
  const { host } = new URL(request.url);
  const token = findToken(bearerOf(request));
  if (!token) return refuseCredential(request, host, account);
  if (Date.now() >= token.expiresAt || isRevoked(token.serial)) {
    return textResponse(401, "unauthorized: token expired");
  }
  const { plan, domain } = token.account;
  return host === copilotHost(plan, domain) ? undefined : misdirected();
}

/** A GitHub credential that may be sent to Copilot. */
const DIRECT_CREDENTIAL = /^(ghu|gho|ghs|github_pat)_/;
const PERSONAL_ACCESS_TOKEN = /^(ghp|github_pat)_/;

/** Refuses a bearer that is no token, unless it is an accepted credential. */
function refuseCredential(
  request: Request,
  host: string,
  account: Account,
): Response | undefined {
  const bearer = bearerOf(request);
  const isCommandLine = request.headers.get("copilot-integration-id") ===
    "copilot-developer-cli";
  const isAccepted = DIRECT_CREDENTIAL.test(bearer) &&
    (isCommandLine || !PERSONAL_ACCESS_TOKEN.test(bearer));
  if (PERSONAL_ACCESS_TOKEN.test(bearer) && !isAccepted) {
    return textResponse(
      400,
      "Personal Access Tokens are not supported for this endpoint",
    );
  }
  if (!isAccepted || !isKnown(account, bearer)) {
    return textResponse(401, "unauthorized: unknown token");
  }
  if (!account.hasSubscription) {
    // Assumed.
    return errorResponse(new URL(request.url).pathname, {
      status: 403,
      message: "No access to GitHub Copilot found",
      code: "no_copilot_access",
    });
  }
  const { plan, domain } = account;
  return acceptsCredentials(host, plan, domain) ? undefined : misdirected();
}

function misdirected(): Response {
  return textResponse(421, "421 Misdirected Request");
}

function notFound(pathname: string): Response {
  // Assumed.
  const message = "404 page not found";
  return errorResponse(pathname, { status: 404, message, code: "not_found" });
}

/** `GET /models`, `GET /models/{id}` and `POST /models/{id}/policy`. */
async function respondAboutModels(
  request: Request,
  pathname: string,
  catalogue: Catalogue,
): Promise<Response> {
  const { method, headers } = request;
  const apiVersion = headers.get("x-github-api-version");
  if (!isServedVersion(apiVersion)) {
    return textResponse(466, `the API version ${apiVersion} is not supported`);
  }
  const [, , id, action, ...rest] = pathname.split("/");
  if (id === undefined && method === "GET") {
    const data = catalogue.list(apiVersion);
    return Response.json({ object: "list", data });
  }
  const model = catalogue.find(id);
  if (!model || rest.length > 0) return notFound(pathname);
  if (action === undefined && method === "GET") {
    return Response.json(describe(model, apiVersion));
  }
  if (action === "policy" && method === "POST") {
    return await acceptTerms(request, model, catalogue);
  }
  return notFound(pathname);
}

async function acceptTerms(
  request: Request,
  { id }: ListedModel,
  catalogue: Catalogue,
): Promise<Response> {
  const body = await readBody(request);
  if (body?.state !== "enabled") {
    const error = badRequest('state must be "enabled"');
    return errorResponse(`/models/${id}/policy`, error);
  }
  catalogue.accept(id);
  return Response.json({ state: "enabled" });
}

/** The endpoint that a model must list to answer at another one. */
const MODEL_ENDPOINT: Readonly<Partial<Record<Endpoint, string>>> = {
  "/responses/compact": "/responses",
  "/v1/messages/count_tokens": "/v1/messages",
};

/** Checks a request in the order in which Copilot's parts see it, and answers. */
async function answer(
  request: Request,
  endpoint: Endpoint,
  options: CopilotOptions,
): Promise<Response> {
  const body = await readBody(request);
  if (!body) {
    return errorResponse(endpoint, badRequest("the body is not a JSON object"));
  }
  const required = MODEL_ENDPOINT[endpoint] ?? endpoint;
  const model = options.catalogue.choose(body.model, required);
  if ("code" in model) {
    return errorResponse(endpoint, badRequest(model.message, model.code));
  }
  const error = checkRequest(endpoint, body, request.headers);
  if (error) return errorResponse(endpoint, error);
  const input = countInputTokens(body);
  if (endpoint === "/embeddings") {
    return Response.json(embeddings(model.id, body, input));
  }
  if (endpoint === "/v1/messages/count_tokens") {
    return Response.json({ input_tokens: input });
  }
  const turn = await takeTurn(request, body, model, options);
  if (endpoint === "/responses/compact") {
    return Response.json(compaction(turn, body));
  }
  const { account: { quota } } = options;
  const initiator = request.headers.get("x-initiator");
  quota.charge({ model, tokens: turn.tokens, initiator });
  const response = shapeResponse(SHAPES[endpoint], turn, body, request.signal);
  for (const [name, value] of Object.entries(quota.headers())) {
    response.headers.set(name, value);
  }
  return response;
}

const SHAPES = {
  "/chat/completions": CHAT_COMPLETIONS,
  "/responses": RESPONSES,
  "/v1/messages": MESSAGES,
};

let lastTurn = 0;

async function takeTurn(
  request: Request,
  body: FakeChat,
  model: ListedModel,
  options: CopilotOptions,
): Promise<Turn> {
  const reply = await options.reply(request, body);
  const tokens = {
    input: countInputTokens(body),
    output: countOutputTokens(reply),
  };
  return {
    id: ++lastTurn,
    model,
    reply,
    tokens,
    copilotUsage: copilotUsage(model, tokens),
    includesUsage: body.stream_options?.include_usage === true,
  };
}

function shapeResponse(
  shape: Shape,
  turn: Turn,
  { stream }: FakeChat,
  signal: AbortSignal,
): Response {
  if (stream !== true) return Response.json(shape.whole(turn));
  return eventStreamResponse(shape.events(turn), shape.end, signal);
}
