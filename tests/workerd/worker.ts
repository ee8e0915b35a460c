/**
 * A worker that sends every request to Copilot. The header `x-scene` says how
 * it handles a request.
 */
import { createCopilotFetch } from "../../mod.ts";

/** How a request is handled. */
export interface Scene {
  /** How far `Date.now()` is ahead from now on, in milliseconds. */
  ahead?: number;
  /** Answers "left" after so many milliseconds; the call may still run. */
  leaveAfter?: number;
  /** Aborts the call after so many milliseconds. */
  abortAfter?: number;
  /** Passes the exchange to `context.waitUntil`. */
  waitUntil?: boolean;
  /** Reports the exchange's `cache` in the response's header `x-cache-mode`. */
  showCacheMode?: boolean;
  /** The option of that name, if not the default. */
  exchangeTimeout?: number;
}

const SCENE = "x-scene";

const realNow = Date.now;
let ahead = 0;
Date.now = () => realNow() + ahead;

interface Context {
  waitUntil(promise: Promise<unknown>): void;
}

export default {
  async fetch(request: Request, _: unknown, context: Context) {
    const scene: Scene = JSON.parse(request.headers.get(SCENE) ?? "{}");
    const headers = new Headers(request.headers);
    headers.delete(SCENE);
    ahead = scene.ahead ?? ahead;
    // Every isolate has one cache, whatever the number of functions.
    const copilot = createCopilotFetch("ghu_worker", {
      exchangeErrors: "response",
      ...(scene.showCacheMode && { fetch: fetchAndShowCacheMode }),
      ...(scene.exchangeTimeout && { exchangeTimeout: scene.exchangeTimeout }),
      ...(scene.waitUntil && {
        waitUntil: (exchange) => context.waitUntil(exchange),
      }),
    });
    const signal = scene.abortAfter
      ? AbortSignal.timeout(scene.abortAfter)
      : undefined;
    const response = copilot(new Request(request, { headers }), { signal })
      .catch((error: Error) => new Response(error.name, { status: 599 }));
    if (!scene.leaveAfter) return await response;
    // With the response the request ends, and with it all that it started.
    return await Promise.race([response, leave(scene.leaveAfter)]);
  },
};

async function leave(milliseconds: number): Promise<Response> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  return new Response("left");
}

let cacheMode = "none";

/** Sends an exchange or a request, and shows how the exchange was sent. */
async function fetchAndShowCacheMode(
  input: string | URL | Request,
  init?: RequestInit,
): Promise<Response> {
  const isExchange = String(input).includes("/copilot_internal/");
  if (isExchange) cacheMode = init?.cache ?? "none";
  const response = await fetch(input, init);
  const headers = new Headers(response.headers);
  headers.set("x-cache-mode", cacheMode);
  return new Response(response.body, { status: response.status, headers });
}
