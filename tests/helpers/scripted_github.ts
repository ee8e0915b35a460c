/** A GitHub that a test scripts: its responses to exchanges. */
import {
  CopilotTokenError,
  type ExchangeOptions,
  TokenCache,
} from "../../mod.ts";
import { type Answer, countedTokens, stubFetch } from "./stubs.ts";

/** A cache whose exchanges a script answers. */
export function setUp(
  exchange: Answer = countedTokens(),
  more: ExchangeOptions = {},
) {
  const { fetch, exchanges } = stubFetch(exchange);
  const cache = new TokenCache();
  const options = { fetch, ...more };
  /** Gets a token, and returns the number in it. */
  async function get(
    signal?: AbortSignal,
    credential = "ghu_a",
  ): Promise<number> {
    const { value } = await cache.get(credential, { ...options, signal });
    return Number(/tid=(\d+)/.exec(value)?.[1]);
  }
  return {
    cache,
    exchanges,
    options,
    get,
    /** The number of a token, or the code of the error. */
    async outcome(signal?: AbortSignal, credential?: string) {
      try {
        return await get(signal, credential);
      } catch (error) {
        if (error instanceof CopilotTokenError) return error.code;
        throw error;
      }
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

/** A response of GitHub's API: JSON with a message. */
export function refusal(
  status: number,
  message = "Refused",
  headers: Record<string, string> = {},
): Answer {
  return () => Response.json({ message }, { status, headers });
}

export const down = () => new Response("down", { status: 503 });
export const badCredentials = refusal(401, "Bad credentials");
export const limited = (seconds: number) =>
  refusal(429, "Too many requests", { "retry-after": `${seconds}` });
export const loginPage = () => new Response("<html>Welcome</html>");
export const disconnected = () => Promise.reject(new TypeError("reset"));

/** Never answers, as a `fetch` that ignores its signal. */
export const stalled = () => new Promise<Response>(() => {});

/** Never answers, and rejects when it is cancelled, as `fetch` does. */
export const hanging: Answer = ({ signal }) =>
  new Promise((_, reject) => {
    const report = () => reject(signal?.reason);
    if (signal?.aborted) report();
    signal?.addEventListener("abort", report);
  });
