/** What a project writes, for sdk_types_test.ts to check in several of them. */
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import Anthropic from "@anthropic-ai/sdk";
import { createClientOptions, createCopilotFetch } from "@copilot-fetch/core";
import { createFakeCopilot } from "@copilot-fetch/core/testing";
import { ChatOpenAI } from "@langchain/openai";
import OpenAI from "openai";

const credential = "ghu_demo";

export const sdks = [
  new OpenAI(createClientOptions(credential)),
  createOpenAICompatible(createClientOptions(credential)),
  new Anthropic(createClientOptions(credential)),
  new ChatOpenAI({ configuration: createClientOptions(credential) }),
];

export const copilotFetch: typeof fetch = createCopilotFetch(credential);

/** What the option `fetch` takes. */
export const options = [
  createCopilotFetch(credential, { fetch }),
  createCopilotFetch(credential, { fetch: createFakeCopilot().fetch }),
  createCopilotFetch(credential, {
    fetch: (input, init) => fetch(input, init),
  }),
  createCopilotFetch(() => Promise.resolve(credential), {
    headers: { "x-initiator": "agent" },
    waitUntil: (promise) => void promise.then(() => {}),
  }),
];

/** What the function takes and returns. */
export async function readStatus(signal: AbortSignal): Promise<number> {
  const headers = new Headers({ "content-type": "application/json" });
  const init = { method: "POST", headers, body: "{}", signal };
  const request = new Request("https://api.githubcopilot.com/models", init);
  const { status } = await copilotFetch(request);
  const { ok } = await copilotFetch("/chat/completions", init);
  return ok ? status : 0;
}
