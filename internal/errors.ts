/**
 * Errors of the exchange, and which response of GitHub gets which code.
 *
 * @module
 */

import {
  explanationOf,
  OUTAGE_HINT,
  PROXY_HINT,
  refusalHint,
  withDelay,
} from "./hints.ts";
import { parseJSON } from "./json.ts";
import { redact } from "./redact.ts";
import { rateLimitDelay, retryAfterDelay } from "./retry_after.ts";

/**
 * Why there is no token. `bad_credentials` and `no_access` are permanent, the
 * others transient.
 *
 * | code | when |
 * | --- | --- |
 * | `bad_credentials` | 401 with GitHub's JSON, or the credential is malformed |
 * | `no_access` | any other 4xx with GitHub's JSON |
 * | `rate_limited` | 429, or a 403 that names a rate limit |
 * | `unavailable` | 5xx, 407, 408, 425, or a 4xx without GitHub's JSON |
 * | `network` | `fetch` rejected |
 * | `timeout` | no response within `exchangeTimeout` |
 * | `invalid_response` | a redirect, or no usable token in the response |
 *
 * @example Whether to try again
 * ```ts
 * import {
 *   CopilotTokenError,
 *   type CopilotTokenErrorCode,
 *   exchangeToken,
 * } from "@copilot-fetch/core";
 * import { createFakeCopilot } from "@copilot-fetch/core/testing";
 *
 * const permanent: CopilotTokenErrorCode[] = ["bad_credentials", "no_access"];
 * const { fetch } = createFakeCopilot({ subscription: false });
 * try {
 *   await exchangeToken("ghu_demo", { fetch });
 * } catch (error) {
 *   if (!(error instanceof CopilotTokenError)) throw error;
 *   console.log(permanent.includes(error.code)); // true
 * }
 * ```
 */
export type CopilotTokenErrorCode =
  | "bad_credentials"
  | "no_access"
  | "rate_limited"
  | "unavailable"
  | "network"
  | "timeout"
  | "invalid_response";

/**
 * What a {@linkcode CopilotTokenError} has besides its message.
 *
 * @example An error for a test of your own program
 * ```ts
 * import {
 *   CopilotTokenError,
 *   type CopilotTokenErrorDetails,
 * } from "@copilot-fetch/core";
 *
 * const details: CopilotTokenErrorDetails = {
 *   code: "rate_limited",
 *   status: 429,
 *   retryAfter: 60,
 * };
 * const error = new CopilotTokenError("Too many exchanges", details);
 * console.log(error.code, error.retryAfter); // "rate_limited" 60
 * ```
 */
export interface CopilotTokenErrorDetails {
  /** Why there is no token. */
  code: CopilotTokenErrorCode;
  /** The HTTP status of GitHub's response. */
  status?: number;
  /** Seconds for which no exchange is made. */
  retryAfter?: number;
  /** One sentence that says what to do. */
  hint?: string;
  /** What `fetch` threw, redacted. */
  cause?: unknown;
}

/**
 * Thrown when GitHub gives no token for a credential.
 *
 * The message, the properties, `cause` and the printed form hold neither the
 * credential nor a token.
 *
 * @example Act on the code, and show the hint
 * ```ts
 * import { CopilotTokenError, exchangeToken } from "@copilot-fetch/core";
 * import { createFakeCopilot } from "@copilot-fetch/core/testing";
 *
 * const fake = createFakeCopilot({ credentials: ["ghu_known"] });
 * try {
 *   await exchangeToken("ghu_unknown", { fetch: fake.fetch });
 * } catch (error) {
 *   if (!(error instanceof CopilotTokenError)) throw error;
 *   console.log(error.code); // "bad_credentials"
 *   console.log(error.hint); // "The credential is expired, revoked or …"
 * }
 * ```
 */
export class CopilotTokenError extends Error {
  /** Why there is no token. */
  declare readonly code: CopilotTokenErrorCode;
  /** The HTTP status of GitHub's response. */
  declare readonly status?: number;
  /** Seconds for which no exchange is made. */
  declare readonly retryAfter?: number;
  /** One sentence that says what to do; also the message's last line. */
  declare readonly hint?: string;

