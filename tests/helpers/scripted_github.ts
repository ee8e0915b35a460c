import { type ExchangeOptions, TokenCache } from "../../mod.ts";
import { type Answer, countedTokens, stubFetch } from "./stubs.ts";

/** A cache over a scripted GitHub. */
export function setUp(
  exchange: Answer = countedTokens(),
  more: ExchangeOptions = {},
) {
  const { fetch, exchanges } = stubFetch(exchange);
  const cache = new TokenCache();
  const options = { fetch, ...more };
  return {
    cache,
    exchanges,
    options,
    /** Gets a token, and gives the number that it was made with. */
    async get(signal?: AbortSignal, pat = "ghu_a"): Promise<number> {
      const { value } = await cache.get(pat, { ...options, signal });
      return Number(/tid=(\d+)/.exec(value)?.[1]);
    },
  };
}

/** Answers when the gate is opened, and not before. */
export function heldBack(
  gate: { promise: Promise<void> },
  answer: Answer,
): Answer {
  return async (call) => {
    await gate.promise;
    return answer(call);
  };
}

/** Answers in turn, the last one for good. */
export function inTurn(...answers: Answer[]): Answer {
  return (call) => (answers.length > 1 ? answers.shift()! : answers[0])(call);
}

export const down = () => new Response("down", { status: 503 });
export const refused = () => new Response("no", { status: 401 });
export const limited = (seconds: number) => () =>
  new Response("", { status: 429, headers: { "retry-after": `${seconds}` } });
export const stalled = () => new Promise<Response>(() => {});

/** Answers with numbered tokens until the count is `from`, then otherwise. */
export function failingFrom(
  from: number,
  failure: Answer,
  until = Infinity,
): Answer {
  const tokens = countedTokens();
  let count = 0;
  return (call) => {
    count++;
    return count >= from && count < until ? failure(call) : tokens(call);
  };
}
