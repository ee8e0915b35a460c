import { type CopilotAuth, EDITOR } from "./wire.ts";

/**
 * Why there is no token. `bad_credentials` and `no_access` are GitHub's no;
 * the others pass.
 *
 * | code | when |
 * | --- | --- |
 * | `bad_credentials` | 401, also where it cannot be sent at all |
 * | `no_access` | 403, 404, other 4xx |
 * | `rate_limited` | 429, or a 403 that says so |
 * | `unavailable` | 5xx |
 * | `network` | `fetch` threw; `cause` has it, cleaned |
 * | `timeout` | `exchangeTimeout` passed |
 * | `invalid_response` | no JSON, no usable token, or a redirect |
 */
export type CopilotTokenErrorCode =
  | "bad_credentials"
  | "no_access"
  | "rate_limited"
  | "unavailable"
  | "network"
  | "timeout"
  | "invalid_response";

/** What a {@linkcode CopilotTokenError} says beside its message. */
export interface CopilotTokenErrorDetails {
  /** Why there is no token. */
  code: CopilotTokenErrorCode;
  /** The HTTP status of GitHub's answer; 401 where nothing could be sent. */
  status?: number;
  /** For how many seconds GitHub asks to be left alone. */
  retryAfter?: number;
  /** What to do, in a sentence; also the message's last line. */
  hint?: string;
  /** What `fetch` threw, cleaned of secrets. */
  cause?: unknown;
}

/**
 * Thrown when GitHub gives no token for a credential.
 *
 * Neither the credential nor a token ever stands in its message, properties,
 * `cause` or printed form.
 *
 * @example What to do about each kind
 * ```ts
 * import { CopilotTokenError, exchangeToken } from "@copilot-fetch/core";
 * import { createFakeCopilot } from "@copilot-fetch/core/testing";
 *
 * const { fetch } = createFakeCopilot();
 * try {
 *   await exchangeToken("ghu_nobody_knows_me", { fetch });
 * } catch (error) {
 *   if (!(error instanceof CopilotTokenError)) throw error;
 *   console.log(error.code); // "bad_credentials"
 *   console.log(error.hint); // what to do about it
 * }
 * ```
 */
export class CopilotTokenError extends Error {
  /** Why there is no token. */
  declare readonly code: CopilotTokenErrorCode;
  /** The HTTP status of GitHub's answer; 401 where nothing could be sent. */
  declare readonly status?: number;
  /** For how many seconds GitHub asks to be left alone. */
  declare readonly retryAfter?: number;
  /** What to do, in a sentence; also the message's last line. */
  declare readonly hint?: string;

  static {
    this.prototype.name = "CopilotTokenError";
  }

  /** Makes an error of `message`, with the hint on a line of its own. */
  constructor(message: string, details: CopilotTokenErrorDetails) {
    const { hint } = details;
    super(hint ? message + "\n" + hint : message, details);
    Object.assign(this, details);
  }
}

/** Makes what is thrown where there is no token. */
export function failure(
  code: CopilotTokenErrorCode,
  message: string,
  details?: Omit<CopilotTokenErrorDetails, "code">,
): CopilotTokenError {
  return new CopilotTokenError("copilot token" + message, { code, ...details });
}

/** Whether the failure is GitHub's no, which asking again does not change. */
export function isRefusal(code: CopilotTokenErrorCode): boolean {
  return code === "bad_credentials" || code === "no_access";
}

/** What looks like a credential or a token, and all that follows. */
const SECRET =
  /(\b(gh[a-z]_|github_pat_|tid(=|%3D)|proxy-ep=)|token["'\\ ]*[:=]).*/is;

/** The beginning of a text, without the credential and anything like one. */
export function redact(text: unknown, credential: string): string {
  return `${text}`.replaceAll(credential, "***").replace(SECRET, "***").trim()
    .slice(0, 500);
}

/** How long to wait, as a hint. */
export function waitHint(seconds: number): string {
  return `Try again in ${seconds} s`;
}

/** What to do about a refusal. */
export function refusalHint(
  credential: string,
  auth: CopilotAuth | undefined,
  status: number,
  body: string,
): string {
  try {
    const { message, url } = JSON.parse(body).error_details;
    const told = [message, url].join(" ").replace("{EDITOR}", EDITOR).trim();
    if (told) return redact(told, credential);
  } catch {
    // GitHub does not say.
  }
  return /^ghp_/.test(credential) ||
      (auth !== "direct" && /^github_pat_/.test(credential))
    ? "Classic tokens do not work; fine-grained ones need the permission " +
      '"Copilot Requests" and auth: "direct"'
    : status === 401
    ? "Expired or revoked: get a new one"
    : status === 404
    ? `Use an editor app's token (ghu_), or auth: "direct"`
    : (/quota|limit reached/i.test(body)
      ? "The free plan is used up."
      : "No seat?") + " See https://github.com/settings/copilot";
}
