import { createCopilotFetch } from "../../mod.ts";

const copilot = createCopilotFetch("ghu_worker", {
  exchangeTimeout: 1000,
  exchangeErrors: "response",
});

/** A worker that hands every request on to Copilot. */
export default {
  async fetch(request: Request): Promise<Response> {
    const answer = copilot(request);
    if (!request.url.endsWith("/leave")) return await answer;
    // With the response the request ends, and with it all that it began.
    answer.catch(() => {});
    return new Response("gone");
  },
};
