/** A worker that tests itself against a fake. */
import { createCopilotFetch } from "../../mod.ts";
import { createFakeCopilot, failures } from "../../testing/mod.ts";

export default {
  async fetch(): Promise<Response> {
    const fake = createFakeCopilot({ reply: "Four." });
    const copilot = createCopilotFetch("ghu_any", fake);
    const ask = () =>
      copilot("/v1/messages", {
        method: "POST",
        body: JSON.stringify({
          model: "claude-haiku-4.5",
          max_tokens: 100,
          stream: true,
          messages: [{ role: "user", content: "What is two and two?" }],
        }),
      });
    fake.answerNextRequest(failures.endEarly({ after: 3, error: false }));
    const early = await (await ask()).text();
    const response = await ask();
    const text = await response.text();
    return Response.json({
      eventsBeforeTheCut: early.trim().split("\n\n").length,
      isWhole: text.includes("message_stop"),
      url: response.url,
      exchanges: fake.exchanges.length,
    });
  },
};