  static {
    // Not a property of each error, so that a printed one does not repeat it.
    this.prototype.name = "CopilotTokenError";
  }

  /** Creates an error. The hint becomes the message's last line. */
  constructor(message: string, details: CopilotTokenErrorDetails) {
    const { cause, ...members } = details;
    const { hint } = members;
    super(hint ? `${message}\n${hint}` : message, cause ? { cause } : {});
    // Unknown members are omitted, so that a printed error does not show them.
    for (const [name, value] of Object.entries(members)) {
      if (value !== undefined) Object.assign(this, { [name]: value });
    }
  }
}

/** Whether the same request may succeed later. */
export function isTransient(
  { code }: { code: CopilotTokenErrorCode },
): boolean {
  return code !== "bad_credentials" && code !== "no_access";
}

/** GitHub's response, with as much of its body as was read. */
export interface GitHubResponse {
  status: number;
  headers: Headers;
  body: string;
}

/** Builds the error for a response other than 200 that was received at `now`. */
export function errorFromResponse(
  { status, headers, body }: GitHubResponse,
  credential: string,
  now: number,
): CopilotTokenError {
  const json = parseJSON(body);
  // GitHub's API sends a JSON object with a message.
  const isFromGitHub = typeof json?.message === "string";
  const delay = retryAfterDelay(headers, now);
  const isLimited = status === 429 || status === 403 &&
      (delay !== undefined || namesRateLimit(headers, body));
  const code = isLimited ? "rate_limited" : codeOf(status, isFromGitHub);
  const retryAfter = isLimited
    ? delay ?? rateLimitDelay(headers, now) ?? DEFAULT_RATE_LIMIT_DELAY
    : delay;
  const explanation = redact(explanationOf(json) ?? "", credential);
  const hint = explanation || hintOf(code, status, body, credential);
  const quotation = isFromGitHub
    ? redact(body, credential)
    : quoteForeign(body, credential);
  return new CopilotTokenError(
    `copilot token exchange: http ${status}: ${quotation}`,
    {
      code,
      status,
      retryAfter,
      hint: retryAfter === undefined ? hint : withDelay(hint, retryAfter),
    },
  );
}

/** Seconds that GitHub documents for a rate limit without a delay. */
const DEFAULT_RATE_LIMIT_DELAY = 60;

/** Whether a 403 names a rate limit without saying how long it lasts. */
function namesRateLimit(headers: Headers, body: string): boolean {
  return headers.get("x-ratelimit-remaining") === "0" ||
    /rate limit|abuse detection/i.test(body);
}

/** Statuses of a proxy, or that ask for another attempt. */
const TRANSIENT_STATUSES = [407, 408, 425];

function codeOf(status: number, isFromGitHub: boolean): CopilotTokenErrorCode {
  if (status < 400) return "invalid_response"; // such as a redirect
  if (status >= 500 || TRANSIENT_STATUSES.includes(status)) {
    return "unavailable";
  }
  if (!isFromGitHub) return "unavailable";
  return status === 401 ? "bad_credentials" : "no_access";
}

function hintOf(
  code: CopilotTokenErrorCode,
  status: number,
  body: string,
  credential: string,
): string {
  switch (code) {
    case "bad_credentials":
    case "no_access":
      return refusalHint(status, body, credential);
    case "rate_limited":
      return ""; // the delay is all that can be said
    default:
      return status >= 500 ? OUTAGE_HINT : PROXY_HINT;
  }
}

/** Longest quotation of a body that is not GitHub's JSON, in characters. */
const MAX_FOREIGN_LENGTH = 200;

/** The part of another sender's body that an error's message repeats. */
function quoteForeign(body: string, credential: string): string {
  const title = /<title[^<>]*>([^<]*)/i.exec(body)?.[1].trim();
  return redact(title || body, credential, MAX_FOREIGN_LENGTH);
}
