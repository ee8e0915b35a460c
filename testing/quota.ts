/**
 * What the account has used, and how GitHub and Copilot report it.
 *
 * The amounts are examples, not GitHub's allowances.
 *
 * @module
 */

import type { FakePlan } from "./hosts.ts";
import type { ListedModel } from "./models.ts";

/**
 * How a subscription is billed: in AI credits, metered by tokens, or by premium
 * requests, one per turn that a user started, times the model's multiplier.
 *
 * @example A subscription that is billed by premium requests
 * ```ts
 * import {
 *   createFakeCopilot,
 *   type FakeBilling,
 * } from "@copilot-fetch/core/testing";
 * import { fetchUsage } from "@copilot-fetch/core/usage";
 *
 * const billing: FakeBilling = "requests";
 * const { fetch } = createFakeCopilot({ billing });
 * const { isBilledByTokens } = await fetchUsage("ghu_any", { fetch });
 * console.log(isBilledByTokens); // false
 * ```
 */
export type FakeBilling = "tokens" | "requests";

/** Premium requests, or AI credits, in a month. */
const ENTITLEMENT = 1000;
/** Chats and completions of a free account in a month. */
const FREE_QUOTAS = { chat: 50, completions: 2000 };

const NANO_PER_UNIT = 1_000_000_000;

/** How many tokens a request cost. */
export interface TokenCount {
  input: number;
  output: number;
}

/** A request that is charged. */
export interface Charge {
  model: ListedModel;
  tokens: TokenCount;
  /** The request's `X-Initiator`; missing or unknown counts as `user`. */
  initiator: string | null;
}

/** Counts what is used of the account's quotas. */
export interface QuotaMeter {
  charge(charge: Charge): void;
  /** The headers of a successful response to a chat. */
  headers(): Record<string, string>;
  /** `quota_snapshots` of `/copilot_internal/user`. */
  snapshots(): Record<string, unknown>;
  /** `limited_user_quotas`, which only a free account has. */
  limitedUserQuotas(): Record<string, number> | null;
  /** The start of the next month, as an ISO date without milliseconds. */
  resetAt(): string;
}

/** Creates the meter of an account with nothing used. */
export function createQuotaMeter(
  billing: FakeBilling,
  planOf: () => FakePlan,
): QuotaMeter {
  let used = 0;
  let chats = 0;
  const remaining = () => Math.max(0, ENTITLEMENT - used);
  const percentRemaining = () => 100 * remaining() / ENTITLEMENT;
  const overage = () => Math.max(0, used - ENTITLEMENT);

  function premium(): string {
    return snapshotHeader({
      entitlement: ENTITLEMENT,
      overage: overage(),
      percentRemaining: percentRemaining(),
      remaining: remaining(),
    });
  }

  return {
    charge({ model, tokens, initiator }) {
      chats++;
      used += billing === "tokens"
        ? nanoCredits(model, tokens) / NANO_PER_UNIT
        : premiumRequests(model, initiator);
    },
    headers() {
      return {
        "x-quota-snapshot-chat": snapshotHeader(UNLIMITED),
        "x-quota-snapshot-premium_interactions": premium(),
        "x-quota-snapshot-premium_models": premium(),
        "x-usage-ratelimit-session": premium(),
        "x-usage-ratelimit-weekly": premium(),
      };
    },
    snapshots() {
      return {
        chat: UNLIMITED_SNAPSHOT,
        completions: UNLIMITED_SNAPSHOT,
        premium_interactions: {
          entitlement: ENTITLEMENT,
          remaining: remaining(),
          percent_remaining: percentRemaining(),
          unlimited: false,
          overage_count: overage(),
          overage_permitted: true,
          has_quota: true,
          quota_reset_at: resetAt(),
        },
      };
    },
    limitedUserQuotas() {
      if (planOf() !== "free") return null;
      return { ...FREE_QUOTAS, chat: Math.max(0, FREE_QUOTAS.chat - chats) };
    },
    resetAt,
  };
}

/** How many premium requests a turn costs on a request-based plan. */
function premiumRequests(
  { billing }: ListedModel,
  initiator: string | null,
): number {
  return initiator === "agent" ? 0 : billing.multiplier;
}

/** `copilot_usage`, which reports what an answer cost. */
export function copilotUsage(
  model: ListedModel,
  tokens: TokenCount,
): Record<string, unknown> {
  const { batch_size, default: prices } = model.billing.token_prices;
  return {
    // The names of a detail's members are assumed.
    token_details: [
      {
        token_type: "input",
        token_count: tokens.input,
        batch_size,
        cost_per_batch: prices.input_price,
      },
      {
        token_type: "output",
        token_count: tokens.output,
        batch_size,
        cost_per_batch: prices.output_price,
      },
    ],
    total_nano_aiu: nanoCredits(model, tokens),
  };
}

function nanoCredits(model: ListedModel, tokens: TokenCount): number {
  const { batch_size, default: prices } = model.billing.token_prices;
  const cost = tokens.input * prices.input_price +
    tokens.output * prices.output_price;
  return Math.round(cost / batch_size);
}

/** One quota, as a response header reports it. */
interface Snapshot {
  entitlement: number;
  overage: number;
  percentRemaining: number;
  remaining: number;
}

const UNLIMITED: Snapshot = {
  entitlement: -1,
  overage: 0,
  percentRemaining: 100,
  remaining: -1,
};

const UNLIMITED_SNAPSHOT = {
  entitlement: -1,
  remaining: -1,
  percent_remaining: 100,
  unlimited: true,
  overage_count: 0,
  overage_permitted: false,
  has_quota: true,
};

function snapshotHeader(snapshot: Snapshot): string {
  return new URLSearchParams({
    ent: `${snapshot.entitlement}`,
    ov: snapshot.overage.toFixed(1),
    ovPerm: `${snapshot.entitlement >= 0}`,
    rem: snapshot.percentRemaining.toFixed(1),
    rst: resetAt(),
    totRem: snapshot.remaining.toFixed(1),
  }).toString();
}

function resetAt(): string {
  const now = new Date(Date.now());
  const nextMonth = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1);
  return new Date(nextMonth).toISOString().replace(".000", "");
}
