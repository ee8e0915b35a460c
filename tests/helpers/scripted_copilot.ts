import { type CopilotFetchOptions, createCopilotFetch } from "../../mod.ts";
import { apart, stubFetch } from "./stubs.ts";

export const HOST = "https://api.individual.githubcopilot.com";

/** A Copilot `fetch` over stubs, and what they saw. */
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
