/**
 * The account that the fake GitHub and the fake Copilot serve.
 *
 * @module
 */

import { copilotHost, type FakePlan, proxyHost } from "./hosts.ts";
import type { FakeBilling, QuotaMeter } from "./quota.ts";

/** The plans whose hosts GitHub names, where they are not the account's. */
export interface FakeNamedPlans {
  /** The plan that the token's `proxy-ep` names. */
  proxyEndpoint?: FakePlan;
  /** The plan that `endpoints.api` of the exchange names. */
  endpoints?: FakePlan;
  /** The plan that `endpoints.api` of `/copilot_internal/user` names. */
  userEndpoints?: FakePlan;
}

/** One account. Its plan can change while a token is valid. */
export interface Account {
  readonly domain: string;
  readonly billing: FakeBilling;
  readonly hasSubscription: boolean;
  /** Whether `gho_` credentials can be exchanged. */
  readonly isAppApproved: boolean;
  /** The credentials that GitHub knows; any if `undefined`. */
  readonly credentials: readonly string[] | undefined;
  readonly tokenLifetimeMs: number;
  readonly quota: QuotaMeter;
  plan: FakePlan;
  namedPlans: FakeNamedPlans;
}

/** The `endpoints` of a response of GitHub's, with the host of one plan. */
export function endpointsOf(
  plan: FakePlan,
  domain: string,
): Record<string, string> {
  return {
    api: `https://${copilotHost(plan, domain)}`,
    proxy: `https://${proxyHost(plan, domain)}`,
  };
}

/** Whether GitHub knows a credential. */
export function isKnown(account: Account, credential: string): boolean {
  return credential !== "" &&
    (account.credentials?.includes(credential) ?? true);
}

/** The bearer of a request, or an empty string. */
export function bearerOf(request: Request): string {
  const authorization = request.headers.get("authorization") ?? "";
  return /^Bearer (.+)$/.exec(authorization)?.[1] ?? "";
}

/** The headers that identify an editor, and what each looks like. */
const IDENTITY: readonly [name: string, pattern: RegExp][] = [
  ["User-Agent", /^\S+\/\S+/],
  ["Editor-Version", /^\S+\/\S+$/],
  ["Editor-Plugin-Version", /^\S+\/\S+$/],
  ["Copilot-Integration-Id", /^\S+$/],
];

/** The first identity header that is missing or malformed. */
export function missingIdentityHeader(request: Request): string | undefined {
  const missing = IDENTITY.find(([name, pattern]) =>
    !pattern.test(request.headers.get(name) ?? "")
  );
  return missing?.[0];
}
