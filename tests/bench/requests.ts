/** The least that a request to Copilot needs, written by hand. */

export const TOKEN =
  "tid=1;proxy-ep=proxy.individual.githubcopilot.com;st=dotcom:0";
export const HOST = "https://api.individual.githubcopilot.com";

/** The answer to an exchange: a token that lives for a day. */
export function tokenAnswer(): Response {
  return Response.json({ token: TOKEN, refresh_in: 86_000 });
}

/** The same headers and the same reading of the body, and nothing else. */
export function floorHeaders(init: RequestInit): Headers {
  const headers = new Headers(init.headers);
  headers.set("Authorization", `Bearer ${TOKEN}`);
  headers.set("User-Agent", "GitHubCopilotChat/0.35.0");
  headers.set("Editor-Version", "vscode/1.107.0");
  headers.set("Editor-Plugin-Version", "copilot-chat/0.35.0");
  headers.set("Copilot-Integration-Id", "vscode-chat");
  headers.set("Openai-Intent", "conversation-edits");
  headers.delete("x-api-key");
  headers.delete("api-key");
  const { messages } = JSON.parse(init.body as string);
  const isUser = messages.at(-1).role === "user";
  headers.set("X-Initiator", isUser ? "user" : "agent");
  return headers;
}

/** A conversation of about so many bytes. */
export function conversation(bytes: number): RequestInit {
  const content = "How much wood would a woodchuck chuck? ".repeat(6);
  const message = { role: "user", content };
  const count = Math.max(1, Math.round(bytes / JSON.stringify(message).length));
  return {
    method: "POST",
    headers: { "content-type": "application/json", "x-api-key": "none" },
    body: JSON.stringify({
      model: "gpt-5-mini",
      messages: Array(count).fill(message),
    }),
  };
}
