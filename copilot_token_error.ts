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
    const { cause, code, status, retryAfter, hint } = details;
    super(
      hint ? `${message}\n${hint}` : message,
      cause === undefined ? undefined : { cause },
    );
    this.code = code;
    // What is not known is not there, so that inspection does not show it.
    if (status !== undefined) this.status = status;
    if (retryAfter !== undefined) this.retryAfter = retryAfter;
    if (hint !== undefined) this.hint = hint;
  }
}

/** Whether the failure is GitHub's no, which asking again does not change. */
export function isRefusal({ code }: CopilotTokenError): boolean {
  return code === "bad_credentials" || code === "no_access";
}

/** The same failure, told later: `retryAfter` counts from now. */
export function withRetryAfter(
  { message, hint, code, status }: CopilotTokenError,
  retryAfter: number,
): CopilotTokenError {
  const first = hint ? message.slice(0, -hint.length - 1) : message;
  return new CopilotTokenError(first, {
    code,
    status,
    retryAfter,
    hint: waitHint(retryAfter),
  });
}

/** More than is ever shown, and little enough for any pattern. */
const READ_CHARACTERS = 2000;

/** What looks like a credential or a token, and what is left of it. */
const SECRETS: readonly [pattern: RegExp, rest: string][] = [
  [/\b(gh[a-z]_|github_pat_)\w+/g, "$1***"],
  [/[^\s"'<]*(?:\btid|proxy-ep)(?:=|%3D)[^"'<\r\n]*/g, "***"],
  [/(token["'\\]*\s*[:=]\s*["'\\]*)[^\s"'\\,}][^"'<\r\n]*/gi, "$1***"],
];

/** The beginning of a text, without the credential and anything like one. */
export function redact(text: string, credential: string): string {
  // Who gets a credential with a slip may repeat it without.
  const bare = credential.replace(/^(?:bearer|token)\s+|["'`\s]+/gi, "");
  for (const secret of [credential, bare]) {
    if (secret) text = text.replaceAll(secret, "***");
  }
  text = text.trim().slice(0, READ_CHARACTERS);
  for (const [pattern, rest] of SECRETS) text = text.replace(pattern, rest);
  return text;
}

/** What may be shown of a thrown thing: its name, message, code and causes. */
export function cleanCause(
  thrown: unknown,
  credential: string,
  depth = 4,
): unknown {
  if (!(thrown instanceof Error)) {
    return typeof thrown === "string" ? redact(thrown, credential) : undefined;
  }
  const { name, message, cause, code } = thrown as Error & { code?: unknown };
  const clean = new Error(redact(`${message}`, credential));
  clean.name = redact(`${name}`, credential);
  // The stack would tell where it was cleaned, and begins with the old name.
  clean.stack = `${clean.name}: ${clean.message}`;
  if (typeof code === "string") {
    Object.assign(clean, { code: redact(code, credential) });
  }
  if (cause !== undefined && depth > 0) {
    clean.cause = cleanCause(cause, credential, depth - 1);
  }
  return clean;
}

/** `error_details` of a refusal, as far as it is what it should be. */
interface RefusalDetails {
  message?: unknown;
  title?: unknown;
  url?: unknown;
}

/** What to do about a refusal. */
export function refusalHint(
  credential: string,
  auth: CopilotAuth | undefined,
  status: number | undefined,
  body: string,
): string {
  if (/^["'`]|["'`]$/.test(credential)) {
    return "The credential stands in quotes: leave them out";
  }
  const word = /^(?:bearer|token)(?=\s)/i.exec(credential)?.[0];
  if (word) return `The credential begins with "${word}": leave that out`;
  const told = refusalDetails(body);
  if (told) return redact(told, credential);
  if (credential.startsWith("ghp_")) {
    return "A classic personal access token (ghp_) does not work with " +
      "Copilot: make a fine-grained one (github_pat_) with the account " +
      'permission "Copilot Requests", and use auth: "direct"';
  }
  if (credential.startsWith("github_pat_") && auth !== "direct") {
    return 'A fine-grained token (github_pat_) needs auth: "direct", and the ' +
      'account permission "Copilot Requests"';
  }
  if (status === 401) {
    return "The credential is mistyped, expired or revoked: get a new one";
  }
  if (status === 404) {
    return "GitHub does not let the app in that this credential was made " +
      'for: use that of an editor\'s sign-in (ghu_), or auth: "direct"';
  }
  return /quota|limited_user|limit reached/i.test(body)
    ? `The free plan is used up: wait for the next month, or see ${SEATS}`
    : `Look whether the account has a seat, and may use it: ${SEATS}`;
}

/** Where GitHub tells of an account's seat, plan and policies. */
const SEATS = "https://github.com/settings/copilot";

/** How long to wait, as a hint. */
export function waitHint(seconds: number): string {
  return `GitHub asks to be left alone for ${seconds} s`;
}

function refusalDetails(body: string): string | undefined {
  let details: RefusalDetails | undefined;
  try {
    details = JSON.parse(body)?.error_details;
  } catch {
    return;
  }
  if (typeof details !== "object" || !details) return;
  const { message, title, url } = details;
  const step = [title, url].filter(isText).join(": ");
  const line = [message, step].filter(isText).join(" ")
    .replaceAll("{EDITOR}", EDITOR).replace(/\s+/g, " ").slice(0, 500);
  return line || undefined;
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
