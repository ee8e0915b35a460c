/**
 * Requests that are refused, and how clients of each API read the reason.
 *
 * @module
 */

/** Whose API a path belongs to, which decides the shape of its errors. */
export type Api = "openai" | "anthropic";

/** Why a request is not answered by Copilot. The message holds no secret. */
export class Refusal extends Error {
  /** Creates the refusal with its HTTP status. */
  constructor(
    readonly status: number,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
    /** For programs, as in a `CopilotTokenError`. */
    readonly code?: string,
  ) {
    super(message);
  }
}

/** The response to a refused request. */
export function refusalResponse(refusal: Refusal, api: Api): Response {
  const { status, message, headers, code } = refusal;
  const body = api === "anthropic"
    ? { type: "error", error: { type: anthropicType(status), message, code } }
    : { error: { message, type: "copilot_fetch_error", code } };
  return Response.json(body, { status, headers });
}

/** Anthropic's names of errors, by status. */
const ANTHROPIC_TYPES: Readonly<Record<number, string>> = {
  401: "authentication_error",
  402: "billing_error",
  403: "permission_error",
  404: "not_found_error",
  413: "request_too_large",
  429: "rate_limit_error",
};

function anthropicType(status: number): string {
  const isServers = status >= 500;
  return ANTHROPIC_TYPES[status] ??
    (isServers ? "api_error" : "invalid_request_error");
}
