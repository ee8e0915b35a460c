/**
 * What is stored, before it is encrypted: a token, or that there is none.
 *
 * @module
 */

import { parseJSON } from "../internal/json.ts";
import {
  advisoryWindowStart,
  type CopilotToken,
} from "../internal/lifetime.ts";

/** What was read. */
export type StoredValue =
  | { kind: "token"; token: CopilotToken }
  /** GitHub has just given another process nothing that can be shared. */
  | { kind: "nothing-to-share" }
  /** No value, or one that is not used. `problem` says why, if it is unusual. */
  | { kind: "absent"; problem?: string };

const ABSENT: StoredValue = { kind: "absent" };

const VERSION = 1;
/** Clocks may differ by this; a token is refreshed as long before it expires. */
const MAX_CLOCK_DIFFERENCE_MS = 5 * 60_000;
/** How long a note says that there is nothing to share. */
const NOTHING_TO_SHARE_MS = 5000;

/** What is wrong with a value, for `onError`. */
export const VALUE_PROBLEMS = {
  unreadable: "The store returned a value that cannot be decrypted",
  malformed: "The store returned a value of an unknown form",
  fromFuture:
    "The store returned a value of the future: the clocks of two processes differ by more than 5 minutes",
} as const;

/** What every value has. Without more, there is nothing to share. */
interface CommonFields {
  version: number;
  /** On the clock of the process that wrote it, in epoch milliseconds. */
  writtenAt: number;
}

/** A token as it is encrypted, with times in relation to each other. */
interface TokenFields extends CommonFields {
  /** Seconds from `writtenAt`. */
  refreshIn: number;
  /** Seconds from `writtenAt`. */
  expiresIn: number;
  value: string;
  baseURL: string;
  otherBaseURL?: string;
}

/** A text to encrypt, and for how many milliseconds it is of use. */
export interface EncodedValue {
  text: string;
  ttlMs: number;
}

/** Encodes a token. Others may use it until its `refreshAt`. */
export function encodeToken(token: CopilotToken, now: number): EncodedValue {
  const { value, baseURL, otherBaseURL, refreshAt, expiresAt } = token;
  const fields: TokenFields = {
    version: VERSION,
    writtenAt: now,
    refreshIn: (refreshAt - now) / 1000,
    expiresIn: (expiresAt - now) / 1000,
    value,
    baseURL,
    otherBaseURL,
  };
  return { text: JSON.stringify(fields), ttlMs: Math.ceil(refreshAt - now) };
}

/** Encodes that an exchange gave nothing that can be shared. */
export function encodeNothing(now: number): EncodedValue {
  const fields: CommonFields = { version: VERSION, writtenAt: now };
  return { text: JSON.stringify(fields), ttlMs: NOTHING_TO_SHARE_MS };
}

/**
 * Reads a value at `now`. A token counts until its `refreshAt`: the time from
 * there to `expiresAt` makes up for clocks that differ.
 *
 * @param random When this process refreshes the token; from 0 to 1
 */
export function decodeValue(
  text: string,
  now: number,
  random: number,
): StoredValue {
  const fields = parseJSON(text);
  if (!hasCommonFields(fields)) return unusual(VALUE_PROBLEMS.malformed);
  if (fields.writtenAt - now > MAX_CLOCK_DIFFERENCE_MS) {
    return unusual(VALUE_PROBLEMS.fromFuture);
  }
  const age = Math.max(0, now - fields.writtenAt);
  if (!("value" in fields)) {
    return age < NOTHING_TO_SHARE_MS ? { kind: "nothing-to-share" } : ABSENT;
  }
  if (!hasTokenFields(fields)) return unusual(VALUE_PROBLEMS.malformed);
  const { value, baseURL, otherBaseURL, refreshIn, expiresIn } = fields;
  const writtenAt = now - age;
  const refreshAt = writtenAt + refreshIn * 1000;
  if (refreshAt <= now) return ABSENT;
  const token: CopilotToken = {
    value,
    baseURL,
    ...(otherBaseURL !== undefined && { otherBaseURL }),
    auth: "exchange",
    refreshAt,
    expiresAt: writtenAt + expiresIn * 1000,
  };
  const own = withOwnRefresh(token, writtenAt, now, random);
  return { kind: "token", token: own };
}

/**
 * The same token with a `refreshAt` of this process's own, at random within the
 * advisory window, so that not all processes refresh it at once.
 */
export function withOwnRefresh(
  token: CopilotToken,
  writtenAt: number,
  now: number,
  random: number,
): CopilotToken {
  const earliest = Math.max(now, advisoryWindowStart(token, writtenAt));
  const refreshAt = earliest + random * (token.refreshAt - earliest);
  return { ...token, refreshAt };
}

function unusual(problem: string): StoredValue {
  return { kind: "absent", problem };
}

type Unchecked = Record<string, unknown> | undefined;

function hasCommonFields(
  fields: Unchecked,
): fields is Unchecked & CommonFields {
  return fields?.version === VERSION && Number.isFinite(fields.writtenAt);
}

function hasTokenFields(
  fields: Unchecked,
): fields is Unchecked & TokenFields {
  const { value, baseURL, otherBaseURL, refreshIn, expiresIn } = fields ?? {};
  return typeof value === "string" && typeof baseURL === "string" &&
    ["string", "undefined"].includes(typeof otherBaseURL) &&
    Number.isFinite(refreshIn) && Number.isFinite(expiresIn);
}
