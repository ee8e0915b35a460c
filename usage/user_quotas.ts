/**
 * How `/copilot_internal/user` states quotas.
 *
 * Undocumented; last checked in November 2026.
 *
 * @module
 */

import { newQuota, parseTime, type Quota } from "./quota.ts";

type JSONObject = Record<string, unknown>;

/** Reads the quotas of an account; members that are malformed are skipped. */
export function readUserQuotas(user: JSONObject): Quota[] {
  const quotas = readSnapshots(user);
  const names = quotas.map(({ name }) => name);
  const others = readFreeQuotas(user)
    .filter(({ name }) => !names.includes(name));
  return [...quotas, ...others];
}

/** Reads `quota_snapshots`. */
function readSnapshots(user: JSONObject): Quota[] {
  const resetAtMs = timeOf(user.quota_reset_date_utc) ??
    timeOf(user.quota_reset_date);
  return Object.entries(objectOf(user.quota_snapshots))
    .map(([name, value]) => {
      const snapshot = objectOf(value);
      return newQuota(name, "plan", {
        isUnlimited: booleanOf(snapshot.unlimited),
        entitlement: numberOf(snapshot.entitlement),
        remaining: numberOf(snapshot.remaining),
        percentRemaining: numberOf(snapshot.percent_remaining),
        overage: numberOf(snapshot.overage_count),
        isOveragePermitted: booleanOf(snapshot.overage_permitted),
        resetAtMs: timeOf(snapshot.quota_reset_at) ?? resetAtMs,
      });
    })
    .filter((quota) => quota !== undefined);
}

/** Reads `limited_user_quotas`, which is what is left on a free plan. */
function readFreeQuotas(user: JSONObject): Quota[] {
  const entitlements = objectOf(user.monthly_quotas);
  return Object.entries(objectOf(user.limited_user_quotas))
    .map(([name, remaining]) =>
      newQuota(name, "plan", {
        entitlement: numberOf(entitlements[name]),
        remaining: numberOf(remaining),
        resetAtMs: timeOf(user.limited_user_reset_date),
      })
    )
    .filter((quota) => quota !== undefined);
}

/** The value, or an object without members. */
function objectOf(value: unknown): JSONObject {
  const isObject = typeof value === "object" && value !== null;
  return isObject ? value as JSONObject : {};
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value)
    ? value
    : undefined;
}

function booleanOf(value: unknown): boolean | undefined {
  return typeof value === "boolean" ? value : undefined;
}

/** A time as text, or as a number of seconds; in epoch milliseconds. */
function timeOf(value: unknown): number | undefined {
  if (typeof value === "string") return parseTime(value);
  const seconds = numberOf(value) ?? 0;
  const isTime = seconds > 0 && seconds <= LATEST_TIME_S;
  return isTime ? seconds * 1000 : undefined;
}

/** The latest time of a `Date`, in epoch seconds. */
const LATEST_TIME_S = 8.64e12;
