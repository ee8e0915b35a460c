import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { test } from "node:test";
import { createFakeCopilot } from "../../../testing/mod.ts";
import { REQUESTS } from "../../helpers/fake.ts";
import { createSlowAnswer, lastBody, never } from "../../helpers/fake_io.ts";
import {
  chat,
  head,
  postChat,
  read,
  send,
  startServer,
} from "../../helpers/cli_server.ts";
import { deferred } from "../../helpers/stubs.ts";

const HOST = "https://api.individual.githubcopilot.com";

/** What is served, and a body for each. */
const ROUTES: Record<string, unknown> = {
  "POST /chat/completions": REQUESTS["/chat/completions"],
  "POST /responses": REQUESTS["/responses"],
  "POST /responses/compact": REQUESTS["/responses/compact"],
  "POST /v1/messages": REQUESTS["/v1/messages"],
  "POST /v1/messages/count_tokens": REQUESTS["/v1/messages/count_tokens"],
  "POST /embeddings": REQUESTS["/embeddings"],
  "GET /models": undefined,
  "GET /models/gpt-5-mini": undefined,
};

for (const prefix of ["", "/v1"]) {
  test(`copilot-fetch --serve forwards every path below "${prefix}" with one exchange`, async () => {
    await using server = await startServer();
    const { url, fake } = server;
    for (const [route, body] of Object.entries(ROUTES)) {
      const [method, path] = route.split(" ");
      const response = await fetch(`${url}${prefix}${path}?a=b`, {
        method,
        body: body ? JSON.stringify(body) : undefined,
      });
      assertEquals(response.status, 200, route);
      const type = response.headers.get("content-type");
      assertMatch(type ?? "", /^application\/json/);
      assertEquals(typeof await response.json(), "object");
      const last = fake.requests.at(-1);
      assertEquals([last?.method, last?.url], [method, `${HOST}${path}?a=b`]);
      if (body) assertEquals(await lastBody(fake), body);
    }
    assertEquals(fake.exchanges.length, 1);
  });
}

test("copilot-fetch --serve takes a request as a program without an SDK writes it", async () => {
  await using server = await startServer();
  const body = chat("Hi");
  const answer = await send(server.port, head("POST /chat/completions"), body);
  assertStringIncludes(answer, "data: [DONE]");
  assertEquals((await lastBody(server.fake)).messages[0].content, "Hi");
});

test("copilot-fetch --serve forwards the parts of a stream as they arrive", async () => {
  const fake = createFakeCopilot();
  const answer = createSlowAnswer();
  fake.answerNextRequest(answer.respond);
  await using server = await startServer({ fake });
  // The headers arrive before the first part.
  const response = await postChat(server, "Hello");
  assertEquals(response.headers.get("content-type"), "text/event-stream");
  const received = read(response);
  answer.send("One ");
  await received.until("One ");
  answer.send("two");
  answer.end();
  assertMatch(await received.rest(), /two[^]*data: \[DONE\]\n\n$/);
});

for (const when of ["before the response", "in mid-stream"]) {
  test(`copilot-fetch --serve cancels a request whose client has gone ${when}`, async () => {
    const fake = createFakeCopilot();
    const answer = createSlowAnswer();
    const [received, aborted] = [deferred(), deferred()];
    fake.answerNextRequest((request) => {
      request.signal.addEventListener("abort", () => aborted.resolve());
      received.resolve();
      return when === "in mid-stream" ? answer.respond(request) : never;
    });
    await using server = await startServer({ fake });
    const client = new AbortController();
    const { signal } = client;
    const response = postChat(server, "Hello", { signal });
    await received.promise;
    if (when === "in mid-stream") {
      answer.send("One ");
      await read(await response).until("One ");
    }
    client.abort();
    await response.catch(() => {});
    await aborted.promise;
    assertEquals((await fetch(`${server.url}/models`)).status, 200);
  });
}

test("copilot-fetch --serve returns 503 if GitHub cannot be reached", async () => {
  const fake = createFakeCopilot();
  fake.answerNextExchange(new TypeError("fetch failed"));
  await using server = await startServer({ fake });
  const response = await postChat(server, "Hello");
  const { error } = await response.json();
  assertEquals([response.status, error.code], [503, "network"]);
});

test("copilot-fetch --serve returns 502 and the redacted cause if Copilot cannot be reached, and goes on", async () => {
  const fake = createFakeCopilot();
  const cause = new Error("bad certificate for ghu_secretsecret");
  await using server = await startServer({ fake });
  for (let attempt = 0; attempt < 2; attempt++) {
    fake.answerNextRequest(new TypeError("fetch failed", { cause }));
    const response = await postChat(server, "Hello");
    const { error } = await response.json();
    assertEquals([response.status, error.type], [502, "copilot_fetch_error"]);
    assertStringIncludes(error.message, "fetch failed: bad certificate");
    assertEquals(error.message.includes("secret"), false);
  }
  assertEquals((await fetch(`${server.url}/models`)).status, 200);
});

test("copilot-fetch --serve passes a refusal of Copilot through", async () => {
  const fake = createFakeCopilot();
  const body = '{"error":{"message":"You have no quota"}}';
  const headers = { "retry-after": "7" };
  fake.answerNextRequest(new Response(body, { status: 402, headers }));
  await using server = await startServer({ fake });
  const response = await postChat(server, "Hello");
  assertEquals([response.status, await response.text()], [402, body]);
  assertEquals(response.headers.get("retry-after"), "7");
});
