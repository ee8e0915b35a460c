/**
 * Quotas in words. All figures are GitHub's own.
 *
 * @module
 */

import type { Quota } from "../usage/mod.ts";

/** What is left of a limit in per cent, such as "97.1%", if GitHub says so. */
export function percentText({ isUnlimited, percentRemaining }: Quota): string {
  if (isUnlimited || percentRemaining === undefined) return "";
  return `${numberText(percentRemaining)}%`;
}

/** What is left as an amount, such as "971 of 1000". */
export function amountText(quota: Quota): string {
  const { isUnlimited, remaining, entitlement } = quota;
  if (isUnlimited) return "unlimited";
  if (remaining === undefined) return "";
  return entitlement === undefined
    ? `${numberText(remaining)} left`
    : `${numberText(remaining)} of ${numberText(entitlement)}`;
}

/** What was used beyond the entitlement. */
export function overageText({ overage }: Quota): string {
  return overage ? `${numberText(overage)} over` : "";
}

/** When a quota is whole again, to the minute, in UTC. */
export function resetText({ resetAtMs }: Quota): string {
  if (resetAtMs === undefined) return "";
  const [date, time] = new Date(resetAtMs).toISOString().split("T");
  return `${date} ${time.slice(0, "hh:mm".length)}`;
}

/** A quota in one line, such as "chat: 97.1% left, 971 of 1000". */
export function quotaText(quota: Quota): string {
  const percent = percentText(quota);
  const reset = resetText(quota);
  const parts = [
    percent === "" ? "" : `${percent} left`,
    amountText(quota),
    overageText(quota),
    reset === "" ? "" : `resets ${reset} UTC`,
  ];
  return `${quota.name}: ${parts.filter((part) => part !== "").join(", ")}`;
}

/** A number without the digits that floating-point arithmetic adds. */
function numberText(value: number): string {
  return `${Number(value.toFixed(2))}`;
}
