/**
 * The state of one credential, and what it allows at a time.
 *
 * @module
 */

import type { CachedAuthPlan } from "./auth.ts";
import {
  CopilotTokenError,
  type CopilotTokenErrorCode,
  isTransient,
} from "./errors.ts";
import { withDelay } from "./hints.ts";
import { advisoryWindowStart, type CopilotToken } from "./lifetime.ts";
import type { SharedTask } from "./shared_task.ts";

/** Cooldown after a permanent error, and while a token is still valid. */
const LONG_COOLDOWN_MS = 30_000;
/** Cooldown after a transient error without a token to fall back on. */
const SHORT_COOLDOWN_MS = 1000;
/** `invalidate` allows one exchange in this time. */
const FORCED_EXCHANGE_INTERVAL_MS = 60_000;

/** State of one credential at one domain. */
export interface Entry {
  plan: CachedAuthPlan;
  token?: CopilotToken;
  /** When the token was requested, to detect a clock that was set back. */
  requestedAt: number;
  /** Whether Copilot rejected the token. */
  isRejected: boolean;
  /** The mutex: the exchange in flight. */
  task?: SharedTask<CopilotToken>;
  /** The last failure; no exchange is started during its cooldown. */
  failure?: Failure;
  /** When `invalidate` last allowed an exchange. */
  forcedAt: number;
}

/** A failed exchange: short texts, no `Error`. */
export interface Failure {
  /** When it happened, in epoch milliseconds. */
  at: number;
  code: CopilotTokenErrorCode;
  status?: number;
  /** Seconds, if GitHub named a delay. */
  retryAfter?: number;
  /** The message without the hint. */
  summary: string;
  hint: string;
}

/** What `get` does with an entry depends on it: see the table of `TokenCache`. */
export type Phase =
  | "fresh"
  | "refresh-soon"
  | "refresh-due"
  | "rejected"
  | "missing";

/** A new entry, in phase `missing`. */
export function newEntry(plan: CachedAuthPlan): Entry {
  return {
    plan,
    // Own members, so that `Object.prototype` cannot add a token.
    token: undefined,
    task: undefined,
    failure: undefined,
    requestedAt: 0,
    isRejected: false,
    forcedAt: -Infinity,
  };
}

/** The phase of an entry at a time. */
export function phaseOf(
  { token, isRejected, requestedAt }: Entry,
  now: number,
): Phase {
  if (!isAlive(token, now)) return "missing";
  if (isRejected) return "rejected";
  const wasClockSetBack = now < requestedAt;
  if (wasClockSetBack || now >= token.refreshAt) return "refresh-due";
  const isInWindow = now >= advisoryWindowStart(token, requestedAt);
  return isInWindow ? "refresh-soon" : "fresh";
}

/** Whether a token can still be used. */
export function isAlive(
  token: CopilotToken | undefined,
  now: number,
): token is CopilotToken {
  return token !== undefined && now < token.expiresAt;
}

/** The exchange in flight that a new caller may wait for. */
export function taskInFlight(
  { task }: Entry,
): SharedTask<CopilotToken> | undefined {
  return task?.isJoinable ? task : undefined;
}

/** Whether the last failure forbids an exchange at present. */
export function isCoolingDown(entry: Entry, now: number): boolean {
  return remainingCooldown(entry, now) > 0;
}

/** The error of the failure that forbids an exchange at present. */
export function cooldownError(
  entry: Entry,
  now: number,
): CopilotTokenError | undefined {
  const { failure } = entry;
  const retryAfter = Math.ceil(remainingCooldown(entry, now) / 1000);
  if (!failure || retryAfter <= 0) return undefined;
  const { code, status, summary } = failure;
  const hint = withDelay(failure.hint, retryAfter);
  return new CopilotTokenError(summary, { code, status, retryAfter, hint });
}

/** Milliseconds for which no exchange is started after the last failure. */
function remainingCooldown({ failure, token }: Entry, now: number): number {
  if (!failure) return 0;
  return cooldownOf(failure, isAlive(token, now)) - elapsed(failure.at, now);
}

/** Milliseconds for which no exchange is started after a failure. */
function cooldownOf(failure: Failure, hasToken: boolean): number {
  if (failure.retryAfter !== undefined) return failure.retryAfter * 1000;
  const isUrgent = isTransient(failure) && !hasToken;
  return isUrgent ? SHORT_COOLDOWN_MS : LONG_COOLDOWN_MS;
}

/** Whether `invalidate` has allowed an exchange within the last minute. */
export function isRecentlyForced({ forcedAt }: Entry, now: number): boolean {
  return elapsed(forcedAt, now) < FORCED_EXCHANGE_INTERVAL_MS;
}

/** Whether removing an entry would allow an exchange that it forbids. */
export function isBusy(entry: Entry, now: number): boolean {
  return taskInFlight(entry) !== undefined || isCoolingDown(entry, now);
}

/** Whether an entry has no state worth keeping. */
export function isIdle(entry: Entry, now: number): boolean {
  return !isBusy(entry, now) && !isAlive(entry.token, now) &&
    !isRecentlyForced(entry, now);
}

/** Milliseconds since `then`. Positive even if the clock was set back. */
export function elapsed(then: number, now: number): number {
  return Math.abs(now - then);
}

/**
 * Marks the token as rejected by Copilot, unless too many exchanges were made,
 * and returns whether one may be made now.
 */
export function rejectToken(entry: Entry, now: number): boolean {
  if (taskInFlight(entry)) {
    entry.isRejected = true;
    return true;
  }
  // The exchange that was allowed has not been made yet, or has failed.
  if (entry.isRejected) return !isCoolingDown(entry, now);
  if (isRecentlyForced(entry, now) || isDelayedByGitHub(entry, now)) {
    return false;
  }
  entry.isRejected = true;
  entry.forcedAt = now;
  entry.failure = undefined;
  return true;
}

/** Whether GitHub itself named a delay that is not over. */
function isDelayedByGitHub(entry: Entry, now: number): boolean {
  return entry.failure?.retryAfter !== undefined && isCoolingDown(entry, now);
}

/** Stores the token of an exchange that was started at `requestedAt`. */
export function recordToken(
  entry: Entry,
  task: SharedTask<CopilotToken>,
  token: CopilotToken,
  requestedAt: number,
): void {
  if (entry.task !== task) return; // a newer exchange has replaced it
  entry.task = undefined;
  entry.token = token;
  entry.requestedAt = requestedAt;
  entry.isRejected = false;
  entry.failure = undefined;
  // GitHub does not exchange the credential, and is not asked to again.
  if (token.auth === "direct") entry.plan = "direct";
}

/** Stores why an exchange failed, and when. */
export function recordFailure(
  entry: Entry,
  task: SharedTask<CopilotToken>,
  error: unknown,
  at: number,
): void {
  if (entry.task !== task) return; // a newer exchange has replaced it
  entry.task = undefined;
  // A cancelled exchange, or a framework's own error, starts no cooldown.
  if (!(error instanceof CopilotTokenError)) return;
  const { code, status, retryAfter, message, hint = "" } = error;
  const summary = hint ? message.slice(0, -`\n${hint}`.length) : message;
  entry.failure = { at, code, status, retryAfter, summary, hint };
}
