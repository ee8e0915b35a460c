import { createOpenAI } from "@ai-sdk/openai";
import { aiSDK } from "../../helpers/ai_sdk.ts";
import { testContract } from "../../helpers/sdk_contract.ts";

const MODEL = "gpt-5-mini";

testContract(aiSDK(
  "AI SDK, OpenAI (Responses API)",
  "/responses",
  (options) => createOpenAI(options)(MODEL),
));
testContract(aiSDK(
  "AI SDK, OpenAI (Chat Completions)",
  "/chat/completions",
  (options) => createOpenAI(options).chat(MODEL),
));
