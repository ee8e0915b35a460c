import { createCopilotFetch } from "@copilot-fetch/core";
import { createFakeCopilot } from "@copilot-fetch/core/testing";
import assert from "node:assert/strict";
import { test } from "node:test";

test("the program asks what two and two is", async () => {
  const fake = createFakeCopilot({ reply: "Four." });
  const copilot = createCopilotFetch("ghu_any", fake);
  const response = await copilot("/chat/completions", {
    method: "POST",
    body: JSON.stringify({
      model: "gpt-5-mini",
      messages: [{ role: "user", content: "What is two and two?" }],
    }),
  });
  const { choices } = await response.json();
  assert.equal(choices[0].message.content, "Four.");
  const [request] = fake.requests;
  assert.equal(request.headers.get("x-initiator"), "user");
  assert.equal((await request.json()).model, "gpt-5-mini");
});
