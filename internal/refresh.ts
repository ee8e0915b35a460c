/**
 * The mutex: one exchange in flight per credential, and how long callers wait.
 *
 * @module
 */

import {
  cooldownError,
  type Entry,
  isAlive,
  isBusy,
  recordFailure,
  recordToken,
  taskInFlight,
} from "./cache_entry.ts";
import { CopilotTokenError, isTransient } from "./errors.ts";
import { obtainToken } from "./exchange.ts";
import { TIMEOUT_HINT } from "./hints.ts";
import type { CopilotToken } from "./lifetime.ts";
import type { ResolvedExchangeOptions } from "./options.ts";
import type { ShareToken } from "./sealed_store.ts";
import { DEAD, LATE, SharedTask, type TimeLimit } from "./shared_task.ts";
import { throwIfAborted } from "./waiting.ts";

/** Limit of a refresh that no caller waits for. */
const BACKGROUND_TIMEOUT_MS = 10_000;

/** Who wants a token, and how it is obtained. */
export interface Caller {
  credential: string;
  options: ResolvedExchangeOptions;
  signal: AbortSignal | null | undefined;
  /** Asks the store, if there is one, before an exchange. */
  share: ShareToken | undefined;
}

/** Joins the exchange in flight or starts one, and waits for its token. */
export async function refresh(
  entry: Entry,
  caller: Caller,
): Promise<CopilotToken> {
  const { exchangeTimeout } = caller.options;
  const token = await waitForToken(entry, caller, exchangeTimeout);
  if (token !== LATE) return token;
  throw timeoutError(exchangeTimeout);
}

/**
 * Like `refresh`, but returns the old token if GitHub cannot be reached, or
 * takes longer than `patience` milliseconds. A slow exchange goes on in the
 * background.
 */
export async function refreshOrKeep(
  entry: Entry,
  oldToken: CopilotToken,
  caller: Caller,
  patience: number,
): Promise<CopilotToken> {
  const limit = Math.min(patience, caller.options.exchangeTimeout);
  try {
    const token = await waitForToken(entry, caller, limit);
    if (token !== LATE) return token;
  } catch (error) {
    throwIfAborted(caller.signal); // the reason may be an error of this package
    const isOutage = error instanceof CopilotTokenError && isTransient(error);
    if (isOutage && isAlive(oldToken, Date.now())) return oldToken;
    throw error;
  }
  taskInFlight(entry)?.continueInBackground(backgroundLimit(caller));
  if (isAlive(oldToken, Date.now())) return oldToken;
  return await refresh(entry, caller); // it expired during the wait
}

/** Starts an exchange that no caller waits for, unless it is not allowed now. */
export function refreshInBackground(entry: Entry, caller: Caller): void {
  if (isBusy(entry, Date.now())) return;
  startExchange(entry, caller).continueInBackground(backgroundLimit(caller));
}

/** Waits for the exchange in flight, or for a new one, until the time is up. */
async function waitForToken(
  entry: Entry,
  caller: Caller,
  milliseconds: number,
): Promise<CopilotToken | typeof LATE> {
  const oldToken = entry.token;
  const until = performance.now() + milliseconds;
  let remaining = milliseconds;
  while (true) {
    const task = taskInFlight(entry) ?? startExchange(entry, caller);
    const outcome = await task.wait(remaining, caller.signal);
    if (outcome === LATE) task.cancelIfOverdue();
    if (outcome !== DEAD) return outcome;
    // In Workers it ended with the request that started it.
    if (entry.task === task) entry.task = undefined;
    // Another caller that waited for it may have repeated it.
    if (entry.token && entry.token !== oldToken) return entry.token;
    remaining = until - performance.now();
  }
}

/** Starts an exchange, or throws the error of the last one in its cooldown. */
function startExchange(
  entry: Entry,
  { credential, options, share }: Caller,
): SharedTask<CopilotToken> {
  const startedAt = Date.now();
  const cooldown = cooldownError(entry, startedAt);
  if (cooldown) throw cooldown;
  entry.task?.cancelIfOverdue();
  const task = new SharedTask((signal) => {
    options.waitUntil?.(ended);
    const exchange = () => obtainToken(credential, entry.plan, options, signal);
    if (!share) return exchange();
    return share(exchange, entry, credential, options.domain, signal);
  }, timeLimit(options.exchangeTimeout));
  entry.task = task;
  // Fulfilled with `undefined` in any case, so that `waitUntil` may have it.
  const ended: Promise<void> = task.result.then(
    (token) => recordToken(entry, task, token, startedAt),
    (error) => recordFailure(entry, task, error, Date.now()),
  );
  return task;
}

/** The limit of an exchange that no caller waits for. */
function backgroundLimit({ options }: Caller): TimeLimit {
  return timeLimit(Math.min(BACKGROUND_TIMEOUT_MS, options.exchangeTimeout));
}

function timeLimit(milliseconds: number): TimeLimit {
  return { milliseconds, error: () => timeoutError(milliseconds) };
}

function timeoutError(milliseconds: number): CopilotTokenError {
  return new CopilotTokenError(
    `copilot token exchange: no response within ${milliseconds} ms`,
    { code: "timeout", hint: TIMEOUT_HINT },
  );
}
