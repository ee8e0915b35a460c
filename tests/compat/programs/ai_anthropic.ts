import { createAnthropic } from "@ai-sdk/anthropic";
import { aiSDK } from "../../helpers/ai_sdk.ts";
import { testContract } from "../../helpers/sdk_contract.ts";

testContract(aiSDK("AI SDK, Anthropic", "/v1/messages", (options) => {
  // It expects the version in the base URL.
  const baseURL = `${options.baseURL}/v1`;
  // With tools, it asks for a beta feature that Copilot refuses.
  const fetch: typeof globalThis.fetch = (input, init) => {
    const headers = new Headers(init?.headers);
    headers.delete("anthropic-beta");
    return options.fetch(input, { ...init, headers });
  };
  return createAnthropic({ ...options, baseURL, fetch })("claude-haiku-4.5");
}));
