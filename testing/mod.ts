/**
 * GitHub and Copilot as one `fetch` in memory, for the tests of your own
 * program. Nothing is sent anywhere.
 *
 * It is as strict as the services of November 2026: about the kind of
 * credential, the host, the headers, the model, its endpoint and the body. A
 * test that passes names a model that exists and a request that Copilot
 * accepts.
 *
 * It does not model whether a prompt fits the model, filters of content, the
 * schemas of tools, rate limits that a test has not set, conversations that the
 * server keeps (`previous_response_id`), fields that Chat Completions and
 * Responses do not know, models that some credentials cannot use, GitHub
 * Enterprise Server, and the amounts of prices and quotas. Where GitHub's words
 * or codes are not known, they are assumed, and the source says so.
 *
 * @example A test that runs on Deno, Bun and Node
 * ```ts node
 * import { createCopilotFetch } from "@copilot-fetch/core";
 * import { createFakeCopilot } from "@copilot-fetch/core/testing";
 * import assert from "node:assert/strict";
 * import { test } from "node:test";
 *
 * test("the program asks what two and two is", async () => {
 *   const fake = createFakeCopilot({ reply: "Four." });
 *   const copilot = createCopilotFetch("ghu_any", fake);
 *   const response = await copilot("/chat/completions", {
 *     method: "POST",
 *     body: JSON.stringify({
 *       model: "gpt-5-mini",
 *       messages: [{ role: "user", content: "What is two and two?" }],
 *     }),
 *   });
 *   const { choices } = await response.json();
 *   assert.equal(choices[0].message.content, "Four.");
 *   const [request] = fake.requests;
 *   assert.equal(request.headers.get("x-initiator"), "user");
 *   assert.equal((await request.json()).model, "gpt-5-mini");
 * });
 * ```
 * Run it with `deno test`, `bun test` or `node --test`.
 *
 * @example How a program copes with a limit
 * ```ts
 * import { createClientOptions } from "@copilot-fetch/core";
 * import { createFakeCopilot, failures } from "@copilot-fetch/core/testing";
 *
 * const fake = createFakeCopilot();
 * const { fetch, baseURL } = createClientOptions("ghu_any", fake);
 * fake.answerNextRequest(failures.rateLimited({ retryAfter: 30 }));
 * const response = await fetch(`${baseURL}/models`);
 * console.log(response.status); // 429
 * console.log(response.headers.get("retry-after")); // "30"
 * ```
 *
 * @module
 */

import { waitFor } from "../internal/waiting.ts";
import { type FetchLike, TokenCache } from "../mod.ts";
import { createAnswerQueue, type FakeAnswer } from "./answers.ts";
import { createCatalogue } from "./catalogue.ts";
import { respondAsCopilot } from "./copilot.ts";
import { addDate, addRequestId, setResponseURL } from "./finish_response.ts";
import { respondAsGitHub } from "./github.ts";
import { type FakePlan, gitHubHost, isCopilotHost } from "./hosts.ts";
import {
  type FakeCopilotOptions,
  resolveAccount,
  resolvePlan,
} from "./options.ts";
import { type FakeChat, promptOf } from "./request_body.ts";
import { newestSerial } from "./tokens.ts";

export type {
  AuthOption,
  CopilotAuth,
  CopilotToken,
  ExchangeOptions,
  FetchLike,
  InvalidateOptions,
  TokenCache,
} from "../mod.ts";
export type { FakeNamedPlans } from "./account.ts";
export type { FakeAnswer, FakeOutcome } from "./answers.ts";
export type {
  FakeFailures,
  FakeQuotaCode,
  FakeRateLimitCode,
  FakeRetryAfter,
  FakeUnauthorizedCause,
} from "./failure_types.ts";
export { failures } from "./failures.ts";
export type { FakePlan } from "./hosts.ts";
export type {
  FakeModel,
  FakeModelBilling,
  FakeModelCapabilities,
  FakeModelPolicy,
  ListedModel,
} from "./models.ts";
export type { FakeCopilotOptions } from "./options.ts";
export type { FakeBilling } from "./quota.ts";
export type { FakeReply, FakeToolCall } from "./reply.ts";
export type { FakeChat, FakeMessage } from "./request_body.ts";

/**
 * GitHub and Copilot in memory, and what they have received. It can be passed
 * as the options of `createCopilotFetch`.
 *
 * @example A function that all of your tests use
 * ```ts
 * import { createCopilotFetch } from "@copilot-fetch/core";
 * import {
 *   createFakeCopilot,
 *   type FakeCopilot,
 * } from "@copilot-fetch/core/testing";
 *
 * function pathsOf({ requests }: FakeCopilot): string[] {
 *   return requests.map(({ url }) => new URL(url).pathname);
 * }
 * const fake = createFakeCopilot();
 * const copilot = createCopilotFetch("ghu_any", fake);
 * await copilot("/models");
 * console.log(pathsOf(fake).join()); // "/models"
 * ```
 */
