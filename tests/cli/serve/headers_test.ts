import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { test } from "node:test";
import {
  forwardedRequestHeaders,
  forwardedResponseHeaders,
} from "../../../cli/serve/headers.ts";
import { createFakeCopilot } from "../../../testing/mod.ts";
import { chat, postChat, send, startServer } from "../../helpers/cli_server.ts";

/** Header names of clients, and whether they are forwarded to Copilot. */
const REQUEST_HEADERS: Record<string, boolean> = {
  "Content-Type": true,
  "accept": true,
  "Anthropic-Version": true,
  "anthropic-beta": true,
  "OpenAI-Beta": true,
  "copilot-vision-request": true,
  "x-interaction-type": true,
  "x-initiator": true,
  "x-request-id": true,
  "traceparent": true,
  "copilot-integration-id": false,
  "authorization": false,
  "x-api-key": false,
  "cookie": false,
  "user-agent": false,
  "host": false,
  "content-length": false,
  "content-encoding": false,
  "accept-encoding": false,
  "editor-version": false,
  "x-stainless-os": false,
  "x-claude-code-agent-id": false,
  "x-anthropic-beta": false,
  "x-forwarded-for": false,
  "origin": false,
};

test("forwardedRequestHeaders() keeps those on the list, and names the others", () => {
  const { kept, dropped } = forwardedRequestHeaders(
    Object.keys(REQUEST_HEADERS).map((name) => [name, "1"]),
  );
  for (const [name, isKept] of Object.entries(REQUEST_HEADERS)) {
    assertEquals(kept.has(name), isKept, name);
    assertEquals(dropped.includes(name), !isKept, name);
  }
});

/** Header names of Copilot, and whether they are returned to clients. */
const RESPONSE_HEADERS: Record<string, boolean> = {
  "content-type": true,
  "retry-after": true,
  "x-request-id": true,
  "x-quota-snapshot-chat": true,
  "access-control-allow-origin": false,
  "access-control-expose-headers": false,
  "location": false,
  "set-cookie": false,
  "authorization": false,
  "proxy-authenticate": false,
  "content-encoding": false,
  "content-length": false,
  "connection": false,
  "keep-alive": false,
  "transfer-encoding": false,
};

test("forwardedResponseHeaders() drops what does not concern the client", () => {
  const names = Object.keys(RESPONSE_HEADERS);
  const headers = new Headers(names.map((name) => [name, "1"]));
  const kept = forwardedResponseHeaders(headers);
  for (const [name, isKept] of Object.entries(RESPONSE_HEADERS)) {
    assertEquals(kept.has(name), isKept, name);
  }
});

test("copilot-fetch --serve forwards no header that Connection names, in either direction", async () => {
  const fake = createFakeCopilot();
  const headers = {
    "connection": "close, X-Request-Id",
    "x-request-id": "1",
    "retry-after": "7",
    "set-cookie": "a=b",
    "access-control-allow-origin": "*",
  };
  fake.answerNextRequest(new Response("{}", { headers }));
  await using server = await startServer({ fake });
  const lines = [
    ...["POST /embeddings HTTP/1.1", "Host: localhost", "Accept: a/b"],
    ...["Connection: close, X-Interaction-Id", "X-Interaction-Id: 1"],
    ...["Authorization: Bearer x", "Content-Type: application/json"],
  ];
  const response = await send(server.port, lines, "{}");
  const [received] = response.toLowerCase().split("\r\n\r\n");
  assertMatch(received, /^http\/1\.1 200 /);
  assertStringIncludes(received, "\r\nretry-after: 7");
  for (const name of ["x-request-id", "set-cookie", "access-control"]) {
    assertEquals(received.includes(name), false, name);
  }
  const [request] = fake.requests;
  assertEquals(request.headers.get("accept"), "a/b");
  assertEquals(request.headers.get("x-interaction-id"), null);
  assertMatch(request.headers.get("authorization") ?? "", /^Bearer tid=/);
});

/** Headers of a request, and who started it. */
const INITIATORS: [headers: Record<string, string>, initiator: string][] = [
  [{}, "user"],
  [{ "x-claude-code-agent-id": "1" }, "agent"],
  [{ "X-OpenAI-Subagent": "review" }, "agent"],
  [{ "x-parent-session-id": "1" }, "agent"],
  [{ "x-claude-code-agent-id": "1", "x-initiator": "user" }, "user"],
];

for (const [headers, initiator] of INITIATORS) {
  test(`copilot-fetch --serve sends x-initiator ${initiator} after headers ${JSON.stringify(headers)}, which are not forwarded`, async () => {
    await using server = await startServer();
    await (await postChat(server, "Hello", { headers })).text();
    const [request] = server.fake.requests;
    assertEquals(request.headers.get("x-initiator"), initiator);
    assertEquals(request.headers.get("x-claude-code-agent-id"), null);
  });
}

test("copilot-fetch --serve decides who started a turn from a compressed body, too", async () => {
  await using server = await startServer({}, ["--serve=0", "-v"]);
  const { gzipSync } = await import("node:zlib");
  const response = await postChat(server, "", {
    headers: { "content-encoding": "gzip" },
    body: new Uint8Array(gzipSync(chat("Hello"))),
  });
  await response.text();
  const [request] = server.fake.requests;
  assertEquals(request.headers.get("x-initiator"), "user");
  await server.program.prints(/ gpt-5-mini user 200 /, "stderr");
});

test("copilot-fetch --serve -v names the headers that it does not forward", async () => {
  await using server = await startServer({}, ["--serve=0", "-v"]);
  const headers = { "x-stainless-os": "Linux", "anthropic-beta": "a" };
  await (await postChat(server, "Hello", { headers })).text();
  await server.program.prints(/not forwarded: .*x-stainless-os/, "stderr");
  const [, names] = /not forwarded: (.*)/
    .exec(server.program.outcome.stderr) ?? [];
  assertEquals(names.includes("anthropic-beta"), false);
});
