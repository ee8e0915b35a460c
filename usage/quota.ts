/**
 * Quotas: their type, and how the headers of a response state them.
 *
 * @module
 */

/**
 * How much of something an account may use, and how much is left.
 *
 * @example Whether little is left
 * ```ts
 * import { fetchUsage, type Quota } from "@copilot-fetch/core/usage";
 * import { createFakeCopilot } from "@copilot-fetch/core/testing";
 *
 * function isLow({ isUnlimited, percentRemaining = 100 }: Quota): boolean {
 *   return !isUnlimited && percentRemaining < 10;
 * }
 * // Omit `fetch`, and pass your own credential, to ask GitHub.
 * const { fetch } = createFakeCopilot();
 * const { quotas } = await fetchUsage("ghu_demo", { fetch });
 * console.log(quotas.some(isLow)); // false
 * ```
 */
export interface Quota {
  /** GitHub's name for it: `"premium_interactions"`, `"chat"`, `"session"`. */
  name: string;
  /**
   * `"plan"`: what the plan includes until `resetAtMs`; `"rate-limit"`: what may
   * be used within a session or a week.
   */
  kind: "plan" | "rate-limit";
  /** Whether there is no limit. */
  isUnlimited: boolean;
  /**
   * The whole amount, in premium requests or AI credits, as the plan is billed;
   * missing if there is no limit.
   */
  entitlement?: number;
  /** The amount that is left, in the same unit; missing if there is no limit. */
  remaining?: number;
  /** The part that is left, in per cent of the whole. */
  percentRemaining?: number;
  /** The amount that was used beyond the entitlement, in the same unit. */
  overage?: number;
  /** Whether more than the entitlement may be used, which GitHub charges. */
  isOveragePermitted?: boolean;
  /** When it is whole again, in epoch milliseconds. */
  resetAtMs?: number;
}

/** The kinds of quota by the beginning of their headers' names. */
const HEADER_PREFIXES: [prefix: string, kind: Quota["kind"]][] = [
  ["x-quota-snapshot-", "plan"],
  ["x-usage-ratelimit-", "rate-limit"],
];

/**
 * Reads the quotas that a response of Copilot states in its headers.
 *
 * Successful responses of the three chat endpoints have them, before the first
 * byte of a stream; other responses have none. `entitlement`, `remaining` and
 * `overage` are premium requests or AI credits, as the plan is billed.
 *
 * A header is read as a query string, as last checked in November 2026:
 *
 * | part | property |
 * | --- | --- |
 * | `ent` | `entitlement`; -1 is `isUnlimited` |
 * | `rem` | `percentRemaining` |
 * | `totRem` | `remaining` |
 * | `ov` | `overage` |
 * | `ovPerm` | `isOveragePermitted` |
 * | `rst` | `resetAtMs` |
 *
 * Malformed parts are skipped, and so is a header without an amount.
 *
 * @example
 * ```ts
 * import { readQuota } from "@copilot-fetch/core/usage";
 *
 * const headers = new Headers({
 *   "x-quota-snapshot-premium_interactions":
 *     "ent=1000&ov=0.0&ovPerm=true&rem=97.1&rst=2026-12-01T00%3A00%3A00Z&totRem=971.0",
 * });
 * const [quota] = readQuota(headers);
 * console.log(quota.name, quota.remaining); // "premium_interactions" 971
 * ```
 *
 * @param headers The headers of a response
 * @returns The quotas, in the order of the headers; never throws
 */
export function readQuota(headers: Headers): Quota[] {
  const quotas: Quota[] = [];
  headers.forEach((value, header) => {
    for (const [prefix, kind] of HEADER_PREFIXES) {
      if (!header.startsWith(prefix)) continue;
      const name = header.slice(prefix.length);
      const quota = newQuota(name, kind, readAmounts(value));
      if (quota) quotas.push(quota);
    }
  });
  return quotas;
}

/** What is known about a quota; `undefined` what is not. */
export type Amounts = Partial<Omit<Quota, "name" | "kind">>;

function readAmounts(value: string): Amounts {
  const parts = new URLSearchParams(value);
  return {
    entitlement: parseNumber(parts.get("ent")),
    remaining: parseNumber(parts.get("totRem")),
    percentRemaining: parseNumber(parts.get("rem")),
    overage: parseNumber(parts.get("ov")),
    isOveragePermitted: parseBoolean(parts.get("ovPerm")),
    resetAtMs: parseTime(parts.get("rst")),
  };
}

/** The entitlement of a quota without a limit. */
const UNLIMITED = -1;

/** Makes a quota of what is known; `undefined` if that is its time alone. */
export function newQuota(
  name: string,
  kind: Quota["kind"],
  amounts: Amounts,
): Quota | undefined {
  const { resetAtMs, ...others } = amounts;
  const isKnown = Object.values(others).some((value) => value !== undefined);
  if (name === "" || !isKnown) return undefined;
  const isUnlimited = amounts.isUnlimited ?? amounts.entitlement === UNLIMITED;
  const counted = isUnlimited
    ? { ...others, entitlement: undefined, remaining: undefined }
    : others;
  return withoutMissing({ name, kind, ...counted, isUnlimited, resetAtMs });
}

/** A copy without the members that are `undefined`. */
function withoutMissing<T extends object>(object: T): T {
  const entries = Object.entries(object)
    .filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as T;
}

/** Reads a decimal number, such as `971.0`. */
function parseNumber(text: string | null): number | undefined {
  if (text === null || !/^-?\d+(\.\d+)?$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

function parseBoolean(text: string | null): boolean | undefined {
  if (text === "true") return true;
  return text === "false" ? false : undefined;
}

/** A date, with or without a time of day and its zone. */
const ISO_TIME =
  /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/;

/** Reads an ISO 8601 time, in epoch milliseconds; a date begins in UTC. */
export function parseTime(text: string | null): number | undefined {
  if (text === null || !ISO_TIME.test(text)) return undefined;
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}
