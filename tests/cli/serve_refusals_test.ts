import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { startNetwork } from "../helpers/network.ts";
import { testOverTLS as test } from "../helpers/copilot_command.ts";
import { chat, head, send, startServer } from "../helpers/cli_server.ts";

/** What a page, or a name that leads to loopback, would make a browser send. */
const FOREIGN = [
  "Host: evil.example.com",
  "Host: evil.example.com:4141",
  "Host: 127.0.0.1.evil.example.com",
  "Host: localhost.evil.example.com",
  "Host: evil.example.com/localhost",
  "Host: 192.168.0.1",
  "Host: 0.0.0.0",
  "Host:",
  "Origin: https://evil.example.com",
  "Origin: http://evil.example.com",
  "Origin: HTTPS://evil.example.com",
  "Origin: http://localhost:3000",
  "Origin: null",
  "Sec-Fetch-Site: cross-site",
  "Sec-Fetch-Site: same-site",
];

test("--serve refuses a foreign Host and a web page's Origin, and asks nobody", async () => {
  await using network = await startNetwork();
  await using server = await startServer({ network });
  const requests = [
    head("GET /models"),
    head("POST /v1/chat/completions", ["Content-Type: text/plain"]),
    head("OPTIONS /v1/chat/completions"),
    head("GET /nothing"),
  ];
  for (const line of FOREIGN) {
    for (const request of requests) {
      const lines = request.filter((line_) =>
        !/^host:/i.test(line_) || !/^host:/i.test(line)
      );
      const answer = await send(server.port, [...lines, line], chat("Hello"));
      // Node's own server may refuse what is no host at all.
      assertMatch(answer, /^HTTP\/1\.1 40[03] /, line);
      assertEquals(/access-control-allow/i.test(answer), false);
    }
  }
  assertEquals(network.connects, []);
});

/** What programs on this machine send. */
const LOCAL = [
  "Host: localhost",
  "Host: LOCALHOST:80",
  "Host: 127.0.0.1:4141",
  "Host: [::1]:4141",
  "Sec-Fetch-Site: none",
  "Origin: vscode-file://vscode-app",
];

test("--serve takes what a local program sends", async () => {
  await using network = await startNetwork();
  await using server = await startServer({ network });
  for (const line of LOCAL) {
    const answer = await send(server.port, head("GET /models", [line]));
    assertMatch(answer, /^HTTP\/1\.1 200 /, line);
  }
});

test("--serve says 404 where there is nothing", async () => {
  await using network = await startNetwork();
  await using server = await startServer({ network });
  const paths = [
    ...["/", "/v1", "/v1/", "/v2/models", "/models/", "/models/gpt-4.1"],
    ...["/v1/v1/models", "/chat", "/copilot_internal/v2/token", "/__proto__"],
    ...["//evil.example.com/nothing", "/..%2fmodels", "/constructor"],
  ];
  for (const path of paths) {
    const answer = await send(server.port, head(`GET ${path}`));
    assertMatch(answer, /^HTTP\/1\.1 404 /, path);
    assertStringIncludes(answer, '{"error":{"message":"There is nothing at ');
  }
  assertEquals(network.connects, []);
});

test("--serve leads nowhere else, however its path is put", async () => {
  await using network = await startNetwork();
  await using server = await startServer({ network });
  for (const path of ["http://evil.example.com/models", "/v1/../models"]) {
    await send(server.port, head(`GET ${path}`));
  }
  const hosts = new Set(network.received.map(({ url }) => url.host));
  assertEquals(hosts.has("evil.example.com"), false);
});

test("--serve says 405, and what is allowed, where the method is wrong", async () => {
  await using network = await startNetwork();
  await using server = await startServer({ network });
  const wrong: [request: string, allow: string][] = [
    ["POST /models", "GET"],
    ["DELETE /v1/models", "GET"],
    ["GET /chat/completions", "POST"],
    ["OPTIONS /v1/responses", "POST"],
    ["PUT /v1/messages", "POST"],
    ["GET /embeddings", "POST"],
  ];
  for (const [request, allow] of wrong) {
    const answer = await send(server.port, head(request));
    assertMatch(answer, /^HTTP\/1\.1 405 /, request);
    assertMatch(answer, new RegExp(`^allow: ${allow}\r$`, "im"));
  }
  assertEquals(network.connects, []);
});

test("--serve says 502 where Copilot's answer cannot be had, and goes on", async () => {
  await using network = await startNetwork({
    certificates: ({ issue }) => ({
      "api.individual.githubcopilot.com": issue(["evil.example.com"]),
    }),
  });
  await using server = await startServer({ network });
  for (let attempt = 0; attempt < 2; attempt++) {
    const answer = await send(server.port, head("GET /models"));
    assertMatch(answer, /^HTTP\/1\.1 502 /);
    assertStringIncludes(answer, '"type":"copilot_fetch_error"');
  }
});
