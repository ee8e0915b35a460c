import { assertEquals, assertMatch } from "@std/assert";
import { test } from "node:test";
import { isLocalProgram } from "../../../cli/serve/access.ts";
import { requestsTo } from "../../helpers/fake_io.ts";
import { chat, head, send, startServer } from "../../helpers/cli_server.ts";

/** Headers of a web page, or of a host name that leads to this computer. */
const FOREIGN = [
  "Host: evil.example.com",
  "Host: evil.example.com:4141",
  "Host: 127.0.0.1.evil.example.com",
  "Host: localhost.evil.example.com",
  "Host: evil.example.com/localhost",
  "Host: 192.168.0.1",
  "Host: 0.0.0.0",
  "Host: ",
  "Origin: https://evil.example.com",
  "Origin: http://evil.example.com",
  "Origin: HTTPS://evil.example.com",
  "Origin: http://localhost:3000",
  "Origin: null",
  "Sec-Fetch-Site: cross-site",
  "Sec-Fetch-Site: same-site",
];

/** Headers of programs on this computer. */
const LOCAL = [
  "Host: localhost",
  "Host: LOCALHOST:80",
  "Host: 127.0.0.1:4141",
  "Host: [::1]:4141",
  "Sec-Fetch-Site: none",
  "Origin: vscode-file://vscode-app",
];

/** The headers of a request with this line, and a local host. */
function headersWith(line: string): [name: string, value: string][] {
  const [, name, value] = /^(.+?): (.*)$/.exec(line) ?? [];
  const host: [string, string][] = name === "Host"
    ? []
    : [["Host", "localhost"]];
  return [...host, [name, value]];
}

test("isLocalProgram() refuses foreign hosts, and the origins of web pages", () => {
  for (const line of FOREIGN) {
    assertEquals(isLocalProgram(headersWith(line)), false, line);
  }
  assertEquals(isLocalProgram([]), false, "no host");
});

test("isLocalProgram() accepts the names of this computer, and desktop applications", () => {
  for (const line of LOCAL) {
    assertEquals(isLocalProgram(headersWith(line)), true, line);
  }
});

test("copilot-fetch --serve returns 403 to web pages without CORS headers, and sends nothing", async () => {
  await using server = await startServer();
  const requests = [
    head("GET /models"),
    head("POST /v1/chat/completions", ["Content-Type: text/plain"]),
    head("OPTIONS /v1/chat/completions"),
    head("GET /nothing"),
  ];
  for (
    const line of ["Host: evil.example.com", "Origin: https://evil.example.com"]
  ) {
    for (const request of requests) {
      const lines = request.filter((other) =>
        !/^host:/i.test(other) || !/^host:/i.test(line)
      );
      const answer = await send(server.port, [...lines, line], chat("Hello"));
      assertMatch(answer, /^HTTP\/1\.1 403 /, line);
      assertEquals(/access-control-allow/i.test(answer), false);
    }
  }
  assertEquals(requestsTo(server.fake), []);
});

test("copilot-fetch --serve accepts the requests of local programs", async () => {
  await using server = await startServer();
  for (const line of LOCAL) {
    const answer = await send(server.port, head("GET /models", [line]));
    assertMatch(answer, /^HTTP\/1\.1 200 /, line);
  }
});
