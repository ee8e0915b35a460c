/**
 * The options of a fake: checks and defaults.
 *
 * @module
 */

import { invalidOption } from "../internal/options.ts";
import type { Account, FakeNamedPlans } from "./account.ts";
import type { FakePlan } from "./hosts.ts";
import type { FakeModel } from "./models.ts";
import { createQuotaMeter, type FakeBilling } from "./quota.ts";
import type { FakeReply } from "./reply.ts";
import type { FakeChat } from "./request_body.ts";

/**
 * What the fake GitHub and the fake Copilot are like.
 *
 * @example An account of a business, and what the model says
 * ```ts
 * import { createCopilotFetch } from "@copilot-fetch/core";
 * import {
 *   createFakeCopilot,
 *   type FakeCopilotOptions,
 * } from "@copilot-fetch/core/testing";
 *
 * const options: FakeCopilotOptions = { plan: "business", reply: "Four." };
 * const copilot = createCopilotFetch("ghu_any", createFakeCopilot(options));
 * const response = await copilot("/chat/completions", {
 *   method: "POST",
 *   body: JSON.stringify({
 *     model: "gpt-5-mini",
 *     messages: [{ role: "user", content: "What is two and two?" }],
 *   }),
 * });
 * const { choices } = await response.json();
 * console.log(choices[0].message.content); // "Four."
 * ```
 */
export interface FakeCopilotOptions {
  /**
   * The subscription's plan, which decides the host that accepts its tokens.
   *
   * @default "individual"
   */
  plan?: FakePlan;
  /**
   * The plans whose hosts GitHub names, where it names another than `plan`.
   *
   * @default those of `plan`
   */
  namedPlans?: FakeNamedPlans;
  /**
   * How the subscription is billed.
   *
   * @default "tokens"
   */
  billing?: FakeBilling;
  /**
   * `"acme.ghe.com"` for a tenant with data residency.
   *
   * @default "github.com"
   */
  domain?: string;
  /**
   * For how many seconds a token is valid.
   *
   * @default 1800
   */
  tokenLifetime?: number;
  /**
   * What the model says: a text, an answer with reasoning or tool calls, or a
   * function that makes either of a request and its JSON body.
   *
   * @default repeats the prompt
   */
  reply?:
    | string
    | FakeReply
    | ((
      request: Request,
      body: FakeChat,
    ) => string | FakeReply | Promise<string | FakeReply>);
  /**
   * The credentials that GitHub knows. What each can do depends on its prefix:
   *
   * | prefix | exchange | sent to Copilot directly |
   * | --- | --- | --- |
   * | `ghu_` and unknown kinds | yes | `ghu_` alone |
   * | `gho_` | 404, unless `approvedApp` | yes |
   * | `github_pat_` | 403 | with integration id `copilot-developer-cli` |
   * | `ghs_` | 403 | yes; it has no user |
   * | `ghp_` | 403 | no |
   *
   * @default any
   */
  credentials?: readonly string[];
  /**
   * Whether the account has a Copilot subscription.
   *
   * @default true
   */
  subscription?: boolean;
  /**
   * Whether GitHub has approved the OAuth app that issued a `gho_` credential.
   *
   * @default false
   */
  approvedApp?: boolean;
  /**
   * The models of the subscription: ids, or entries that differ from the usual
   * ones.
   *
   * @default a handful, one of each kind; two of them on a free plan
   */
  models?: readonly (string | FakeModel)[];
}

/** Checks the options that describe the account, and applies defaults. */
export function resolveAccount(options: FakeCopilotOptions): Account {
  const { tokenLifetime = 1800, billing = "tokens" } = options;
  if (!(tokenLifetime > 0)) {
    throw invalidOption("tokenLifetime", "a positive number of seconds");
  }
  if (billing !== "tokens" && billing !== "requests") {
    throw invalidOption("billing", '"tokens" or "requests"');
  }
  const account: Account = {
    plan: resolvePlan(options.plan),
    namedPlans: options.namedPlans ?? {},
    domain: toHost(options.domain ?? "github.com"),
    billing,
    hasSubscription: options.subscription ?? true,
    isAppApproved: options.approvedApp ?? false,
    credentials: options.credentials,
    tokenLifetimeMs: tokenLifetime * 1000,
    quota: createQuotaMeter(billing, () => account.plan),
  };
  return account;
}

const PLANS: readonly FakePlan[] = [
  "free",
  "individual",
  "business",
  "enterprise",
];

/** Checks a plan. */
export function resolvePlan(plan: FakePlan = "individual"): FakePlan {
  if (PLANS.includes(plan)) return plan;
  throw invalidOption("plan", `one of ${PLANS.join(", ")}`);
}

/** Accepts a tenant's address as a browser shows it, as the library does. */
function toHost(domain: string): string {
  return domain.toLowerCase().replace(/^https:\/\/|\/$/g, "");
}
