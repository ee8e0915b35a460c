/**
 * The options of an exchange and of requests.
 *
 * @module
 */

import type { AuthOption } from "./auth.ts";
import type { Initiator } from "./initiator.ts";

/**
 * A function that is called as `fetch` is.
 *
 * @example Count what is sent
 * ```ts
 * import { createCopilotFetch, type FetchLike } from "@copilot-fetch/core";
 * import { createFakeCopilot } from "@copilot-fetch/core/testing";
 *
 * // Use `globalThis.fetch`, and your own credential, to talk to GitHub.
 * const { fetch } = createFakeCopilot();
 * let sent = 0;
 * const countingFetch: FetchLike = (input, init) => {
 *   sent++;
 *   return fetch(input, init);
 * };
 * const copilot = createCopilotFetch("ghu_demo", { fetch: countingFetch });
 * await copilot("/models");
 * // The exchange, and the request.
 * console.log(sent); // 2
 * ```
 */
export type FetchLike = (
  input: string | URL | Request,
  init?: RequestInit,
) => Promise<Response>;

/**
 * How a credential is exchanged for a token. Every option may be omitted.
 *
 * @example A tenant with data residency
 * ```ts
 * import { type ExchangeOptions, exchangeToken } from "@copilot-fetch/core";
 * import { createFakeCopilot } from "@copilot-fetch/core/testing";
 *
 * const options: ExchangeOptions = {
 *   domain: "acme.ghe.com",
 *   exchangeTimeout: 5000,
 *   // Omit `fetch`, and pass your own credential, to talk to GitHub.
 *   fetch: createFakeCopilot({ domain: "acme.ghe.com" }).fetch,
 * };
 * const { baseURL } = await exchangeToken("ghu_demo", options);
 * console.log(baseURL); // "https://copilot-api.acme.ghe.com"
 * ```
 */
export interface ExchangeOptions {
  /**
   * Sends the exchange, and the requests of `createCopilotFetch`.
   *
   * @default globalThis.fetch, looked up at each call
   */
  fetch?: FetchLike;
  /**
   * `"acme.ghe.com"` for a tenant with data residency.
   *
   * @default "github.com"
   */
  domain?: string;
  /**
   * Headers that override the default ones, on exchanges and on requests. A
   * request's own headers take precedence, except over the identity headers.
   * `authorization` is not accepted.
   *
   * @default none
   */
  headers?: RequestInit["headers"];
  /**
   * `"exchange"` sends the credential to GitHub alone, `"direct"` sends it to
   * Copilot, and `"auto"` chooses by the kind of credential.
   *
   * @default "auto"
   */
  auth?: AuthOption;
  /**
   * Limit for one exchange in milliseconds, the response's body included.
   *
   * @default 30000
   */
  exchangeTimeout?: number;
  /**
   * Called with a promise that resolves when an exchange has ended, for
   * runtimes that end work with the request:
   * `(promise) => context.waitUntil(promise)`.
   *
   * @default none
   */
  waitUntil?: (promise: Promise<void>) => void;
  /**
   * Ends this caller's wait; the promise rejects with the signal's reason.
   *
   * @default none
   */
  signal?: AbortSignal | null;
}

/**
 * How requests to Copilot are sent, except for the cache.
 *
 * @example A refused exchange as a response
 * ```ts
 * import {
 *   createCopilotFetch,
 *   type RequestOptions,
 * } from "@copilot-fetch/core";
 * import { createFakeCopilot } from "@copilot-fetch/core/testing";
 *
 * const { fetch } = createFakeCopilot({ credentials: ["ghu_known"] });
 * const options: RequestOptions = { exchangeErrors: "response", fetch };
 * const copilot = createCopilotFetch("ghu_unknown", options);
 * console.log((await copilot("/models")).status); // 401
 * ```
 */
export interface RequestOptions extends Omit<ExchangeOptions, "signal"> {
  /**
   * Who starts every request. `"auto"` decides from each request; its own
   * `X-Initiator` header takes precedence.
   *
   * On plans that are billed by premium requests, `"agent"` for a turn that a
   * person started avoids a charge; that it is true is the caller's
   * responsibility. See
   * [Billing](https://github.com/OWNER/copilot-fetch/blob/main/docs/billing.md).
   *
   * @default "auto"
   */
  initiator?: "auto" | Initiator;
  /**
   * What becomes of a `CopilotTokenError`: `"throw"` rejects with it,
   * `"response"` resolves with a `Response` that SDKs report, and retry where
   * that can help.
   *
   * @default "throw"; "response" in `createClientOptions`
   */
  exchangeErrors?: "throw" | "response";
}
