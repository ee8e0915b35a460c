/**
 * Answers that a test puts in the place of the service's own.
 *
 * @module
 */

/**
 * An answer in the place of the service's own: a response, or an error that
 * `fetch` rejects with. A function makes either; it may call `respond` for the
 * service's own response. If it returns nothing, the service responds after
 * all, so a promise of nothing is a delay.
 *
 * @example The service's response, changed
 * ```ts
 * import { createCopilotFetch } from "@copilot-fetch/core";
 * import {
 *   createFakeCopilot,
 *   type FakeAnswer,
 * } from "@copilot-fetch/core/testing";
 *
 * const viaProxy: FakeAnswer = async (_request, respond) => {
 *   const response = await respond();
 *   response.headers.set("via", "1.1 proxy");
 *   return response;
 * };
 * const fake = createFakeCopilot();
 * fake.answerNextRequest(viaProxy);
 * const copilot = createCopilotFetch("ghu_any", fake);
 * const { headers } = await copilot("/models");
 * console.log(headers.get("via")); // "1.1 proxy"
 * ```
 */
export type FakeAnswer =
  | Response
  | Error
  | ((
    request: Request,
    respond: () => Promise<Response>,
  ) => FakeOutcome | Promise<FakeOutcome>);

/**
 * What a function among the {@linkcode FakeAnswer}s may return.
 *
 * @example An answer to some requests alone
 * ```ts
 * import { createCopilotFetch } from "@copilot-fetch/core";
 * import {
 *   createFakeCopilot,
 *   type FakeOutcome,
 * } from "@copilot-fetch/core/testing";
 *
 * function refuseModels({ url }: Request): FakeOutcome {
 *   if (url.endsWith("/models")) return new Response(null, { status: 503 });
 * }
 * const fake = createFakeCopilot();
 * fake.answerNextRequest(refuseModels);
 * const copilot = createCopilotFetch("ghu_any", fake);
 * console.log((await copilot("/models")).status); // 503
 * ```
 */
export type FakeOutcome = Response | Error | void;

/** Answers, each for one request, in the order in which they were given. */
export interface AnswerQueue {
  /** Adds an answer for a request to come. */
  add(answer: FakeAnswer): void;
  /** Uses the next answer, or `respond` if there is none. */
  answer(
    request: Request,
    respond: () => Promise<Response>,
  ): Promise<Response | Error>;
}

/** Creates an empty queue. */
export function createAnswerQueue(): AnswerQueue {
  const answers: FakeAnswer[] = [];
  return {
    add(answer) {
      answers.push(answer);
    },
    async answer(request, respond) {
      const next = answers.shift();
      const outcome = typeof next === "function"
        ? await next(request, respond)
        : next;
      return outcome ?? await respond();
    },
  };
}
