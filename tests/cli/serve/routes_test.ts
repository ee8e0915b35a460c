import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { test } from "node:test";
import config from "../../../deno.json" with { type: "json" };
import { findRoute, parseTarget, ROUTES } from "../../../cli/serve/routes.ts";
import { requestsTo } from "../../helpers/fake_io.ts";
import { head, send, startServer } from "../../helpers/cli_server.ts";

/** How clients write paths, and which path of Copilot's is meant. */
const SPELLINGS: [pathname: string, path: string][] = [
  ["/", "/"],
  ["/v1", "/"],
  ["/v1/", "/"],
  ["//", "/"],
  ["/health", "/health"],
  ["/health/", "/health"],
  ["/models", "/models"],
  ["/models/", "/models"],
  ["/v1/models", "/models"],
  ["/v1/v1/models", "/models"],
  ["//v1//models//", "/models"],
  ["/models/gpt-5-mini", "/models/gpt-5-mini"],
  ["/v1/models/claude-haiku-4.5/", "/models/claude-haiku-4.5"],
  ["/chat/completions", "/chat/completions"],
  ["/v1/chat/completions", "/chat/completions"],
  ["/v1/chat//completions", "/chat/completions"],
  ["/v1/responses", "/responses"],
  ["/responses/compact", "/responses/compact"],
  ["/v1/responses/input_tokens", "/responses/input_tokens"],
  ["/v1/embeddings", "/embeddings"],
  ["/messages", "/v1/messages"],
  ["/v1/messages", "/v1/messages"],
  ["/v1/v1/messages", "/v1/messages"],
  ["/messages/count_tokens", "/v1/messages/count_tokens"],
  ["/v1/messages/count_tokens/", "/v1/messages/count_tokens"],
];

const UNKNOWN = [
  ...["/v2/models", "/v1models", "/models/gpt-5-mini/policy", "/chat"],
  ...["/models/..%2fuser", "/copilot_internal/v2/token"],
  ...["/__proto__", "/constructor", "/..%2fmodels", "/api/hello", "/v11"],
];

test("findRoute() finds every spelling of a served path", () => {
  for (const [pathname, path] of SPELLINGS) {
    assertEquals(findRoute(pathname)?.path, path, pathname);
  }
});

test("findRoute() knows no path beyond the served ones", () => {
  for (const path of UNKNOWN) assertEquals(findRoute(path), undefined, path);
});

test("findRoute() returns which API a path belongs to", () => {
  const anthropic = ROUTES.filter(({ api }) => api === "anthropic");
  assertEquals(
    anthropic.map(({ path }) => path),
    ["/v1/messages", "/v1/messages/count_tokens"],
  );
});

test("parseTarget() takes paths and whole URLs, and keeps the query", () => {
  assertEquals(parseTarget("/v1/messages?beta=true"), {
    pathname: "/v1/messages",
    search: "?beta=true",
  });
  const url = "http://evil.example.com/models?limit=1000";
  assertEquals(parseTarget(url), {
    pathname: "/models",
    search: "?limit=1000",
  });
  assertEquals(parseTarget("//evil.example.com/models"), {
    pathname: "//evil.example.com/models",
    search: "",
  });
});

const MALFORMED = [
  ...["http://[", "http://", "ftp://localhost/models", "models", "*", ""],
  ...["/mo\\dels", "/models#a", "/%zz", "/%2", "/models name", "/modéls"],
];

test("parseTarget() refuses what is neither a path nor a URL", () => {
  for (const target of MALFORMED) {
    assertEquals(parseTarget(target), undefined, target);
  }
});

test("copilot-fetch --serve returns 400 for a malformed target", async () => {
  await using server = await startServer();
  for (const target of ["http://[", "/%zz", "/mo\\dels"]) {
    const answer = await send(server.port, head(`GET ${target}`));
    assertMatch(answer, /^HTTP\/1\.1 400 /, target);
  }
  assertEquals(requestsTo(server.fake), []);
});

