/**
 * Answers one request: refuses it, or forwards it to Copilot.
 *
 * @module
 */

import { errorResponse } from "../../internal/copilot_response.ts";
import { redact } from "../../internal/redact.ts";
import { CopilotTokenError, type FetchLike } from "../../mod.ts";
import { readBytes } from "../bytes.ts";
import { errorText } from "../error_text.ts";
import type { ServerRequest } from "../io.ts";
import { isLocalProgram } from "./access.ts";
import {
  forwardedRequestHeaders,
  forwardedResponseHeaders,
} from "./headers.ts";
import { findRoute } from "./routes.ts";

/** The messages of refused requests. */
export const ANSWER_MESSAGES = {
  notLocal: "Only programs on this computer may send requests.",
  notFound: (path: string) => `There is nothing at ${path}.`,
  wrongMethod: (path: string, method: string) =>
    `${path} takes ${method} only.`,
} as const;

/** Returns the response to a request. Never rejects. */
export async function answer(
  request: ServerRequest,
  copilot: FetchLike,
  credential: string,
): Promise<Response> {
  const { method, target, headers, signal } = request;
  if (!isLocalProgram(headers)) return refuse(403, ANSWER_MESSAGES.notLocal);
  const { pathname, search } = new URL(target, "http://localhost");
  const route = findRoute(pathname);
  if (!route) return refuse(404, ANSWER_MESSAGES.notFound(pathname));
  if (method !== route.method) {
    const message = ANSWER_MESSAGES.wrongMethod(route.path, route.method);
    return refuse(405, message, { allow: route.method });
  }
  try {
    // Who started the turn is decided from the complete body.
    const body = await readBytes(request.body);
    const response = await copilot(route.path + search, {
      method,
      headers: forwardedRequestHeaders(headers),
      body: body.length > 0 ? body : undefined,
      signal,
    });
    const { status } = response;
    return new Response(response.body, {
      status,
      headers: forwardedResponseHeaders(response.headers),
    });
  } catch (error) {
    return error instanceof CopilotTokenError
      ? errorResponse(error)
      : refuse(502, redact(errorText(error), credential));
  }
}

/** An error in the shape that OpenAI's clients read. */
function refuse(
  status: number,
  message: string,
  headers: Record<string, string> = {},
): Response {
  const error = { message, type: "copilot_fetch_error" };
  return Response.json({ error }, { status, headers });
}
