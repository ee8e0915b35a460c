import { assertEquals } from "@std/assert";
import { test } from "node:test";
import { createCopilotFetch } from "../../mod.ts";
import { listen, type Loopback, sendJSON } from "../helpers/loopback.ts";
import { apart, tokenText } from "../helpers/stubs.ts";

/** A real server that tells what reached it. */
function echo(): Promise<Loopback> {
  return listen(async (request, response) => {
    if (request.url?.endsWith("/token")) {
      return sendJSON(response, { token: tokenText(), refresh_in: 1500 });
    }
    let body = "";
    for await (const chunk of request) body += chunk;
    const { method, url, headers } = request;
    const seen = JSON.stringify({
      method,
      url,
      // Every form has a boundary of its own.
      type: headers["content-type"]?.replace(/boundary=.*/, ""),
      body: body.replace(/-{4,}[\w-]+/g, "--"),
    });
    response.writeHead(200, { "x-seen": seen });
    response.end();
  });
}

const chat = JSON.stringify({ messages: [{ role: "user", content: "Hi" }] });

function form(): FormData {
  const form = new FormData();
  form.set("file", new Blob(["text"], { type: "text/plain" }), "a.txt");
  form.set("purpose", "batch");
  return form;
}

function stream(): ReadableStream<Uint8Array> {
  return new Blob([chat]).stream();
}

const odd: Record<string, () => RequestInit | undefined> = {
  "nothing": () => undefined,
  "no members": () => ({}),
  "HEAD": () => ({ method: "HEAD" }),
  "DELETE": () => ({ method: "DELETE" }),
  "POST without a body": () => ({ method: "POST" }),
  "an empty body": () => ({ method: "POST", body: "" }),
  "empty messages": () => ({ method: "POST", body: '{"messages":[]}' }),
  "bytes": () => ({ method: "POST", body: new TextEncoder().encode(chat) }),
  "a blob": () => ({
    method: "POST",
    body: new Blob([chat], { type: "application/json" }),
  }),
  "a form": () => ({ method: "POST", body: form() }),
  "a query as a form": () => ({
    method: "POST",
    body: new URLSearchParams({ a: "b c" }),
  }),
  "a stream": () =>
    ({ method: "POST", body: stream(), duplex: "half" }) as RequestInit,
  "keepalive": () => ({ method: "POST", body: chat, keepalive: true }),
  "what browsers know": () => ({
    method: "POST",
    body: chat,
    mode: "cors",
    credentials: "omit",
    cache: "no-store",
    referrerPolicy: "no-referrer",
  }),
};

for (const [what, init] of Object.entries(odd)) {
  test(`The server sees what plain fetch would send, given ${what}`, async () => {
    await using server = await echo();
    const copilot = createCopilotFetch("ghu_a", apart({ fetch: server.fetch }));
    const path = "/v1/x?y=%20z";
    const see = async (response: Promise<Response>) =>
      JSON.parse((await response).headers.get("x-seen") ?? "");
    const plain = await see(fetch(server.origin + path, init()));
    assertEquals(await see(copilot(path, init())), plain);
    // The same as one Request, and with a base URL that has a path.
    const request = new Request(`https://api.openai.com${path}`, init());
    assertEquals(await see(copilot(request)), plain);
  });
}

test("What plain fetch refuses is refused", async () => {
  await using server = await echo();
  const copilot = createCopilotFetch("ghu_a", apart({ fetch: server.fetch }));
  const isRefused = (response: Promise<Response>) =>
    response.then(() => false, (error) => error instanceof TypeError);
  const odd: RequestInit[] = [
    { method: "GET", body: "text" }, // Bun takes it
    { method: "TRACE" },
    { headers: { "a b": "c" } },
    { headers: { a: "b\nc" } },
  ];
  const plain = odd.map((init) => isRefused(fetch(server.origin, init)));
  const ours = odd.map((init) => isRefused(copilot("/x", init)));
  assertEquals(await Promise.all(ours), await Promise.all(plain));
  assertEquals((await Promise.all(plain)).slice(2), [true, true]);
});
