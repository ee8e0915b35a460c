/**
 * The mutex: one exchange in flight per credential, and how long callers wait.
 *
 * @module
 */

import {
  cooldownError,
  type Entry,
  isBusy,
  recordFailure,
  recordToken,
  taskInFlight,
} from "./cache_entry.ts";
import { CopilotTokenError } from "./errors.ts";
import { obtainToken } from "./exchange.ts";
import { TIMEOUT_HINT } from "./hints.ts";
import type { CopilotToken } from "./lifetime.ts";
import type { ResolvedExchangeOptions } from "./options.ts";
import { DEAD, LATE, SharedTask, type TimeLimit } from "./shared_task.ts";

/** Limit of a refresh that no caller waits for. */
const BACKGROUND_TIMEOUT_MS = 10_000;
/** How long a caller waits for a refresh while the old token is valid. */
const REFRESH_DUE_WAIT_MS = 5000;

/** Who wants a token, and how it is obtained. */
export interface Caller {
  credential: string;
  options: ResolvedExchangeOptions;
  signal: AbortSignal | null | undefined;
}

/** Joins the exchange in flight or starts one, and waits for its token. */
export async function refresh(
  entry: Entry,
  caller: Caller,
): Promise<CopilotToken> {
  const { exchangeTimeout } = caller.options;
  const token = await waitForRefresh(entry, caller, exchangeTimeout);
  if (token === LATE) throw timeoutError(exchangeTimeout);
  return token;
}

/** Like `refresh`, but leaves a slow exchange to the background. */
export async function refreshUnlessSlow(
  entry: Entry,
  caller: Caller,
): Promise<CopilotToken | typeof LATE> {
  const limit = Math.min(REFRESH_DUE_WAIT_MS, caller.options.exchangeTimeout);
  const token = await waitForRefresh(entry, caller, limit);
  if (token === LATE) {
    taskInFlight(entry)?.continueInBackground(backgroundLimit(caller));
  }
  return token;
}

/** Waits for the exchange in flight, or for a new one, until the time is up. */
async function waitForRefresh(
  entry: Entry,
  caller: Caller,
  milliseconds: number,
): Promise<CopilotToken | typeof LATE> {
  const oldToken = entry.token;
  const until = performance.now() + milliseconds;
  let remaining = milliseconds;
  while (true) {
    const task = taskInFlight(entry) ?? startExchange(entry, caller);
    const outcome = await waitForToken(entry, task, remaining, caller);
    if (outcome !== DEAD) return outcome;
    // In Workers it ended with the request that started it.
    if (entry.task === task) entry.task = undefined;
    // Another caller that waited for it may have repeated it.
    if (entry.token && entry.token !== oldToken) return entry.token;
    remaining = until - performance.now();
  }
}

/** Starts an exchange that no caller waits for, unless it is not allowed now. */
export function refreshInBackground(entry: Entry, caller: Caller): void {
  if (isBusy(entry, Date.now())) return;
  startExchange(entry, caller).continueInBackground(backgroundLimit(caller));
}

/** Starts an exchange, unless one has failed a short time ago. */
function startExchange(
  entry: Entry,
  { credential, options }: Caller,
): SharedTask<CopilotToken> {
  const startedAt = Date.now();
  const cooldown = cooldownError(entry, startedAt);
  if (cooldown) throw cooldown;
  const task: SharedTask<CopilotToken> = new SharedTask(
    (signal) => {
      options.waitUntil?.(ended);
      return obtainToken(credential, entry.plan, options, signal);
    },
    timeLimit(options.exchangeTimeout),
  );
  entry.task = task;
  const ended = task.result.then(
    (token) => recordToken(entry, task, token, startedAt),
    (error) => recordFailure(entry, task, error, Date.now()),
  );
  return task;
}

async function waitForToken(
  entry: Entry,
  task: SharedTask<CopilotToken>,
  milliseconds: number,
  { signal }: Caller,
): Promise<CopilotToken | typeof LATE | typeof DEAD> {
  try {
    return await task.wait(milliseconds, signal);
  } catch (error) {
    // In Workers, nothing else runs for an exchange whose request has ended.
    if (!task.isJoinable) recordFailure(entry, task, error, Date.now());
    throw error;
  }
}

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
