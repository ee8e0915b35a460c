/**
 * Which credential was refused, and what a user of the program can do about it,
 * in the words of flags and variables.
 *
 * @module
 */

import type { FoundCredential } from "../credential/mod.ts";
import {
  MALFORMED_CREDENTIAL_HINT,
  OUTAGE_HINT,
  withDelay,
} from "../internal/hints.ts";
import { CopilotTokenError } from "../mod.ts";
import { signInCommand, tokenPage } from "./credential_ways.ts";

/** The hints of the program; for all other errors the library's are shown. */
export const HINTS = {
  /** Begins the hint about a refusal. The source is "in GH_TOKEN", or "from …". */
  refusedByGitHub: (source: string, status: string) =>
    `GitHub refused the credential ${source} (${status}).`,
  refusedByCopilot: (source: string, status: string) =>
    `Copilot refused the credential ${source} (${status}).`,
  malformed: (source: string) =>
    `The credential ${source} is malformed, so nothing was sent. Set it without quotes, spaces or "Bearer".`,
  variableRejected:
    'It is expired, revoked or incomplete. Set a new one, without quotes or "Bearer".',
  ghRejected: (domain: string) =>
    `It is expired or revoked. Sign in again: ${signInCommand(domain)}`,
  editorRejected:
    "The file may be older than the editor's sign-in. Use another way: `copilot-fetch login` explains them.",
  classicToken: (domain: string) =>
    `Classic personal access tokens (ghp_) do not work with Copilot. Create a fine-grained one with the account permission "Copilot Requests": ${
      tokenPage(domain)
    }`,
  notExchangeable:
    "GitHub does not exchange this kind of credential. Add --direct, or use an editor's sign-in with --from-editor.",
  fineGrainedRefused:
    'A fine-grained token needs the account permission "Copilot Requests" and must not be expired. If an organization pays, its policy must allow the Copilot CLI.',
  installationRefused:
    'The job needs `permissions: copilot-requests: write`, and the organization the policy "Allow use of Copilot CLI billed to the organization".',
  quotaExceeded:
    "`copilot-fetch --usage` prints what is left of your plan, and when it resets.",
  misdirected:
    "No host that GitHub named accepts the request. The plan may have changed: try again in a minute.",
  outdated:
    "Copilot no longer accepts requests of this version of copilot-fetch. Update it.",
  timeout:
    "GitHub did not respond in time. Check the connection and the proxy settings.",
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

/** The hint for an error of GitHub's; `undefined` if the library's is right. */
function tokenHint(
  error: CopilotTokenError,
  credential: FoundCredential,
): string | undefined {
  const { code, status, hint = "" } = error;
  const source = placeOf(credential);
  if (hint === MALFORMED_CREDENTIAL_HINT) return HINTS.malformed(source);
  if (code === "timeout") return HINTS.timeout;
  const isRefusal = code === "bad_credentials" || code === "no_access";
  // Without a status, nothing was sent.
  if (!isRefusal || status === undefined) return undefined;
  const refused = HINTS.refusedByGitHub(source, `${status}`);
  return `${refused} ${refusalHint(error, credential)}`.trimEnd();
}

/** What to do about GitHub's refusal of a credential. */
function refusalHint(
  { code, status, hint = "" }: CopilotTokenError,
  credential: FoundCredential,
): string {
  const { value, domain } = credential;
  if (value.startsWith("ghp_")) return HINTS.classicToken(domain);
  if (code === "bad_credentials") return rejectedHint(credential);
  // GitHub's own explanation, if there is one.
  return status === 404 ? HINTS.notExchangeable : hint;
}

/** Copilot's status for a quota that is used up. */
const QUOTA_EXCEEDED = 402;
/** The status of a host that is not for the plan of the account. */
const MISDIRECTED = 421;
/** Copilot's status for a version of its API that it has withdrawn. */
const VERSION_WITHDRAWN = 466;

/** The hint for a request that Copilot refused; `undefined` if there is none. */
export function requestHint(
  status: number,
  credential: FoundCredential,
): string | undefined {
  if (status === QUOTA_EXCEEDED) return HINTS.quotaExceeded;
  if (status === MISDIRECTED) return HINTS.misdirected;
  if (status === VERSION_WITHDRAWN) return HINTS.outdated;
  if (status >= 500) return OUTAGE_HINT;
  const advice = requestAdvice(status, credential);
  if (advice === undefined) return undefined;
  const source = placeOf(credential);
  return `${HINTS.refusedByCopilot(source, `${status}`)} ${advice}`;
}

/** What to do about Copilot's refusal, if the credential is its cause. */
function requestAdvice(
  status: number,
  credential: FoundCredential,
): string | undefined {
  const { value, domain } = credential;
  const isClassic = value.startsWith("ghp_");
  if (isClassic && status === 400) return HINTS.classicToken(domain);
  const isInstallation = value.startsWith("ghs_");
  if (isInstallation && status === 403) return HINTS.installationRefused;
  if (status !== 401) return undefined;
  if (isClassic) return HINTS.classicToken(domain);
  if (isInstallation) return HINTS.installationRefused;
  return value.startsWith("github_pat_")
    ? HINTS.fineGrainedRefused
    : rejectedHint(credential);
}

/** What to do about a credential that is no longer accepted, by its source. */
function rejectedHint({ source, domain }: FoundCredential): string {
  if (isFromGitHubCLI(source)) return HINTS.ghRejected(domain);
  return isVariable(source) ? HINTS.variableRejected : HINTS.editorRejected;
}

/** Where a credential was found, as a part of a sentence. */
export function placeOf({ source }: Pick<FoundCredential, "source">): string {
  return isFromGitHubCLI(source) ? "from the GitHub CLI" : `in ${source}`;
}

function isFromGitHubCLI(source: string): boolean {
  return source.startsWith("gh ");
}

/** Whether a source is a variable; else it is a file. */
function isVariable(source: string): boolean {
  return /^\w+$/.test(source);
}
