import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { test } from "node:test";
import {
  ACCESS_MESSAGES,
  type AccessRules,
  assertAccess,
} from "../../../cli/serve/access.ts";
import { SERVE_MESSAGES } from "../../../cli/serve/mod.ts";
import { Refusal } from "../../../cli/serve/refusal.ts";
import { requestsTo, runMain } from "../../helpers/fake_io.ts";
import { chat, head, send, startServer } from "../../helpers/cli_server.ts";

const LOCAL: AccessRules = {
  key: undefined,
  hosts: [],
  acceptsAddresses: false,
};

/** The status with which a request with these lines is refused; 200 if it is not. */
function statusOf(
  lines: string[],
  rules: Partial<AccessRules> = {},
  method = "GET",
): number {
  const hasHost = lines.some((line) => /^host:/i.test(line));
  const headers = [...hasHost ? [] : ["Host: localhost"], ...lines]
    .map((line): [string, string] => {
      const [, name, value] = /^(.+?): (.*)$/.exec(line) ?? [];
      return [name, value];
    });
  try {
    assertAccess({ method, headers }, { ...LOCAL, ...rules });
    return 200;
  } catch (error) {
    if (error instanceof Refusal) return error.status;
    throw error;
  }
}

/** Headers of a web page, or of a host name that leads to this computer. */
const FOREIGN = [
  "Host: evil.example.com",
  "Host: evil.example.com:4141",
  "Host: 127.0.0.1.evil.example.com",
  "Host: localhost.evil.example.com",
  "Host: evil.example.com/localhost",
  "Host: localhost@evil.example.com",
  "Host: 192.168.0.1",
  "Host: 0.0.0.0",
  "Host: [::2]:4141",
  "Host: host.docker.internal",
  "Host: ",
  "Origin: https://evil.example.com",
  "Origin: http://evil.example.com",
  "Origin: HTTPS://evil.example.com",
  "Origin: http://localhost:3000",
  "Origin: null",
  "Origin: file://",
  "Origin: blob:https://evil.example.com/1",
  "Origin: chrome-extension://abcdefgh",
  "Origin: moz-extension://abcdefgh",
  "Origin: safari-web-extension://abcdefgh",
  "Origin: extension://abcdefgh",
  "Sec-Fetch-Site: cross-site",
  "Sec-Fetch-Site: same-site",
];

/** Headers of programs on this computer. */
const PROGRAMS = [
  "Host: localhost",
  "Host: LOCALHOST:80",
  "Host: 127.0.0.1:4141",
  "Host: [::1]:4141",
  "Sec-Fetch-Site: none",
  "Origin: vscode-file://vscode-app",
];

test("assertAccess() refuses foreign hosts, and the origins of what browsers run", () => {
  for (const line of FOREIGN) assertEquals(statusOf([line]), 403, line);
  const lines = ["Origin: vscode-file://a", "Origin: https://evil.example.com"];
  assertEquals(statusOf(lines), 403);
});

test("assertAccess() accepts the names of this computer, and desktop applications", () => {
  for (const line of PROGRAMS) assertEquals(statusOf([line]), 200, line);
});

test("assertAccess() refuses a request with two Host headers, or none, with 400", () => {
  assertEquals(statusOf(["Host: localhost", "host: localhost"]), 400);
  const request = { method: "GET", headers: [] };
  let status;
  try {
    assertAccess(request, LOCAL);
  } catch (error) {
    status = (error as Refusal).status;
  }
  assertEquals(status, 400);
});

test("assertAccess() accepts a host name that was allowed, and no other", () => {
  const rules = { hosts: ["host.docker.internal"] };
  assertEquals(statusOf(["Host: Host.Docker.internal:4141"], rules), 200);
  assertEquals(statusOf(["Host: evil.docker.internal"], rules), 403);
});

test("assertAccess() accepts any address where other computers may connect, but no name", () => {
  const rules = { acceptsAddresses: true };
  assertEquals(statusOf(["Host: 192.168.0.1:4141"], rules), 200);
  assertEquals(statusOf(["Host: [fe80::1]:4141"], rules), 200);
  assertEquals(statusOf(["Host: 1.2.3.4.example.com"], rules), 403);
});

