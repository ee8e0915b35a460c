/** A Copilot that a test scripts. */
import { type CopilotFetchOptions, createCopilotFetch } from "../../mod.ts";
import { type Answer, apart, stubFetch } from "./stubs.ts";

export const HOST = "https://api.individual.githubcopilot.com";

/** A Copilot `fetch` over stubs, with a cache of its own, and what they saw. */
export function setUp(
  options: CopilotFetchOptions = {},
  ...answers: Parameters<typeof stubFetch>
) {
  const stub = stubFetch(...answers);
  const copilot = createCopilotFetch(
    "ghu_a",
    apart({ fetch: stub.fetch, ...options }),
  );
  return { copilot, ...stub };
}

/** A refusal in the form of GitHub's API. */
export function refusal(status: number, headers?: HeadersInit): Response {
  return Response.json({ message: "Refused" }, { status, headers });
}

/** Copilot's response to a token that it does not accept. */
export function unauthorized(): Response {
  return new Response("unauthorized: token expired", { status: 401 });
}

/** Copilot, which accepts the tokens of `countedTokens` from a number on. */
export function acceptTokensFrom(first: number): Answer {
  return ({ headers }) =>
    Number(/tid=(\d+)/.exec(headers.authorization)?.[1]) < first
      ? unauthorized()
      : new Response("accepted");
}
