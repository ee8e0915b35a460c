import { assert, assertEquals } from "@std/assert";
import { ServerSentEventStream } from "@std/http/server-sent-event-stream";
import { STATUS_CODE } from "@std/http/status";
import type { RequestListener } from "node:http";
import { test } from "node:test";
import OpenAI from "openai";
import { createClientOptions, exchangeToken, TokenCache } from "../../mod.ts";
import { listen, sendJSON } from "../helpers/loopback.ts";
import { apart, deferred, tokenError, tokenText } from "../helpers/stubs.ts";

const SECRET = "ghu_secretsecret";

/** GitHub, and a listener for Copilot. */
function service(chat: RequestListener): RequestListener {
  return (request, response) => {
    if (request.url === "/copilot_internal/v2/token") {
      assertEquals(request.headers["x-host"], "api.github.com");
      sendJSON(response, {
        token: tokenText(1, "business"),
        expires_at: Date.now() / 1000 + 1800,
      });
    } else {
      chat(request, response);
    }
  };
}

test("createCopilotFetch() streams a chat from a real server: the first word arrives before the last is sent", async () => {
  const firstArrived = deferred();
  let sentLast = false;
  const { promise: seen, resolve: see } = deferred<
    { url?: string; headers: Record<string, unknown>; body: string }
  >();
  await using server = await listen(service(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    see({ url: request.url, headers: request.headers, body });

    async function* events() {
      for (const [index, content] of ["Hello", " you"].entries()) {
        if (index) {
          await firstArrived.promise;
          sentLast = true;
        }
        yield {
          data: JSON.stringify({
            id: "1",
            object: "chat.completion.chunk",
            created: 1,
            model: "gpt-5-mini",
            choices: [{ index: 0, delta: { content }, finish_reason: null }],
          }),
        };
      }
      yield { data: "[DONE]" };
    }
    response.writeHead(STATUS_CODE.OK, { "content-type": "text/event-stream" });
    const stream = ReadableStream.from(events())
      .pipeThrough(new ServerSentEventStream());
    for await (const chunk of stream) response.write(chunk);
    response.end();
  }));

  const openai = new OpenAI(
    createClientOptions(SECRET, apart({ fetch: server.fetch })),
  );
  const stream = await openai.chat.completions.create({
    model: "gpt-5-mini",
    stream: true,
    messages: [{ role: "user", content: "Hi" }],
  });
  let text = "";
  for await (const chunk of stream) {
    if (!text) {
      assertEquals(sentLast, false);
      firstArrived.resolve();
    }
    text += chunk.choices[0].delta.content ?? "";
  }
  assertEquals(text, "Hello you");

  const { url, headers, body } = await seen;
  assertEquals(url, "/chat/completions");
  assertEquals(headers["x-host"], "api.business.githubcopilot.com");
  assertEquals(headers.authorization, `Bearer ${tokenText(1, "business")}`);
  assertEquals(headers["user-agent"], "GitHubCopilotChat/0.35.0");
  assertEquals(headers["copilot-integration-id"], "vscode-chat");
  assertEquals(headers["x-initiator"], "user");
  assertEquals(JSON.parse(body).messages[0].content, "Hi");
});

test("createCopilotFetch() sends a streamed body as it is to a real server", async () => {
  await using server = await listen(service((request, response) => {
    response.writeHead(STATUS_CODE.OK);
    request.pipe(response);
  }));
  const { fetch } = createClientOptions(SECRET, apart({ fetch: server.fetch }));
  const response = await fetch("/x", {
    method: "POST",
    body: ReadableStream.from(["one ", "two"])
      .pipeThrough(new TextEncoderStream()),
    duplex: "half",
  } as RequestInit);
  assertEquals(await response.text(), "one two");
});

const failures: Record<string, [listener: RequestListener, code: string]> = {
  "resets the connection": [
    (request) => request.socket.resetAndDestroy?.() ?? request.socket.destroy(),
    "network",
  ],
  "closes the connection": [
    (request) => request.socket.destroy(),
    "network",
  ],
  "does not respond": [() => {}, "timeout"],
  "stalls within the body": [
    (_, response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write('{"token":"tid=');
    },
    "timeout",
  ],
  "closes within the body": [
    (request, response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write('{"token":"tid=secret', () => request.socket.destroy());
    },
    "network",
  ],
  "sends HTML": [
    (_, response) => {
      response.writeHead(200, { "content-type": "text/html" });
      response.end("<!doctype html><h1>Welcome to our network</h1>");
    },
    "invalid_response",
  ],
  "redirects": [
    (_, response) => {
      response.writeHead(302, { location: "/elsewhere" });
      response.end();
    },
    "invalid_response",
  ],
  "sends a megabyte that is not JSON": [
    (_, response) => {
      response.writeHead(200);
      response.end("\0nonsense".repeat(120_000));
    },
    "invalid_response",
  ],
  "sends a megabyte with a 500": [
    (_, response) => {
      response.writeHead(500);
      response.end("nonsense".repeat(130_000));
    },
    "unavailable",
  ],
  "refuses": [
    (_, response) => sendJSON(response, { message: "Bad credentials" }, 401),
    "bad_credentials",
  ],
  "knows no subscription": [
    (_, response) => sendJSON(response, { message: "No" }, 403),
    "no_access",
  ],
  "limits the rate": [
    (_, response) => {
      response.writeHead(429, { "retry-after": "1" });
      response.end();
    },
    "rate_limited",
  ],
};

for (const [what, [listener, code]] of Object.entries(failures)) {
  test(`TokenCache.get() throws ${code} if a real server ${what}`, async () => {
    let received = 0;
    await using server = await listen((request, response) => {
      received++;
      listener(request, response);
    });
    const cache = new TokenCache();
    const options = {
      fetch: server.fetch,
      // Enough for a response, and short where none comes.
      exchangeTimeout: code === "timeout" ? 200 : 20_000,
    };
    const error = await tokenError(() => cache.get(SECRET, options));
    assertEquals(error.code, code);
    assert(error.message.length < 1000);
    assert(!error.message.includes("secret"));
    // Deno itself repeats a request whose connection closes without a response.
    const mayRepeat = received === 2 && "Deno" in globalThis;
    assert(received === 1 || mayRepeat, `${received} requests`);
  });
}

test("exchangeToken() throws network with the reason if no server listens", async () => {
  const server = await listen(() => {});
  await server[Symbol.asyncDispose]();
  const error = await tokenError(() =>
    exchangeToken(SECRET, { fetch: server.fetch })
  );
  assertEquals(error.code, "network");
  assert(error.cause instanceof Error);
  assert(/refused|connect|fetch/i.test(error.message), error.message);
});

test("createCopilotFetch() closes the connection of an exchange that every caller has left", async () => {
  const begun = deferred();
  const closed = deferred();
  await using server = await listen((request) => {
    request.socket.on("close", () => closed.resolve());
    begun.resolve();
  });
  const controller = new AbortController();
  const { fetch } = createClientOptions(SECRET, apart({ fetch: server.fetch }));
  const call = fetch("/x", { signal: controller.signal }).catch((error) =>
    error
  );
  await begun.promise;
  controller.abort("enough");
  assertEquals(await call, "enough");
  await closed.promise;
});
