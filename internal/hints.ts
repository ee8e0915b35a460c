/**
 * Every sentence that says what to do about an error.
 *
 * @module
 */

import type { CopilotAuth } from "./auth.ts";
import { EDITOR } from "./identity.ts";

/** Shown where there is no credential. */
export const EMPTY_CREDENTIAL_HINT =
  "Pass a GitHub credential, such as the output of `gh auth token`.";

/** Shown for a credential that cannot be sent at all. */
export const MALFORMED_CREDENTIAL_HINT =
  'Pass the bare credential, without quotes, spaces or "Bearer".';

/** Shown for a credential that GitHub does not know. */
export const BAD_CREDENTIALS_HINT =
  "The credential is expired, revoked or incomplete. Create a new one.";

/** Shown where something other than GitHub may have responded. */
export const PROXY_HINT =
  "A proxy or a login page may have responded instead of GitHub.";

/** Shown for a 5xx. */
export const OUTAGE_HINT =
  "GitHub may have a problem: see https://www.githubstatus.com.";

/** Shown where `fetch` rejected. */
export const NETWORK_HINT = "Check the connection and the proxy settings.";

/** Shown where GitHub did not respond in time. */
export const TIMEOUT_HINT =
  "Check the connection, or raise the option exchangeTimeout.";

/** Shown where the usage of an installation token is asked for. */
export const NO_USER_HINT =
  "An installation token (ghs_), such as the GITHUB_TOKEN of GitHub Actions, is billed to its organization. Use a user's credential.";

/** Shown where GitHub does not report an account's usage. */
export const USAGE_REFUSED_HINT =
  'GitHub does not report the usage of this credential. A fine-grained token needs the permission "Copilot Requests".';

const CLASSIC_TOKEN_HINT =
  'Classic personal access tokens do not work with Copilot. Create a fine-grained one with the permission "Copilot Requests".';

const FINE_GRAINED_TOKEN_HINT =
  'GitHub does not exchange fine-grained tokens. Omit auth: "exchange"; the token needs the permission "Copilot Requests".';

const NOT_EXCHANGEABLE_HINT =
  'GitHub does not exchange this kind of credential. Set auth: "direct", or use the credential of an editor\'s sign-in (ghu_).';

const UNKNOWN_REFUSAL_HINT =
  "GitHub did not accept the request; its response says why.";

const QUOTA_HINT =
  "The quota of this plan is used up. See https://github.com/settings/copilot.";

const NO_SUBSCRIPTION_HINT =
  "The account may not have a Copilot subscription. See https://github.com/settings/copilot.";

/** Says why an account or a kind of credential has no access. */
export function accessHint(
  status: number,
  body: string,
  credential: string,
  auth: CopilotAuth,
): string {
  if (credential.startsWith("ghp_")) return CLASSIC_TOKEN_HINT;
  if (credential.startsWith("github_pat_") && auth === "exchange") {
    return FINE_GRAINED_TOKEN_HINT;
  }
  if (status === 404) return NOT_EXCHANGEABLE_HINT;
  if (status === 402 || /quota|limit reached/i.test(body)) return QUOTA_HINT;
  return status === 403 ? NO_SUBSCRIPTION_HINT : UNKNOWN_REFUSAL_HINT;
}

/** GitHub's own explanation of why an account has no access, with its page. */
export function explanationOf(
  body: Record<string, unknown> | undefined,
): string | undefined {
  const details = body?.error_details;
  if (typeof details !== "object" || details === null) return undefined;
  const { message, url } = details as Record<string, unknown>;
  if (typeof message !== "string" || message === "") return undefined;
  const page = typeof url === "string" ? ` ${url}` : "";
  return (message + page).replaceAll("{EDITOR}", EDITOR);
}

/** Appends the time to wait, or replaces the one that `hint` ends with. */
export function withDelay(hint: string, seconds: number): string {
  const advice = hint.replace(/ ?Try again in \d+ s\.$/, "");
  return `${advice} Try again in ${seconds} s.`.trimStart();
}
