/**
 * The hosts of the fake GitHub and the fake Copilot, by plan and domain.
 *
 * @module
 */

/**
 * A plan of Copilot. A free account uses the host of an individual one.
 *
 * @example The host of each plan
 * ```ts
 * import { exchangeToken } from "@copilot-fetch/core";
 * import {
 *   createFakeCopilot,
 *   type FakePlan,
 * } from "@copilot-fetch/core/testing";
 *
 * const plan: FakePlan = "enterprise";
 * const { fetch } = createFakeCopilot({ plan });
 * const { baseURL } = await exchangeToken("ghu_any", { fetch });
 * console.log(baseURL); // "https://api.enterprise.githubcopilot.com"
 * ```
 */
export type FakePlan = "free" | "individual" | "business" | "enterprise";

/** The host for credentials that are sent to Copilot directly. */
const GENERIC_HOST = "api.githubcopilot.com";

/** The host of GitHub's API. */
export function gitHubHost(domain: string): string {
  return `api.${domain}`;
}

/** The host of Copilot for an account. A tenant has one for all plans. */
export function copilotHost(plan: FakePlan, domain: string): string {
  return isTenant(domain)
    ? `copilot-api.${domain}`
    : `api.${hostLabel(plan)}.githubcopilot.com`;
}

/** The host that the token's `proxy-ep` names. */
export function proxyHost(plan: FakePlan, domain: string): string {
  return isTenant(domain)
    ? `copilot-proxy.${domain}`
    : `proxy.${hostLabel(plan)}.githubcopilot.com`;
}

/** The `endpoints` of a response of GitHub's, with the host of one plan. */
export function gitHubEndpoints(
  plan: FakePlan,
  domain: string,
): Record<string, string> {
  return {
    api: `https://${copilotHost(plan, domain)}`,
    proxy: `https://${proxyHost(plan, domain)}`,
  };
}

/** Whether a credential may be sent to `host` without an exchange. */
export function acceptsCredentials(
  host: string,
  plan: FakePlan,
  domain: string,
): boolean {
  return host === copilotHost(plan, domain) ||
    (!isTenant(domain) && host === GENERIC_HOST);
}

/** Whether `host` is Copilot's, for any plan. */
export function isCopilotHost(host: string, domain: string): boolean {
  return host === `copilot-api.${domain}` ||
    /^api\.([\w-]+\.)?githubcopilot\.com$/.test(host);
}

function isTenant(domain: string): boolean {
  return domain !== "github.com";
}

function hostLabel(plan: FakePlan): string {
  return plan === "free" ? "individual" : plan;
}
