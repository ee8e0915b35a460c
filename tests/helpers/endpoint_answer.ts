/** What the fake Copilot responds to the bodies that the program sends. */
import { endpointsOf } from "../../cli/answers/endpoints.ts";
import { createCopilotFetch } from "../../mod.ts";
import { createFakeCopilot, type FakeReply } from "../../testing/mod.ts";

/** A model that answers at each endpoint. */
export const MODELS: Readonly<Record<string, string>> = {
  "/chat/completions": "gpt-5-mini",
  "/responses": "gpt-5.3-codex",
  "/v1/messages": "claude-opus-5.5",
};

/** The text of an endpoint's response to a prompt. */
export async function responseText(
  path: string,
  stream: boolean,
  reply?: FakeReply,
): Promise<string> {
  const [endpoint] = endpointsOf([path]);
  const copilot = createCopilotFetch("ghu_a", createFakeCopilot({ reply }));
  const response = await copilot(path, {
    method: "POST",
    body: JSON.stringify(endpoint.createBody({
      model: MODELS[path],
      maxOutputTokens: undefined,
      system: undefined,
      prompt: "Hello",
      images: [],
      effort: undefined,
      stream,
    })),
  });
  return await response.text();
}
