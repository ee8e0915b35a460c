/**
 * The account that the fake GitHub and the fake Copilot serve.
 *
 * @module
 */

import type { FakePlan } from "./hosts.ts";
import type { FakeBilling, QuotaMeter } from "./quota.ts";

/**
 * The plans whose hosts GitHub names, where they are not the account's.
 *
 * @example A token that names the wrong host
 * ```ts
 * import { createCopilotFetch } from "@copilot-fetch/core";
 * import {
 *   createFakeCopilot,
 *   type FakeNamedPlans,
 * } from "@copilot-fetch/core/testing";
 *
 * const namedPlans: FakeNamedPlans = { proxyEndpoint: "business" };
 * const fake = createFakeCopilot({ plan: "enterprise", namedPlans });
 * const copilot = createCopilotFetch("ghu_any", fake);
 * const response = await copilot("/models");
 * // The first host responded with 421.
 * console.log(response.status, fake.requests.length); // 200 2
 * ```
 */
export interface FakeNamedPlans {
  /**
   * The plan that the token's `proxy-ep` names.
   *
   * @default the account's plan
   */
  proxyEndpoint?: FakePlan;
  /**
   * The plan that `endpoints.api` of the exchange names.
   *
   * @default the account's plan
   */
  endpoints?: FakePlan;
  /**
   * The plan that `endpoints.api` of `/copilot_internal/user` names.
   *
   * @default the account's plan
   */
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

/** Whether GitHub knows a credential. */
export function isKnown(account: Account, credential: string): boolean {
  return credential !== "" &&
    (account.credentials?.includes(credential) ?? true);
}