test("assertAccess() refuses OPTIONS with any origin", () => {
  assertEquals(statusOf(["Origin: app://desktop"], {}, "OPTIONS"), 403);
  assertEquals(statusOf(["Origin: app://desktop"], {}, "GET"), 200);
  assertEquals(statusOf([], {}, "OPTIONS"), 200);
});

/** Headers of clients that know the key, or not. */
const KEYS: [line: string, status: number][] = [
  ["Authorization: Bearer right", 200],
  ["authorization: bearer right", 200],
  ["x-api-key: right", 200],
  ["X-Api-Key: wrong", 401],
  ["Authorization: Bearer righ", 401],
  ["Authorization: Bearer rightright", 401],
  ["Authorization: Basic right", 401],
  ["Authorization: Bearer ", 401],
  ["Accept: right", 401],
];

test("assertAccess() demands the key as a bearer token or as x-api-key", () => {
  for (const [line, status] of KEYS) {
    assertEquals(statusOf([line], { key: "right" }), status, line);
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
  const twoHosts = head("GET /models", ["Host: localhost", "Host: localhost"]);
  assertMatch(await send(server.port, twoHosts), /^HTTP\/1\.1 400 /);
  assertEquals(requestsTo(server.fake), []);
});

test("copilot-fetch --serve accepts the requests of local programs", async () => {
  await using server = await startServer();
  for (const line of PROGRAMS) {
    const answer = await send(server.port, head("GET /models", [line]));
    assertMatch(answer, /^HTTP\/1\.1 200 /, line);
  }
});

/** How a key is set. */
const KEY_SETTINGS: [
  name: string,
  args: string[],
  env: Record<string, string>,
][] = [
  ["--key", ["--key", "right"], {}],
  ["COPILOT_SERVE_KEY", [], { COPILOT_SERVE_KEY: "right\n" }],
  ["--key before COPILOT_SERVE_KEY", ["--key", "right"], {
    COPILOT_SERVE_KEY: "other",
  }],
];

for (const [name, args, env] of KEY_SETTINGS) {
  test(`copilot-fetch --serve with ${name} demands the key, and sends it to nobody`, async () => {
    await using server = await startServer(
      { env: { COPILOT_GITHUB_TOKEN: "ghu_secret", ...env } },
      ["--serve", "0", "-v", ...args],
    );
    const messages = { method: "POST", body: "{}" };
    const refused = await fetch(`${server.url}/v1/messages`, messages);
    const { type, error } = await refused.json();
    assertEquals([refused.status, type, error.type], [
      401,
      "error",
      "authentication_error",
    ]);
    assertStringIncludes(error.message, ACCESS_MESSAGES.wrongKey);
    assertEquals(requestsTo(server.fake), []);

    const headers = { authorization: "Bearer right" };
    const accepted = await fetch(`${server.url}/models`, { headers });
    assertEquals(accepted.status, 200);
    await accepted.body?.cancel();
    const [request] = server.fake.requests;
    assertEquals([...request.headers.values()].join().includes("right"), false);
    const { stderr } = server.program.outcome;
    assertEquals(stderr.includes("right"), false);
    assertEquals(stderr.includes(SERVE_MESSAGES.noKey), false);
  });
}

test("copilot-fetch --serve without a key reports who can use the subscription", async () => {
  await using server = await startServer();
  await server.program.prints(SERVE_MESSAGES.noKey, "stderr");
});

for (const host of ["0.0.0.0", "::", "192.168.0.1", "example.com"]) {
  test(`copilot-fetch --serve --host ${host} exits with 2 without a key`, async () => {
    const { code, stdout, stderr } = await runMain(["--serve", "--host", host]);
    assertEquals([code, stdout], [2, ""]);
    assertStringIncludes(stderr, "COPILOT_SERVE_KEY");
  });
}

test("copilot-fetch --serve --allow-host accepts this name", async () => {
  const args = ["--serve", "0", "--allow-host", "host.docker.internal"];
  await using server = await startServer({}, args);
  const lines = head("GET /models", ["Host: host.docker.internal:4141"]);
  assertMatch(await send(server.port, lines), /^HTTP\/1\.1 200 /);
});
