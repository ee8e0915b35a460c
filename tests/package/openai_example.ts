import OpenAI from "openai";
import { createClientOptions } from "@copilot-fetch/core";
import { createFakeCopilot } from "@copilot-fetch/core/testing";

const { fetch } = createFakeCopilot({ reply: "Hello from npm" });
const openai = new OpenAI(createClientOptions("ghu_any", { fetch }));
const { choices } = await openai.chat.completions.create({
  model: "gpt-5-mini",
  messages: [{ role: "user", content: "Hi" }],
});
console.log(choices[0].message.content);

/** A mistake that types are there to find. */
export const mistake = () =>
  // @ts-expect-error: there is no such initiator
  createClientOptions("ghu_any", { initiator: "nobody" });
