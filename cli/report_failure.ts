/**
 * Reports a failure on stderr.
 *
 * @module
 */

import type { FoundCredential } from "../credential/mod.ts";
import { networkHint, UNKNOWN_REFUSAL_HINT } from "../internal/hints.ts";
import { redact } from "../internal/redact.ts";
import { CopilotTokenError, type CopilotTokenErrorCode } from "../mod.ts";
import { UnansweredRequest } from "./connection.ts";
import { readVariable } from "./environment.ts";
import { errorText } from "./error_text.ts";
import { isPermissionDenied, UsageError } from "./exit_codes.ts";
import { firstLine, requestHint } from "./hints.ts";
import type { IO } from "./io.ts";
import { RefusedRequest, RESPONSE_MESSAGES } from "./response.ts";
import { oneLine, red, safeText, writeLine } from "./terminal.ts";

const PROGRAM = "copilot-fetch:";

/** What is known about the command that failed. */
export interface FailureContext {
  /** `undefined` if the command failed before it was found. */
  credential: FoundCredential | undefined;
  verbose: boolean;
}

/** Writes what happened and what to do, each in a line. */
export async function reportFailure(
  error: unknown,
  context: FailureContext,
  io: IO,
): Promise<void> {
  const { stderr } = io;
  const isColoured = stderr.supportsEscapes &&
    !await readVariable("NO_COLOR", io);
  const program = isColoured ? red(PROGRAM) : PROGRAM;
  for (const line of describeFailure(error, context)) {
    await writeLine(stderr, `${program} ${oneLine(line)}`);
  }
  if (!(error instanceof UsageError)) return;
  for (const line of error.details) await writeLine(stderr, safeText(line));
}

/** Codes whose hint alone does not say what happened. */
const UNEXPLAINED_CODES: readonly CopilotTokenErrorCode[] = [
  "rate_limited",
  "unavailable",
  "network",
  "invalid_response",
];

/** Whether a hint says what happened, so that GitHub's response need not. */
function isExplained(code: CopilotTokenErrorCode, hint: string): boolean {
  return !UNEXPLAINED_CODES.includes(code) &&
    !hint.includes(UNKNOWN_REFUSAL_HINT);
}

/** The lines about a failure: what happened, what to do, or both. */
function describeFailure(
  error: unknown,
  { credential, verbose }: FailureContext,
): string[] {
  // These texts hold no secret: they are the program's own, or redacted.
  if (error instanceof UsageError) return [error.message];
  if (error instanceof CopilotTokenError) {
    const { code, hint } = error;
    if (!hint || isPermissionDenied(error)) return [firstLine(error)];
    const isEnough = isExplained(code, hint) && !verbose;
    return isEnough ? [hint] : [firstLine(error), hint];
  }
  // Nothing was sent yet.
  if (!credential) return [errorText(error)];
  const text = redact(errorText(error), credential.value);
  if (error instanceof UnansweredRequest && !isPermissionDenied(error)) {
    return [text, networkHint(text, undefined)];
  }
  if (!(error instanceof RefusedRequest)) return [text];
  const { status, retryAfter } = error;
  const hints = [
    requestHint(status, credential),
    retryAfter === undefined ? undefined : RESPONSE_MESSAGES.wait(retryAfter),
  ];
  return [text, ...hints.filter((hint) => hint !== undefined)];
}
