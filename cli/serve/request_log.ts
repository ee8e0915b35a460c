/**
 * Describes each request in one line.
 *
 * @module
 */

import { type Quota, readQuota } from "../../usage/mod.ts";
import { amountText, percentText } from "../quota_text.ts";

/** What is known about a request, and in the end about its response. */
export interface RequestRecord {
  /** In epoch milliseconds. */
  readonly startedAt: number;
  readonly method: string;
  /** The path as it was requested, without the query. */
  readonly path: string;
  /** The model as it was requested. */
  model?: string;
  /** The model that is asked instead. */
  listedModel?: string;
  initiator?: string;
  /** The names of headers that were not forwarded. */
  droppedHeaders?: readonly string[];
  status?: number;
  /** Why the request was refused. */
  reason?: string;
  /** The quota that Copilot's response names. */
  quota?: Quota;
}

/** Describes a request that was answered. */
export function formatRecord(
  record: RequestRecord,
  { endedAt, isWhole }: { endedAt: number; isWhole: boolean },
): string {
  const { startedAt, method, path, initiator, status, reason } = record;
  const words = [
    timeText(startedAt),
    method,
    path,
    modelText(record),
    initiator,
    isWhole ? status : `${status} cut off`,
    `${endedAt - startedAt} ms`,
    quotaText(record),
  ];
  const line = words.filter((word) => word !== undefined).join(" ");
  return reason === undefined ? line : `${line}: ${reason}`;
}

/** Names what was not forwarded; `undefined` if that is nothing. */
export function formatDropped(
  { droppedHeaders = [] }: RequestRecord,
): string | undefined {
  if (droppedHeaders.length === 0) return undefined;
  return `not forwarded: ${droppedHeaders.join(", ")}`;
}

/** The plan's quota that has a limit; that of premium requests of several. */
export function mainQuota(headers: Headers): Quota | undefined {
  const quotas = readQuota(headers)
    .filter(({ kind, isUnlimited }) => kind === "plan" && !isUnlimited);
  return quotas.find(({ name }) => name === "premium_interactions") ??
    quotas[0];
}

/** The local time, to the second. */
function timeText(milliseconds: number): string {
  return new Date(milliseconds).toTimeString().slice(0, "hh:mm:ss".length);
}

function modelText(
  { model, listedModel }: RequestRecord,
): string | undefined {
  return listedModel === undefined ? model : `${model} as ${listedModel}`;
}

function quotaText({ quota }: RequestRecord): string | undefined {
  if (!quota) return undefined;
  return `${quota.name}: ${amountText(quota) || percentText(quota)}`;
}