export interface FakeCopilot {
  /** Responds as GitHub and Copilot do; any other host is a network failure. */
  fetch: FetchLike;
  /** A cache of this fake's own, so that a test begins without a token. */
  cache: TokenCache;
  /** The domain of the fake's options. */
  readonly domain: string;
  /** Every request to GitHub, oldest first, with its body unread. */
  readonly exchanges: Request[];
  /** Every request to Copilot, oldest first, with its body unread. */
  readonly requests: Request[];
  /** Sets the answer to the next exchange; a second call, that to the one after. */
  answerNextExchange(answer: FakeAnswer): void;
  /** The same for the next request to Copilot. */
  answerNextRequest(answer: FakeAnswer): void;
  /** Makes Copilot refuse all tokens that were issued until now. */
  revokeTokens(): void;
  /** Moves the account to another plan, and so its valid tokens to its host. */
  changePlan(plan: FakePlan): void;
}

/**
 * Creates a GitHub and a Copilot in memory.
 *
 * Pass the whole fake as the options: its `cache` begins without a token.
 * `{ fetch }` alone works as well, with the cache of the process, since a fake
 * accepts the tokens of every fake of this process. A token of that cache can
 * then prevent the exchange that a test expects.
 *
 * The clock is `Date.now()`, read at each request, so that a test can stub it.
 *
 * @example The next exchange fails
 * ```ts
 * import { exchangeToken } from "@copilot-fetch/core";
 * import { createFakeCopilot, failures } from "@copilot-fetch/core/testing";
 *
 * const { fetch, answerNextExchange } = createFakeCopilot();
 * answerNextExchange(failures.proxyPage(502));
 * const error = await exchangeToken("ghu_any", { fetch }).catch((e) => e);
 * console.log(error.code); // "unavailable"
 * ```
 *
 * @param options The account, and what the model says
 * @throws {TypeError} If `plan`, `billing` or `tokenLifetime` is invalid
 */
export function createFakeCopilot(
  options: FakeCopilotOptions = {},
): FakeCopilot {
  const account = resolveAccount(options);
  const { domain } = account;
  const planOf = () => account.plan;
  const catalogue = createCatalogue(options.models, planOf);
  const { reply = repeatPrompt } = options;
  const exchanges: Request[] = [];
  const requests: Request[] = [];
  const exchangeAnswers = createAnswerQueue();
  const requestAnswers = createAnswerQueue();
  let newestRevoked = 0;

  const copilotOptions = {
    account,
    catalogue,
    isRevoked: (serial: number) => serial <= newestRevoked,
    async reply(request: Request, body: FakeChat) {
      const answer = typeof reply === "function"
        ? await reply(request.clone(), body)
        : reply;
      return typeof answer === "string" ? { text: answer } : answer;
    },
  };

  function answerAsGitHub(request: Request): Promise<Response | Error> {
    exchanges.push(request);
    return exchangeAnswers.answer(
      request,
      async () => addDate(await respondAsGitHub(request, account)),
    );
  }

  function answerAsCopilot(request: Request): Promise<Response | Error> {
    requests.push(request);
    return requestAnswers.answer(
      request,
      async () => addRequestId(await respondAsCopilot(request, copilotOptions)),
    );
  }

  return {
    cache: new TokenCache(),
    domain,
    exchanges,
    requests,
    async fetch(input, init) {
      const request = new Request(input, init);
      request.signal.throwIfAborted();
      const { protocol, host } = new URL(request.url);
      const isGitHub = host === gitHubHost(domain);
      const isKnown = isGitHub || isCopilotHost(host, domain);
      if (protocol !== "https:" || !isKnown) {
        throw new TypeError(`The fake has no host ${protocol}//${host}`);
      }
      const answer = isGitHub
        ? answerAsGitHub(request)
        : answerAsCopilot(request);
      const response = await waitFor(answer, request.signal);
      if (response instanceof Error) throw response;
      setResponseURL(response, request.url);
      return response;
    },
    answerNextExchange: exchangeAnswers.add,
    answerNextRequest: requestAnswers.add,
    revokeTokens() {
      newestRevoked = newestSerial();
    },
    changePlan(plan) {
      account.plan = resolvePlan(plan);
    },
  };
}

function repeatPrompt(_request: Request, body: FakeChat): string {
  return `You said: ${promptOf(body)}`;
}
