/**
 * The command that prints what is left of a plan.
 *
 * @module
 */

import type { FoundCredential } from "../credential/mod.ts";
import { fetchUsage, type Quota, type Usage } from "../usage/mod.ts";
import type { ConnectionOptions } from "./arguments.ts";
import { fetchOf, withHints } from "./connection.ts";
import type { IO } from "./io.ts";
import {
  amountText,
  overageText,
  percentText,
  resetText,
} from "./quota_text.ts";
import { DEFAULT_WIDTH, GAP, widest } from "./table.ts";
import { oneLine, safeText } from "./terminal.ts";
import { shorten } from "./wrap.ts";

/** The messages about usage. */
export const USAGE_MESSAGES = {
  noQuota: "GitHub names no quota of this account.",
} as const;

/** Asks GitHub, and writes the usage to stdout: as a table or as JSON. */
export async function printUsage(
  { json, connection }: { json: boolean; connection: ConnectionOptions },
  credential: FoundCredential,
  io: IO,
): Promise<void> {
  const { stdout, signal, columns = DEFAULT_WIDTH } = io;
  const { value, domain } = credential;
  const fetch = await fetchOf(connection, credential, io);
  const request = fetchUsage(value, { domain, fetch, signal });
  const usage = await withHints(request, credential);
  const text = json
    ? JSON.stringify(usage, null, 2)
    : formatUsage(usage, columns);
  await stdout.write(`${stdout.isTerminal ? safeText(text) : text}\n`);
}

function formatUsage(usage: Usage, maxWidth: number): string {
  const { login = "unknown", plan = "unknown", quotas } = usage;
  const account = `Account: ${login}, plan: ${plan}${billingOf(usage)}`;
  const table = quotas.length === 0
    ? [USAGE_MESSAGES.noQuota]
    : formatTable(quotas.map(cellsOf), maxWidth);
  return [oneLine(account), "", ...table].join("\n");
}

function billingOf({ isBilledByTokens }: Usage): string {
  if (isBilledByTokens === undefined) return "";
  return isBilledByTokens
    ? ", billed in AI credits"
    : ", billed in premium requests";
}

/** A line of the table. */
interface Cells {
  name: string;
  /** From 0 to 1; `undefined` if GitHub does not say what is left. */
  part: number | undefined;
  /** Percentage, amount and overage. */
  left: string[];
  reset: string;
}

function cellsOf(quota: Quota): Cells {
  return {
    name: oneLine(quota.name),
    part: partOf(quota),
    left: [percentText(quota), amountText(quota), overageText(quota)],
    reset: resetText(quota),
  };
}

/** The part of a quota that is left. */
function partOf(quota: Quota): number | undefined {
  const { isUnlimited, percentRemaining, remaining, entitlement } = quota;
  if (isUnlimited) return 1;
  if (percentRemaining !== undefined) return percentRemaining / 100;
  if (remaining === undefined || !entitlement) return undefined;
  return remaining / entitlement;
}

/** The widths of bars and names, in characters. */
const LONGEST_BAR = 20;
const SHORTEST_BAR = 4;
const SHORTEST_NAME = 8;
/** The brackets around a bar, in characters. */
const BRACKETS = 2;
const HEAD = { name: "QUOTA", left: "LEFT", reset: "RESETS (UTC)" };

/** A line for each quota. Where they are too wide, the bars are shortened first. */
function formatTable(rows: Cells[], maxWidth: number): string[] {
  const left = alignColumns(rows.map((row) => row.left));
  const leftWidth = left[0].length;
  const resetWidth = widest([HEAD.reset, ...rows.map(({ reset }) => reset)]);
  const longestName = widest([HEAD.name, ...rows.map(({ name }) => name)]);
  const others = BRACKETS + leftWidth + resetWidth + 3 * GAP.length;
  const forNameAndBar = maxWidth - others;
  const bar = clamp(forNameAndBar - longestName, SHORTEST_BAR, LONGEST_BAR);
  const name = clamp(forNameAndBar - bar, SHORTEST_NAME, longestName);

  const join = (cells: string[]) => cells.join(GAP).trimEnd();
  const barAndLeft = bar + BRACKETS + GAP.length + leftWidth;
  const head = [HEAD.name.padEnd(name), HEAD.left.padEnd(barAndLeft)];
  return [
    join([...head, HEAD.reset]),
    ...rows.map((row, index) =>
      join([
        shorten(row.name, name).padEnd(name),
        barOf(row.part, bar),
        left[index],
        row.reset,
      ])
    ),
  ];
}

/** Pads cells to columns, and joins each row. Empty columns take no space. */
function alignColumns(rows: string[][]): string[] {
  const widths = rows[0].map((_, column) =>
    widest(rows.map((row) => row[column]))
  );
  return rows.map((row) =>
    row.map((cell, column) => cell.padEnd(widths[column]))
      .filter((_, column) => widths[column] > 0)
      .join(GAP)
  );
}

/** A bar as long as what is left, and without a scale if that is unknown. */
function barOf(part: number | undefined, width: number): string {
  if (part === undefined) return " ".repeat(width + BRACKETS);
  // What is left is shown, however little it is.
  const least = part > 0 ? 1 : 0;
  const length = clamp(Math.round(part * width), least, width);
  return `[${"#".repeat(length).padEnd(width, ".")}]`;
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}
