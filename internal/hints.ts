/**
 * Every sentence that says what to do about an error.
 *
 * @module
 */

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

/** Shown where something other than GitHub has responded. */
export const PROXY_HINT =
  "A proxy or login page may have responded instead of GitHub. Check the proxy settings.";

/** Shown for a 5xx, and where a response holds no token that can be used. */
export const OUTAGE_HINT =
  "GitHub may have a problem. See https://www.githubstatus.com.";

/** Shown where `fetch` rejected. */
export const NETWORK_HINT = "Check the connection and the proxy settings.";

/** Shown where a TLS certificate was not accepted. */
export const CERTIFICATE_HINT =
  "If a proxy inspects TLS, set NODE_EXTRA_CA_CERTS to its root certificate file; on Deno DENO_CERT, or DENO_TLS_CA_STORE=system.";

/** Shown where GitHub did not respond in time. */
export const TIMEOUT_HINT =
  "Check the connection, or raise the option exchangeTimeout.";

/** Shown where the usage of an installation token is asked for. */
export const NO_USER_HINT =
  "An installation token (ghs_), such as the GITHUB_TOKEN of GitHub Actions, is billed to its organization. Use a user's credential.";

/** Shown where GitHub does not report an account's usage. */
export const USAGE_REFUSED_HINT =
  'GitHub does not report the usage of this credential. A fine-grained token needs the permission "Copilot Requests".';

/** Shown for a classic personal access token, also for one that is revoked. */
export const CLASSIC_TOKEN_HINT =
  'Classic personal access tokens do not work with Copilot. Create a fine-grained one with the permission "Copilot Requests".';

/** Shown for a credential that GitHub does not exchange. */
export const NOT_EXCHANGEABLE_HINT =
  'GitHub does not exchange this kind of credential. Set auth: "direct".';

/** Shown for a refusal that is none of the others. */
export const UNKNOWN_REFUSAL_HINT = "GitHub's response says why.";

/** Shown where the plan's allowance is used up. */
export const QUOTA_HINT =
  "The quota of this plan is used up. See https://github.com/settings/copilot.";

/** Shown where an account has no access, and GitHub does not say why. */
export const NO_SUBSCRIPTION_HINT =
  "The account may not have a Copilot subscription. See https://github.com/settings/copilot.";

/** Says why GitHub refuses a credential, its kind, or its account. */
export function refusalHint(
  status: number,
  body: string,
  credential: string,
): string {
  // Also after a 401, as a new classic token would not help.
  if (credential.startsWith("ghp_")) return CLASSIC_TOKEN_HINT;
  if (status === 401) return BAD_CREDENTIALS_HINT;
  const isDirectOnly = /^(github_pat|ghs)_/.test(credential);
  if (isDirectOnly || status === 404) return NOT_EXCHANGEABLE_HINT;
  if (status === 402 || /quota|limit reached/i.test(body)) return QUOTA_HINT;
  return status === 403 ? NO_SUBSCRIPTION_HINT : UNKNOWN_REFUSAL_HINT;
}

/** What the messages and codes of all runtimes have in common. */
const CERTIFICATE_ERROR = /certificate|CERT|UNABLE_TO_VERIFY/;

/** Says what to do about the error that `fetch` rejected with. */
export function networkHint(message: string, code: string | undefined): string {
  return CERTIFICATE_ERROR.test(`${message} ${code}`)
    ? CERTIFICATE_HINT
    : NETWORK_HINT;
}

/** GitHub's own explanation of why an account has no access, with its page. */
export function explanationOf(
  body: Record<string, unknown> | undefined,
): string | undefined {
  // `Object` makes an empty object of null and undefined.
  const details: Record<string, unknown> = Object(body?.error_details);
  const { message, url } = details;
  if (typeof message !== "string" || message.trim() === "") return undefined;
  const page = typeof url === "string" ? ` ${url}` : "";
  return (message + page).replaceAll("{EDITOR}", EDITOR)
    .replace(/\s+/g, " "); // a hint is one line
}

/** Appends the time to wait, or replaces the one that `hint` ends with. */
export function withDelay(hint: string, seconds: number): string {
  const advice = hint.replace(/ ?Try again in \d+ s\.$/, "");
  return `${advice} Try again in ${seconds} s.`.trimStart();
}
