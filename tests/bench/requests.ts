/** The requests that the benchmarks send. */

export const TOKEN =
  "tid=1;proxy-ep=proxy.individual.githubcopilot.com;st=dotcom:0";
export const HOST = "https://api.individual.githubcopilot.com";

/** The response to an exchange: a token that is valid for a day. */
export function tokenResponse(): Response {
  return Response.json({ token: TOKEN, refresh_in: 86_000 });
}

/** A conversation of about so many bytes, with the headers of openai-node. */
export function conversation(bytes: number): ConversationInit {
  const content = "How much wood would a woodchuck chuck? ".repeat(6);
  const message = { role: "user", content };
  const count = Math.max(1, Math.round(bytes / JSON.stringify(message).length));
  return {
    method: "POST",
    headers: {
      "accept": "application/json",
      "content-type": "application/json",
      "authorization": "Bearer github-copilot",
      "user-agent": "OpenAI/JS 6.49.0",
      "x-stainless-arch": "x64",
      "x-stainless-lang": "js",
      "x-stainless-os": "Linux",
      "x-stainless-package-version": "6.49.0",
      "x-stainless-retry-count": "0",
      "x-stainless-runtime": "node",
      "x-stainless-runtime-version": "v20.20.2",
    },
    body: JSON.stringify({
      model: "gpt-5-mini",
      messages: Array(count).fill(message),
    }),
  };
}

/** An `init` whose parts have one type each. */
export interface ConversationInit {
  method: string;
  headers: Record<string, string>;
  body: string;
}

/** The headers of a request as it is sent, set by hand, in the same way. */
export function sentHeaders(
  { headers, body }: ConversationInit,
): Record<string, string> {
  const { messages } = JSON.parse(body);
  return {
    ...headers,
    "authorization": `Bearer ${TOKEN}`,
    "user-agent": "GitHubCopilotChat/0.35.0",
    "editor-version": "vscode/1.107.0",
    "editor-plugin-version": "copilot-chat/0.35.0",
    "copilot-integration-id": "vscode-chat",
    "openai-intent": "conversation-edits",
    "x-initiator": messages.at(-1).role === "user" ? "user" : "agent",
  };
}
