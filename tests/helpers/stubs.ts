/** Stubs of the clock and of `fetch`, and what else many tests need. */
import { setImmediate } from "node:timers/promises";
import {
  type CopilotFetchOptions,
  CopilotTokenError,
  type FetchLike,
  TokenCache,
} from "../../mod.ts";

/** An arbitrary moment, in milliseconds since the epoch. */
export const START = 1_790_000_000_000;

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;

/** A clock that stands still until it is advanced. */
export interface StubbedClock extends Disposable {
  /** Moves it on, or back. */
  advance(milliseconds: number): void;
}

/** Puts a stub in the place of `Date.now` until it is disposed of. */
export function stubClock(now: number = START): StubbedClock {
  const real = Date.now;
  Date.now = () => now;
  return {
    advance(milliseconds) {
      now += milliseconds;
    },
    [Symbol.dispose]() {
      Date.now = real;
    },
  };
}

/** What `fetch` was called with. */
export interface Call {
  url: string;
  method: string;
  headers: Record<string, string>;
  body: BodyInit | null | undefined;
  signal: AbortSignal | null | undefined;
  init: RequestInit;
}

/** A `fetch` that responds as a test defines, and records its calls. */
export interface StubbedFetch {
  fetch: FetchLike;
  exchanges: Call[];
  requests: Call[];
}

export type Answer = (call: Call) => Response | Promise<Response>;

/** Answers exchanges (and look-ups) with one function, requests with another. */
export function stubFetch(
  exchange: Answer = () => tokenResponse(),
  request: Answer = () => Response.json({}),
): StubbedFetch {
  const exchanges: Call[] = [];
  const requests: Call[] = [];
  return {
    exchanges,
    requests,
    async fetch(input, init = {}) {
      const url = String(input);
      const call: Call = {
        url,
        method: init.method ?? "GET",
        headers: Object.fromEntries(new Headers(init.headers)),
        body: init.body,
        signal: init.signal,
        init,
      };
      const toGitHub = url.includes("/copilot_internal/");
      (toGitHub ? exchanges : requests).push(call);
      return await (toGitHub ? exchange : request)(call);
    },
  };
}

/** A token as GitHub words it. */
export function tokenText(
  id: string | number = 1,
  plan = "individual",
): string {
  return `tid=${id};exp=1790001800;sku=monthly_subscriber_quota;` +
    `proxy-ep=proxy.${plan}.githubcopilot.com;st=dotcom;chat=1:${
      "0".repeat(64)
    }`;
}

/** An answer to an exchange: a token of half an hour unless `more` says else. */
export function tokenResponse(
  more: Record<string, unknown> = {},
  init?: ResponseInit,
): Response {
  return Response.json(
    { token: tokenText(), expires_at: Date.now() / SECOND + 1800, ...more },
    init,
  );
}

/** A number for each token, counted up: `tid=1`, `tid=2` and so on. */
export function countedTokens(more: Record<string, unknown> = {}): Answer {
  let count = 0;
  return () => tokenResponse({ token: tokenText(++count), ...more });
}

/** Answers in turn; the last answer is repeated. */
export function inTurn(...answers: Answer[]): Answer {
  let count = 0;
  return (call) => {
    const answer = answers[Math.min(count, answers.length - 1)];
    count++;
    return answer(call);
  };
}

/** Options that keep a test apart from the others. */
export function apart(options: CopilotFetchOptions): CopilotFetchOptions {
  return { cache: new TokenCache(), ...options };
}

/** What an attempt rejects with. */
export async function rejection(
  attempt: () => Promise<unknown>,
): Promise<unknown> {
  try {
    await attempt();
  } catch (error) {
    return error;
  }
  throw new Error("It did not reject");
}

/** The same, where it must be an error of a class. */
export async function rejectionOf<T extends Error>(
  type: abstract new (...args: never[]) => T,
  attempt: () => Promise<unknown>,
): Promise<T> {
  const error = await rejection(attempt);
  if (error instanceof type) return error;
  throw new Error(`It did not reject with a ${type.name}`, { cause: error });
}

/** The same, where it must be the error that this package throws. */
export function tokenError(
  attempt: () => Promise<unknown>,
): Promise<CopilotTokenError> {
  return rejectionOf(CopilotTokenError, attempt);
}

/** A promise that is settled from outside. */
export function deferred<T = void>(): {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (reason: unknown) => void;
} {
  let resolve!: (value: T) => void;
  let reject!: (reason: unknown) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

/** Lets everything happen that is only waiting for its turn. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await setImmediate();
}
