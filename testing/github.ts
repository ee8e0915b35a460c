/**
 * The fake GitHub: the exchange, and the account's plan and quotas.
 *
 * @module
 */

import { type Account, isKnown } from "./account.ts";
import { gitHubEndpoints } from "./hosts.ts";
import { bearerOf, missingIdentityHeader } from "./request_headers.ts";
import { issueToken, skuOf } from "./tokens.ts";

/** Responds as `api.<domain>` does. */
export function respondAsGitHub(request: Request, account: Account): Response {
  const { pathname } = new URL(request.url);
  if (request.method !== "GET") return notFound();
  if (pathname === "/copilot_internal/v2/token") {
    return refuseExchange(request, account) ?? exchange(account);
  }
  if (pathname === "/copilot_internal/user") {
    return refuseUser(request, account) ?? describeUser(account);
  }
  return notFound();
}

/**
 * Refuses an exchange by the kind of credential:
 *
 * | prefix | response |
 * | --- | --- |
 * | `ghp_`, `github_pat_` | 403 |
 * | `ghs_` | 403; the words are assumed |
 * | `gho_` | 404, unless the app is approved |
 * | others | 403 without a subscription |
 */
function refuseExchange(
  request: Request,
  account: Account,
): Response | undefined {
  const refusal = refuseCaller(request, account);
  if (refusal) return refusal;
  const credential = bearerOf(request);
  if (/^(ghp|github_pat)_/.test(credential)) return refuse(403, PAT_MESSAGE);
  if (credential.startsWith("ghs_")) return refuse(403, INTEGRATION_MESSAGE);
  if (credential.startsWith("gho_") && !account.isAppApproved) {
    return notFound();
  }
  if (!account.hasSubscription) return noSubscription();
  return undefined;
}

/** Refuses to describe the user of a credential that has none. */
function refuseUser(request: Request, account: Account): Response | undefined {
  const refusal = refuseCaller(request, account);
  if (refusal) return refusal;
  const credential = bearerOf(request);
  if (credential.startsWith("ghs_")) return refuse(403, INTEGRATION_MESSAGE);
  // Assumed for both.
  if (credential.startsWith("ghp_")) return refuse(403, PAT_MESSAGE);
  if (!account.hasSubscription) return noSubscription();
  return undefined;
}

/** Refuses an unknown client (assumed), and an unknown credential. */
function refuseCaller(
  request: Request,
  account: Account,
): Response | undefined {
  if (missingIdentityHeader(request)) return refuse(403, "Forbidden");
  if (isKnown(account, bearerOf(request))) return undefined;
  return refuse(401, "Bad credentials");
}

const PAT_MESSAGE = "Resource not accessible by personal access token";
const INTEGRATION_MESSAGE = "Resource not accessible by integration";

/** Issues a token. */
function exchange(account: Account): Response {
  const { plan, domain, namedPlans, tokenLifetimeMs } = account;
  const { value, expiresAt } = issueToken(account);
  return Response.json({
    token: value,
    expires_at: Math.floor(expiresAt / 1000),
    refresh_in: refreshIn(tokenLifetimeMs),
    endpoints: gitHubEndpoints(namedPlans.endpoints ?? plan, domain),
    sku: skuOf(plan),
    individual: plan === "individual" || plan === "free",
    chat_enabled: true,
    limited_user_quotas: account.quota.limitedUserQuotas(),
    limited_user_reset_date: null,
    organization_list: [],
    enterprise_list: [],
    user_notification: null,
  });
}

/** GitHub asks for a refresh so long before a token expires. */
const REFRESH_MARGIN_MS = 5 * 60_000;

/** Seconds after which GitHub asks for a refresh, if the lifetime allows it. */
function refreshIn(tokenLifetimeMs: number): number | undefined {
  if (tokenLifetimeMs <= 2 * REFRESH_MARGIN_MS) return undefined;
  return (tokenLifetimeMs - REFRESH_MARGIN_MS) / 1000;
}

/** Describes the account: plan, billing, host and quotas. */
function describeUser(account: Account): Response {
  const { plan, domain, namedPlans, billing, quota } = account;
  return Response.json({
    login: "octocat",
    copilot_plan: plan === "free" ? "individual" : plan,
    access_type_sku: skuOf(plan),
    chat_enabled: true,
    token_based_billing: billing === "tokens",
    quota_reset_date_utc: quota.resetAt(),
    quota_snapshots: quota.snapshots(),
    limited_user_quotas: quota.limitedUserQuotas(),
    endpoints: gitHubEndpoints(namedPlans.userEndpoints ?? plan, domain),
  });
}

/** What GitHub responds for an account without a subscription. */
export function noSubscription(
  notificationId = "no_copilot_access",
): Response {
  return Response.json({
    can_signup_for_limited: false,
    message: INTEGRATION_MESSAGE,
    error_details: {
      message: "No access to GitHub Copilot found. " +
        "You are currently logged in as octocat.",
      notification_id: notificationId,
      title: "Sign up for GitHub Copilot",
      url: "https://github.com/github-copilot/signup?editor={EDITOR}",
    },
  }, { status: 403 });
}

/** GitHub's own JSON for an error. */
export function refuse(
  status: number,
  message: string,
  headers: Record<string, string> = {},
): Response {
  return Response.json({ message }, { status, headers });
}

function notFound(): Response {
  return refuse(404, "Not Found");
}
