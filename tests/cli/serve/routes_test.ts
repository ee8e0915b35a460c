import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { test } from "node:test";
import { findRoute } from "../../../cli/serve/routes.ts";
import { requestsTo } from "../../helpers/fake_io.ts";
import { head, send, startServer } from "../../helpers/cli_server.ts";

const UNKNOWN = [
  ...["/", "/v1", "/v1/", "/v2/models", "/models/", "/models/gpt-5-mini"],
  ...["/v1/v1/models", "/chat", "/copilot_internal/v2/token", "/__proto__"],
  ...["//evil.example.com/nothing", "/..%2fmodels", "/constructor"],
];

test("findRoute() knows no path beyond the served ones", () => {
  for (const path of UNKNOWN) assertEquals(findRoute(path), undefined, path);
});

test("copilot-fetch --serve returns 404 for an unknown path, and sends nothing", async () => {
  await using server = await startServer();
  for (const path of UNKNOWN) {
    const answer = await send(server.port, head(`GET ${path}`));
    assertMatch(answer, /^HTTP\/1\.1 404 /, path);
    assertStringIncludes(answer, '{"error":{"message":');
  }
  assertEquals(requestsTo(server.fake), []);
});

test("copilot-fetch --serve forwards to Copilot's host whatever host a target names", async () => {
  await using server = await startServer();
  for (const path of ["http://evil.example.com/models", "/v1/../models"]) {
    await send(server.port, head(`GET ${path}`));
  }
  const hosts = server.fake.requests.map(({ url }) => new URL(url).host);
  assertEquals(hosts.includes("evil.example.com"), false);
});

/** A path, a wrong method, and the right one. */
const WRONG: [request: string, allow: string][] = [
  ["POST /models", "GET"],
  ["DELETE /v1/models", "GET"],
  ["GET /chat/completions", "POST"],
  ["OPTIONS /v1/responses", "POST"],
  ["PUT /v1/messages", "POST"],
  ["GET /embeddings", "POST"],
];

test("copilot-fetch --serve returns 405 with the right method in allow", async () => {
  await using server = await startServer();
  for (const [request, allow] of WRONG) {
    const answer = await send(server.port, head(request));
    assertMatch(answer, /^HTTP\/1\.1 405 /, request);
    assertMatch(answer, new RegExp(`^allow: ${allow}\r$`, "im"));
  }
  assertEquals(requestsTo(server.fake), []);
});
