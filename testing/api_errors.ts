/**
 * Errors of the fake Copilot, in the shape of the endpoint.
 *
 * @module
 */

/** An error, before it has the shape of an endpoint. */
export interface ApiError {
  status: number;
  message: string;
  /** What a program can act on. */
  code?: string;
  headers?: Record<string, string>;
}

/** Anthropic's name for an error of each status. */
const ANTHROPIC_TYPES: Readonly<Record<number, string>> = {
  400: "invalid_request_error",
  401: "authentication_error",
  402: "billing_error",
  403: "permission_error",
  404: "not_found_error",
  413: "request_too_large",
  429: "rate_limit_error",
  503: "overloaded_error",
};

/**
 * Makes a response of an error.
 *
 * At `/v1/messages` and below it is Anthropic's:
 * `{ type: "error", error: { type, message, code } }`. Elsewhere it is
 * OpenAI's: `{ error: { message, code } }`.
 */
export function errorResponse(pathname: string, error: ApiError): Response {
  const { status, headers, message, code } = error;
  const body = isMessagesPath(pathname)
    ? {
      type: "error",
      error: { type: ANTHROPIC_TYPES[status] ?? "api_error", message, code },
    }
    : { error: { message, code } };
  return Response.json(body, { status, headers });
}

/** Whether Anthropic's shapes are in use at a path. */
function isMessagesPath(pathname: string): boolean {
  return pathname.startsWith("/v1/messages");
}

/** The code for a body that is not as the endpoint expects it. */
const INVALID_BODY = "invalid_request_body";

/** A request that the endpoint does not accept. */
export function badRequest(message: string, code = INVALID_BODY): ApiError {
  return { status: 400, message, code };
}

/** A response in plain text, as Copilot's gateway sends some. */
export function textResponse(status: number, text: string): Response {
  return new Response(text, { status });
}
