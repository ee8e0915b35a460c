import { type CopilotAuth, EDITOR } from "./wire.ts";

/**
 * Why there is no token. `bad_credentials` and `no_access` are GitHub's no;
 * the others pass.
 *
 * | code | when |
 * | --- | --- |
 * | `bad_credentials` | 401, or a credential that cannot be sent at all |
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
  /** The HTTP status that GitHub answered with, if it answered. */
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
  /** The HTTP status that GitHub answered with, if it answered. */
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
    const { cause, hint, ...more } = details;
    super(hint ? `${message}\n${hint}` : message, cause ? { cause } : {});
    // What is not known is not there, so that inspection does not show it.
    for (const [name, value] of Object.entries({ ...more, hint })) {
      if (value !== undefined) Object.assign(this, { [name]: value });
    }
  }
}

/** Whether the failure is GitHub's no, which asking again does not change. */
export function isRefusal(code: CopilotTokenErrorCode): boolean {
  return code === "bad_credentials" || code === "no_access";
}

/** The same failure, told later: `retryAfter` counts from now. */
export function withRetryAfter(
  error: CopilotTokenError,
  retryAfter: number,
): CopilotTokenError {
  const { message } = error;
  return new CopilotTokenError(
    message.slice(0, message.lastIndexOf("\n")), // the hint
    { ...error, retryAfter, hint: waitHint(retryAfter) },
  );
}

/** More than is ever shown, and little enough for any pattern. */
const READ_CHARACTERS = 2000;

/** What looks like a credential or a token, and what stands around it. */
const SECRET =
  /\S*(?:\bgh[a-z]_|github_pat_)\w+|\S*(?:\btid|proxy-ep)(?:=|%3D)[^"'<\r\n]*|token["'\\]*\s*[:=]\s*["'\\]*[^"'<\r\n]*/gi;

/** What gets into a credential by mistake. */
const SLIP = /^(?:["'`]|(?:bearer|token)\s+)+|["'`]+$/gi;

/** The beginning of a text, without the credential and anything like one. */
export function redact(text: string, credential: string): string {
  // Who gets a credential with a slip may repeat it without.
  const bare = credential.replace(SLIP, "");
  if (bare) text = text.replaceAll(bare, "***");
  return text.trim().slice(0, READ_CHARACTERS).replace(SECRET, "***");
}

/** What may be shown of a thrown thing: its name, message, code and causes. */
export function cleanCause(
  thrown: unknown,
  credential: string,
  depth = 4,
): Error | undefined {
  if (!thrown || !depth) return;
  const clean = (text: unknown) => redact(String(text), credential);
  const said = typeof thrown === "string" ? thrown : "";
  try {
    const { name = "Error", message = said, code = "", cause } = thrown as
      & Partial<Error>
      & { code?: unknown };
    const inner = cleanCause(cause, credential, depth - 1);
    const error = new Error(clean(message || code), inner && { cause: inner });
    error.name = clean(name);
    // The real stack would tell where it was cleaned.
    error.stack = `${error}`;
    return code ? Object.assign(error, { code: clean(code) }) : error;
  } catch {
    // What cannot be read is not shown.
  }
}

/** The messages of an error and its causes: `fetch failed: ECONNREFUSED`. */
export function messagesOf(error: Error | undefined): string {
  const said = new Set<string>();
  for (let at = error; at; at = at.cause as Error | undefined) {
    if (at.message) said.add(at.message);
  }
  return [...said].join(": ");
}

/** What to do about a refusal. */
export function refusalHint(
  credential: string,
  auth: CopilotAuth | undefined,
  status: number,
  body: string,
): string {
  const slip = credential.match(SLIP)?.[0];
  if (slip) {
    const word = /\w+/.exec(slip)?.[0];
    return `Leave ${word ? `"${word}"` : "the quotes"} out of the credential`;
  }
  const told = toldByGitHub(body);
  if (told) return redact(told, credential).slice(0, 500);
  const kind = /^(ghp|github_pat)_/.exec(credential)?.[1];
  if (kind === "ghp" || (kind && auth !== "direct")) {
    return (kind === "ghp" ? "A classic token (ghp_) does not work; a" : "A") +
      " fine-grained token (github_pat_) takes the account permission " +
      '"Copilot Requests" and auth: "direct"';
  }
  if (status === 401) {
    return "The credential is mistyped, expired or revoked: get a new one";
  }
  if (status === 404) {
    return "GitHub does not let the credential's app in: use that of an " +
      'editor (ghu_), or auth: "direct"';
  }
  return (/quota|limited_user|limit reached/i.test(body)
    ? "The free plan is used up: wait for the next month, or see "
    : "Has the account a seat, and may it use it? See ") +
    "https://github.com/settings/copilot";
}

/** How long to wait, as a hint. */
export function waitHint(seconds: number): string {
  return `GitHub asks to be left alone for ${seconds} s`;
}

/** What `error_details` say, as far as they are what they should be. */
function toldByGitHub(body: string): string | undefined {
  try {
    const { message, title, url } = JSON.parse(body).error_details;
    return [message, title, url].filter((part) => typeof part === "string")
      .join(" ").replaceAll("{EDITOR}", EDITOR).replace(/\s+/g, " ").trim();
  } catch {
    // No JSON, or nothing in it.
  }
}
