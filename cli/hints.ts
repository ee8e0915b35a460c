/**
 * What a user of the program can do about a refusal, in the words of flags and
 * variables.
 *
 * @module
 */

import type { FoundCredential } from "../credential/mod.ts";
import { withDelay } from "../internal/hints.ts";
import { CopilotTokenError } from "../mod.ts";

/** The hints of the program; for all other errors the library's are shown. */
export const HINTS = {
  variableRejected: (variable: string) =>
    `The credential in ${variable} is expired, revoked or incomplete. Set a new one, without quotes or "Bearer".`,
  ghRejected:
    "The credential of the GitHub CLI is expired or revoked. Sign in again with `gh auth login`.",
  classicToken:
    'Classic personal access tokens (ghp_) do not work with Copilot. Create a fine-grained one with the permission "Copilot Requests".',
  notExchangeable:
    "GitHub does not exchange this kind of credential. Add --direct, or set COPILOT_GITHUB_TOKEN to the credential of an editor's sign-in (ghu_).",
  timeout:
    "GitHub did not respond in time. Check the connection and the proxy settings.",
  fineGrainedRefused:
    'The fine-grained token needs the account permission "Copilot Requests", and must not be expired.',
} as const;

/** The same error with a hint in the program's words. */
export function withProgramHint(
  error: CopilotTokenError,
  credential: FoundCredential,
): CopilotTokenError {
  const { code, status, retryAfter, cause } = error;
  const advice = tokenHint(error, credential);
  if (advice === undefined) return error;
  const hint = retryAfter === undefined
    ? advice
    : withDelay(advice, retryAfter);
  const details = { code, status, retryAfter, hint, cause };
  return new CopilotTokenError(firstLine(error), details);
}

/** An error's first line: what happened, without the hint. */
export function firstLine({ message }: Error): string {
  return message.split("\n", 1)[0];
}

/** The hint for a refused exchange; `undefined` if the library's is right. */
function tokenHint(
  { code, status }: CopilotTokenError,
  { value, source }: FoundCredential,
): string | undefined {
  switch (code) {
    case "bad_credentials":
      return rejectedHint(source);
    case "no_access":
      if (value.startsWith("ghp_")) return HINTS.classicToken;
      return status === 404 ? HINTS.notExchangeable : undefined;
    case "timeout":
      return HINTS.timeout;
    default:
      return undefined;
  }
}

/** The hint for a request that Copilot refused; `undefined` if there is none. */
export function requestHint(
  status: number,
  { value, source }: FoundCredential,
): string | undefined {
  if (status !== 401) return undefined;
  const isFineGrained = value.startsWith("github_pat_");
  return isFineGrained ? HINTS.fineGrainedRefused : rejectedHint(source);
}

function rejectedHint(source: string): string {
  return source.startsWith("gh ")
    ? HINTS.ghRejected
    : HINTS.variableRejected(source);
}