test("copilot-fetch --serve returns 404 with the served paths for an unknown one, and sends nothing", async () => {
  await using server = await startServer();
  for (const path of UNKNOWN) {
    const answer = await send(server.port, head(`GET ${path}`));
    assertMatch(answer, /^HTTP\/1\.1 404 /, path);
    assertStringIncludes(answer, '{"error":{"message":');
    for (const { path } of ROUTES) assertStringIncludes(answer, path);
  }
  assertEquals(requestsTo(server.fake), []);
});

test("copilot-fetch --serve forwards to Copilot's host whatever host a target names", async () => {
  await using server = await startServer();
  for (const path of ["http://evil.example.com/models", "/v1/../models"]) {
    await send(server.port, head(`GET ${path}`));
  }
  const hosts = server.fake.requests.map(({ url }) => new URL(url).host);
  assertEquals(hosts, Array(2).fill("api.individual.githubcopilot.com"));
});

for (const path of ["/", "/health", "/v1"]) {
  test(`copilot-fetch --serve returns its name and version at ${path}, and sends nothing`, async () => {
    await using server = await startServer();
    const response = await fetch(`${server.url}${path}`);
    assertEquals(await response.json(), {
      name: "copilot-fetch",
      version: config.version,
    });
    assertEquals(requestsTo(server.fake), []);
  });
}

for (const path of ["/", "/health", "/v1/models", "/models/gpt-5-mini"]) {
  test(`copilot-fetch --serve responds to HEAD ${path} as to GET, without a body`, async () => {
    await using server = await startServer();
    const get = await fetch(`${server.url}${path}`);
    const { status, headers, body } = await fetch(`${server.url}${path}`, {
      method: "HEAD",
    });
    await get.body?.cancel();
    assertEquals([status, headers.get("content-type")], [
      get.status,
      get.headers.get("content-type"),
    ]);
    assertEquals(body && await new Response(body).text(), body && "");
  });
}

/** A path, a wrong method, and the right ones. */
const WRONG: [request: string, allow: string][] = [
  ["POST /models", "GET, HEAD, OPTIONS"],
  ["DELETE /v1/models", "GET, HEAD, OPTIONS"],
  ["GET /chat/completions", "POST, OPTIONS"],
  ["HEAD /v1/responses", "POST, OPTIONS"],
  ["PUT /v1/messages", "POST, OPTIONS"],
  ["GET /embeddings", "POST, OPTIONS"],
  ["POST /health", "GET, HEAD, OPTIONS"],
];

test("copilot-fetch --serve returns 405 with the right methods in allow", async () => {
  await using server = await startServer();
  for (const [request, allow] of WRONG) {
    const answer = await send(server.port, head(request));
    assertMatch(answer, /^HTTP\/1\.1 405 /, request);
    assertMatch(answer, new RegExp(`^allow: ${allow}\r$`, "im"));
  }
  assertEquals(requestsTo(server.fake), []);
});

test("copilot-fetch --serve returns 204 with the methods to OPTIONS of a program", async () => {
  await using server = await startServer();
  for (const [target, allow] of [["/models", "GET"], ["/responses", "POST"]]) {
    const answer = await send(server.port, head(`OPTIONS ${target}`));
    assertMatch(answer, /^HTTP\/1\.1 204 /);
    assertMatch(answer, new RegExp(`^allow: ${allow}\\b`, "im"));
  }
  const unknown = await send(server.port, head("OPTIONS /nothing"));
  assertMatch(unknown, /^HTTP\/1\.1 404 /);
});

test("copilot-fetch --serve refuses WebSockets with 426, and goes on over HTTP", async () => {
  await using server = await startServer();
  const answer = await send(server.port, [
    ...["GET /v1/responses HTTP/1.1", "Host: localhost"],
    ...["Connection: Upgrade, close", "Upgrade: websocket"],
    ...["Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AAAA"],
  ]);
  assertMatch(answer, /^HTTP\/1\.1 426 /);
  assertEquals(requestsTo(server.fake), []);
  assertEquals((await fetch(`${server.url}/models`)).status, 200);
});
