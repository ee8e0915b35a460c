import { ChatOpenAI } from "@langchain/openai";
import { assert } from "@std/assert";
import { test } from "node:test";
import { langChain } from "../helpers/langchain.ts";
import { SECRET, setUp } from "../helpers/sdk.ts";
import { testContract } from "../helpers/sdk_contract.ts";

for (const useResponsesApi of [false, true]) {
  testContract(langChain(
    `LangChain${useResponsesApi ? " (Responses API)" : ""}`,
    useResponsesApi ? "/responses" : "/chat/completions",
    (configuration) =>
      new ChatOpenAI({
        model: "gpt-5-mini",
        configuration,
        useResponsesApi,
        // The default of 6 takes minutes, which proves no more.
        maxRetries: 2,
      }),
  ));
}

test("LangChain: the credential is not in a model's JSON", async () => {
  const { options } = setUp();
  const model = new ChatOpenAI({ model: "gpt-5-mini", configuration: options });
  await model.invoke("Hi");
  const json = JSON.stringify([model, model.identifyingParams()]);
  assert(!json.includes(SECRET));
});
