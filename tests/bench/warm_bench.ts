/**
 * A call on a warm token over a stubbed `fetch`, against the floor: a function
 * written by hand that does the least a request to Copilot needs.
 */
import { measure } from "mitata";
import process from "node:process";
import { createCopilotFetch, TokenCache } from "../../mod.ts";

const TOKEN = "tid=1;proxy-ep=proxy.individual.githubcopilot.com;st=dotcom:0";
const HOST = "https://api.individual.githubcopilot.com";

const answer = new Response("{}");
const stub = (input: unknown): Promise<Response> =>
  Promise.resolve(
    String(input).endsWith("/token")
      ? Response.json({ token: TOKEN, refresh_in: 86_000 })
      : answer,
  );

/** The same headers and the same reading of the body, and nothing else. */
async function floor(input: string, init: RequestInit): Promise<Response> {
  const { pathname, search } = new URL(input);
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
  headers.set(
    "X-Initiator",
    messages.at(-1).role === "user" ? "user" : "agent",
  );
  return await stub2(HOST + pathname + search, { ...init, headers });
}
const stub2: typeof globalThis.fetch = (input) => stub(input);

const copilot = createCopilotFetch("ghu_bench", {
  fetch: (input) => stub(input),
  cache: new TokenCache(),
});

/** A conversation of about so many bytes. */
function conversation(bytes: number): RequestInit {
  const content = "How much wood would a woodchuck chuck? ".repeat(6);
  const message = { role: "user", content };
  const count = Math.max(1, Math.round(bytes / JSON.stringify(message).length));
  return {
    method: "POST",
    headers: { "content-type": "application/json", "x-api-key": "none" },
    body: JSON.stringify({
      model: "gpt-4.1",
      messages: Array(count).fill(message),
    }),
  };
}

const runtime = "Deno" in globalThis
  ? "Deno"
  : "Bun" in globalThis
  ? "Bun"
  : "Node";

await copilot("/warm");
for (const [size, bytes] of [["1 KB", 1e3], ["100 KB", 1e5], ["1 MB", 1e6]]) {
  const init = conversation(bytes as number);
  const url = `${HOST}/chat/completions`;
  const ratios: number[] = [];
  // Side by side and in turn, so that whatever else goes on meets both.
  for (let round = 0; round < 5; round++) {
    const options = { min_cpu_time: 2e8 };
    const ours = await measure(async () => await copilot(url, init), options);
    const least = await measure(async () => await floor(url, init), options);
    ratios.push(ours.p50 / least.p50);
  }
  ratios.sort((a, b) => a - b);
  process.stdout.write(
    `${runtime}  warm call, ${size}: ${ratios[2].toFixed(2)} × the floor ` +
      `(${ratios[0].toFixed(2)} to ${ratios[4].toFixed(2)})\n`,
  );
}
