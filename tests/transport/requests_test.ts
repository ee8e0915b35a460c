import { assertEquals } from "@std/assert";
import { test } from "node:test";
import { createCopilotFetch } from "../../mod.ts";
import { listen, type Loopback, sendJSON } from "../helpers/loopback.ts";
import { apart, tokenText } from "../helpers/stubs.ts";

/** A real server that reports each request in a header of its response. */
function startEchoServer(): Promise<Loopback> {
  return listen(async (request, response) => {
    if (request.url?.endsWith("/token")) {
      return sendJSON(response, { token: tokenText(), refresh_in: 1500 });
    }
    let body = "";
    for await (const chunk of request) body += chunk;
    const { method, url, headers } = request;
    const received = JSON.stringify({
      method,
      url,
      length: headers["content-length"],
      // Every form has a boundary of its own.
      type: headers["content-type"]?.replace(/boundary=.*/, ""),
      body: body.replace(/-{4,}[\w-]+/g, "--"),
    });
    response.writeHead(200, { "x-received": received });
    response.end();
  });
}

async function receivedFor(response: Promise<Response>): Promise<unknown> {
  return JSON.parse((await response).headers.get("x-received") ?? "");
}

const CHAT = JSON.stringify({ messages: [{ role: "user", content: "Hi" }] });

function form(): FormData {
  const form = new FormData();
  form.set("file", new Blob(["text"], { type: "text/plain" }), "a.txt");
  form.set("purpose", "batch");
  return form;
}

function stream(): ReadableStream<Uint8Array> {
  return new Blob([CHAT]).stream();
}

const requests: Record<string, () => RequestInit | undefined> = {
  "no init": () => undefined,
  "an empty init": () => ({}),
  "HEAD": () => ({ method: "HEAD" }),
  "DELETE": () => ({ method: "DELETE" }),
  "a method in lower case": () => ({ method: "post", body: CHAT }),
  "POST without a body": () => ({ method: "POST" }),
  "an empty body": () => ({ method: "POST", body: "" }),
  "a text": () => ({ method: "POST", body: CHAT }),
  "empty messages": () => ({ method: "POST", body: '{"messages":[]}' }),
  "bytes": () => ({ method: "POST", body: new TextEncoder().encode(CHAT) }),
  "a Blob": () => ({
    method: "POST",
    body: new Blob([CHAT], { type: "application/json" }),
  }),
  "a form with a file": () => ({ method: "POST", body: form() }),
  "a form": () => ({
    method: "POST",
    body: new URLSearchParams({ a: "b c" }),
  }),
  "a stream": () =>
    ({ method: "POST", body: stream(), duplex: "half" }) as RequestInit,
  "keepalive": () => ({ method: "POST", body: CHAT, keepalive: true }),
  "the members that browsers know": () => ({
    method: "POST",
    body: CHAT,
    mode: "cors",
    credentials: "omit",
    cache: "no-store",
    referrerPolicy: "no-referrer",
  }),
  "inherited members": () =>
    Object.create({
      method: "POST",
      body: CHAT,
      headers: { "content-type": "application/json" },
    }),
};

for (const [what, makeInit] of Object.entries(requests)) {
  test(`createCopilotFetch() sends what plain fetch sends, given ${what}`, async () => {
    await using server = await startEchoServer();
    const copilot = createCopilotFetch("ghu_a", apart({ fetch: server.fetch }));
    const path = "/v1/x?y=%20z";
    const plain = await receivedFor(fetch(server.origin + path, makeInit()));
    assertEquals(await receivedFor(copilot(path, makeInit())), plain);
  });

  test(`createCopilotFetch() sends what plain fetch sends, given a Request with ${what}`, async () => {
    await using server = await startEchoServer();
    const copilot = createCopilotFetch("ghu_a", apart({ fetch: server.fetch }));
    const path = "/v1/x?y=%20z";
    const plain = await receivedFor(fetch(server.origin + path, makeInit()));
    const request = new Request(`https://api.openai.com${path}`, makeInit());
    const received = await receivedFor(copilot(request));
    // Text is read, and so sent with its length; plain fetch sends some chunked.
    assertEquals({ ...received as object, length: 0 }, {
      ...plain as object,
      length: 0,
    });
  });
}

test("createCopilotFetch() refuses what plain fetch refuses", async () => {
  await using server = await startEchoServer();
  const copilot = createCopilotFetch("ghu_a", apart({ fetch: server.fetch }));
  const isRefused = (response: Promise<Response>) =>
    response.then(() => false, (error) => error instanceof TypeError);
  const inits: RequestInit[] = [
    { method: "GET", body: "text" }, // accepted by Bun
    { method: "TRACE" },
    { headers: { "a b": "c" } },
    { headers: { a: "b\nc" } },
  ];
  const plain = inits.map((init) => isRefused(fetch(server.origin, init)));
  const ours = inits.map((init) => isRefused(copilot("/x", init)));
  assertEquals(await Promise.all(ours), await Promise.all(plain));
  assertEquals((await Promise.all(plain)).slice(2), [true, true]);
});
