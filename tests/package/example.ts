import {
  CopilotTokenError,
  createCopilotFetch,
  exchangeToken,
} from "@copilot-fetch/core";
import { createFakeCopilot } from "@copilot-fetch/core/testing";

const fake = createFakeCopilot({ plan: "business", reply: "Hello from JSR" });
const copilot = createCopilotFetch("ghu_any", { fetch: fake.fetch });
const response = await copilot("/chat/completions", {
  method: "POST",
  body: JSON.stringify({
    model: "gpt-5-mini",
    messages: [{ role: "user", content: "Hi" }],
  }),
});
const { choices } = JSON.parse(await response.text());
console.log(choices[0].message.content);

const refused = exchangeToken("ghp_any", { fetch: fake.fetch });
const error: unknown = await refused.catch((error) => error);
console.log(error instanceof CopilotTokenError && error.code);
