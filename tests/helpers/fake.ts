/** What the tests of the fake need: requests that the library does not alter. */
import { createCopilotFetch, exchangeToken } from "../../mod.ts";
import {
  createFakeCopilot,
  type FakeCopilot,
  type FakeCopilotOptions,
} from "../../testing/mod.ts";

/** The headers that identify an editor. */
export const IDENTITY: Readonly<Record<string, string>> = {
  "User-Agent": "GitHubCopilotChat/0.35.0",
  "Editor-Version": "vscode/1.107.0",
  "Editor-Plugin-Version": "copilot-chat/0.35.0",
  "Copilot-Integration-Id": "vscode-chat",
};

/** The integration id with which fine-grained credentials are accepted. */
export const CLI_IDENTITY = {
  ...IDENTITY,
  "Copilot-Integration-Id": "copilot-developer-cli",
};

export const EXCHANGE = "https://api.github.com/copilot_internal/v2/token";
export const USER = "https://api.github.com/copilot_internal/user";
export const HOST = "https://api.individual.githubcopilot.com";

/** A response that the test knows the shape of. */
export type Answer = ReturnType<typeof JSON.parse>;

/** The smallest request that Copilot accepts, by path. */
export const REQUESTS = {
  "/chat/completions": {
    model: "gpt-5-mini",
    messages: [{ role: "user", content: "Hi" }],
  },
  "/responses": { model: "gpt-5-mini", input: "Hi" },
  "/responses/compact": { model: "gpt-5-mini", input: "Hi" },
  "/v1/messages": {
    model: "claude-haiku-4.5",
    max_tokens: 100,
    messages: [{ role: "user", content: "Hi" }],
  },
  "/v1/messages/count_tokens": {
    model: "claude-haiku-4.5",
    messages: [{ role: "user", content: "Hi" }],
  },
  "/embeddings": { model: "text-embedding-3-small", input: ["Hi"] },
} as const;

export type Path = keyof typeof REQUESTS;

/** The three paths at which a model answers a person. */
export const CHAT_PATHS = [
  "/chat/completions",
  "/responses",
  "/v1/messages",
] as const;

/** A fake, and ways to send requests to it. */
export interface FakeSetUp {
  fake: FakeCopilot;
  /** Sends a request with a token of the fake's, and nothing but identity. */
  send(path: string, init?: RequestInit): Promise<Response>;
  /** Posts a body; a text is sent as it is. */
  post(
    path: string,
    body: unknown,
    headers?: Record<string, string>,
  ): Promise<Response>;
  /** The library over the fake. */
  copilot: typeof globalThis.fetch;
}

export function setUp(options?: FakeCopilotOptions): FakeSetUp {
  const fake = createFakeCopilot(options);
  async function send(path: string, init: RequestInit = {}) {
    const { value, baseURL } = await fake.cache.get("ghu_any", fake);
    const headers = new Headers({
      ...IDENTITY,
      authorization: `Bearer ${value}`,
    });
    new Headers(init.headers).forEach((text, name) => headers.set(name, text));
    return await fake.fetch(baseURL + path, { ...init, headers });
  }
  return {
    fake,
    send,
    post: (path, body, headers) =>
      send(path, {
        method: "POST",
        headers,
        body: typeof body === "string" ? body : JSON.stringify(body),
      }),
    copilot: createCopilotFetch("ghu_any", fake),
  };
}

/** The headers of a request with a token that the fake has just issued. */
export async function issued(
  { fetch }: Pick<FakeCopilot, "fetch">,
): Promise<Record<string, string>> {
  const { value } = await exchangeToken("ghu_any", { fetch });
  return { ...IDENTITY, authorization: `Bearer ${value}` };
}

/** Status and code of a refusal in either shape. */
export async function outcomeOf(
  response: Response,
): Promise<[status: number, code: string | undefined]> {
  const type = response.headers.get("content-type") ?? "";
  const body: Answer = type.includes("json") ? await response.json() : {};
  return [response.status, body.error?.code];
}

/** The events of a stream, without the line that ends it. */
export async function eventsOf(response: Response): Promise<Answer[]> {
  const text = await response.text();
  return text.trimEnd().split("\n\n")
    .map((block) => block.slice(block.indexOf("data: ") + "data: ".length))
    .filter((data) => data !== "[DONE]")
    .map((data) => JSON.parse(data));
}
