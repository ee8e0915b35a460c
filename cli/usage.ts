/**
 * The command that prints what is left of a plan.
 *
 * @module
 */

import type { Quota, Usage } from "../usage/mod.ts";
import type { IO } from "./io.ts";
import { oneLine, safeText } from "./terminal.ts";

/** The messages about usage. */
export const USAGE_MESSAGES = {
  noQuota: "GitHub names no quota of this account.",
} as const;

/** Writes the usage to stdout, as a table or as JSON. */
export async function printUsage(
  usage: Usage,
  { json }: { json: boolean },
  { stdout }: IO,
): Promise<void> {
  const text = json ? JSON.stringify(usage, null, 2) : formatUsage(usage);
  await stdout.write(`${stdout.isTerminal ? safeText(text) : text}\n`);
}

function formatUsage(usage: Usage): string {
  const { login = "unknown", plan = "unknown", quotas } = usage;
  const lines = [
    `Account: ${login}, plan: ${plan}${billingOf(usage)}`,
    ...formatQuotas(quotas),
  ];
  return lines.map(oneLine).join("\n");
}

function billingOf({ isBilledByTokens }: Usage): string {
  if (isBilledByTokens === undefined) return "";
  return isBilledByTokens
    ? ", billed in AI credits"
    : ", billed in premium requests";
}

function formatQuotas(quotas: Quota[]): string[] {
  if (quotas.length === 0) return [USAGE_MESSAGES.noQuota];
  const width = Math.max(...quotas.map(({ name }) => name.length));
  return quotas.map((quota) => {
    const parts = [
      quota.name.padEnd(width),
      barOf(percentOf(quota)),
      leftOf(quota),
      resetOf(quota),
    ];
    return parts.filter((part) => part !== "").join("  ");
  });
}

/** What is left, in per cent; `undefined` if GitHub does not say. */
function percentOf(quota: Quota): number | undefined {
  const { isUnlimited, percentRemaining, remaining, entitlement } = quota;
  if (isUnlimited) return 100;
  if (percentRemaining !== undefined) return percentRemaining;
  if (remaining === undefined || !entitlement) return undefined;
  return 100 * remaining / entitlement;
}

/** The width of a bar, in characters. */
const BAR_WIDTH = 10;

/** A bar as long as what is left. */
function barOf(percent = 0): string {
  const length = Math.round(percent / 100 * BAR_WIDTH);
  const shown = Math.min(Math.max(length, 0), BAR_WIDTH);
  return `[${"#".repeat(shown).padEnd(BAR_WIDTH, ".")}]`;
}

/** What is left in words, such as "97% left, 971 of 1000". */
function leftOf(quota: Quota): string {
  if (quota.isUnlimited) return "unlimited";
  const percent = percentOf(quota);
  const { remaining, entitlement } = quota;
  const parts = [
    percent === undefined ? "" : `${Math.round(percent)}% left`,
    remaining === undefined || entitlement === undefined
      ? ""
      : `${remaining} of ${entitlement}`,
    quota.overage ? `${quota.overage} beyond it` : "",
  ];
  return parts.filter((part) => part !== "").join(", ");
}

/** When a quota is whole again, to the minute. */
function resetOf({ resetAtMs }: Quota): string {
  if (resetAtMs === undefined) return "";
  const [date, time] = new Date(resetAtMs).toISOString().split("T");
  return `resets ${date} ${time.slice(0, 5)} UTC`;
}
