import { ChatAnthropic } from "@langchain/anthropic";
import { langChain } from "../../helpers/langchain.ts";
import { testContract } from "../../helpers/sdk_contract.ts";

testContract(langChain(
  "LangChain, Anthropic",
  "/v1/messages",
  ({ apiKey, baseURL, fetch }) =>
    new ChatAnthropic({
      model: "claude-haiku-4.5",
      maxTokens: 100,
      apiKey,
      anthropicApiUrl: baseURL,
      clientOptions: { fetch },
      maxRetries: 2,
    }),
));
