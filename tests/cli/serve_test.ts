import {
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertStringIncludes,
} from "@std/assert";
import { spawnSync } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { startCommand } from "../helpers/command.ts";
import { deferred } from "../helpers/stubs.ts";
import { startNetwork } from "../helpers/network.ts";
import {
  asked,
  closedPort,
  copilot,
  EXCHANGE,
  HOME,
  lastBody,
  linesOf,
  SECRET,
  testOverTLS as test,
  testOverTLSOnPOSIX,
} from "../helpers/copilot_command.ts";
import { startRelay } from "../helpers/relay.ts";
import {
  chat,
  closed,
  head,
  isOpen,
  postChat,
  read,
  send,
  startServer,
} from "../helpers/cli_server.ts";

/** What is served, and what it is asked. */
const ROUTES: Record<string, unknown> = {
  "POST /chat/completions": { messages: [{ role: "user", content: "Hi" }] },
  "POST /responses": { input: "Hi" },
  "POST /v1/messages": { messages: [{ role: "user", content: "Hi" }] },
  "POST /embeddings": { model: "text-embedding-3-small", input: "Hi" },
  "GET /models": undefined,
};

for (const prefix of ["", "/v1"]) {
  test(`--serve answers every route below "${prefix}"`, async () => {
    await using network = await startNetwork();
    await using server = await startServer({ network });
    for (const [route, body] of Object.entries(ROUTES)) {
      const [method, path] = route.split(" ");
      const response = await fetch(`${server.url}${prefix}${path}?a=b`, {
        method,
        body: body ? JSON.stringify(body) : undefined,
      });
      assertEquals(response.status, 200, route);
      const type = response.headers.get("content-type");
      assertMatch(type ?? "", /^application\/json/);
      assertEquals(typeof await response.json(), "object");
      assertEquals(asked(network).at(-1), `${method} ${HOME}${path}?a=b`);
      if (body) assertEquals(lastBody(network), body);
    }
    assertEquals(asked(network).filter((it) => it === EXCHANGE).length, 1);
  });
}

test("--serve passes a stream through as it comes", async () => {
  const arrived = deferred();
  await using network = await startNetwork({
    pause: (sent) => sent.includes("Hello") ? arrived.promise : undefined,
  });
  await using server = await startServer({ network });
  const response = await postChat(server, "Hello you");
  assertEquals(response.headers.get("content-type"), "text/event-stream");
  const answer = read(response);
  assertEquals((await answer.until("Hello ")).includes("you"), false);
  arrived.resolve();
  assertMatch(await answer.rest(), /"you"[^]*data: \[DONE\]\n\n$/);
});

test("--serve drops cookies and what is about a connection, both ways", async () => {
  await using network = await startNetwork();
  network.fake.answerNextRequest(
    new Response("{}", {
      headers: {
        "set-cookie": "a=b",
        "connection": "close, X-Named",
        "x-named": "1",
        "keep-alive": "timeout=77",
        "proxy-authenticate": "Basic",
        "x-kept": "1",
      },
    }),
  );
  await using server = await startServer({ network });
  const answer = await send(
    server.port,
    [
      ...["POST /embeddings HTTP/1.1", "Host: localhost"],
      ...["Connection: close, X-Named", "X-Named: 1", "Keep-Alive: timeout=77"],
      ...["Cookie: a=b", "Proxy-Authorization: Basic x", "TE: trailers"],
      ...["Proxy-Connection: close", "X-Kept: 1", "Authorization: Bearer x"],
      ...["Content-Type: application/json"],
    ],
    "{}",
  );
  const [received] = answer.toLowerCase().split("\r\n\r\n");
  assertMatch(received, /^http\/1\.1 200 /);
  assertStringIncludes(received, "\r\nx-kept: 1");
  for (const name of ["set-cookie", "x-named", "proxy-authenticate", "=77"]) {
    assertEquals(received.includes(name), false, name);
  }
  const { headers } = network.received[1];
  assertEquals(headers["x-kept"], "1");
  assertEquals(headers["content-type"], "application/json");
  assertMatch(headers.authorization, /^Bearer tid=/);
  assertEquals(headers.host, new URL(HOME).host);
  for (
    const name of [
      ...["cookie", "x-named", "proxy-authorization", "proxy-connection"],
    ]
  ) assertEquals(headers[name], undefined, name);
  // `fetch` may have words of its own for these.
  assertNotEquals(headers["keep-alive"], "timeout=77");
  assertNotEquals(headers.te, "trailers");
});

test("--serve hands on what Copilot refuses, and what GitHub does", async () => {
  await using network = await startNetwork({ subscription: false });
  await using server = await startServer({ network });
  const response = await postChat(server, "Hello");
  const { error } = await response.json();
  assertEquals([response.status, error.code], [403, "no_access"]);
  assertStringIncludes(error.message, "No access to GitHub Copilot found");
});

test("--serve tells a client that GitHub is out of reach", async () => {
  await using network = await startNetwork();
  const env = { HTTPS_PROXY: `http://127.0.0.1:${await closedPort()}` };
  await using server = await startServer({ network, env });
  const response = await postChat(server, "Hello");
  const { error } = await response.json();
  assertEquals([response.status, error.code], [502, "network"]);
});

test("--serve cancels a request whose client is gone", async () => {
  await using network = await startNetwork({
    pause: (sent) => sent.includes("Hello") ? new Promise(() => {}) : undefined,
  });
  await using relay = await startRelay(network);
  await using server = await startServer({ network: relay.network });
  const gone = new AbortController();
  const response = await postChat(server, "Hello you", {
    signal: gone.signal,
  });
  await read(response).until("Hello ");
  gone.abort();
  await relay.left;
  // It is there for the next one.
  assertEquals((await fetch(`${server.url}/models`)).status, 200);
});

test("--serve cancels a request whose client is gone before the first word", async () => {
  const asked = deferred();
  await using network = await startNetwork();
  network.fake.answerNextRequest(() => {
    asked.resolve();
    return new Promise<void>(() => {});
  });
  await using relay = await startRelay(network);
  await using server = await startServer({ network: relay.network });
  const gone = new AbortController();
  const answer = postChat(server, "Hello", { signal: gone.signal });
  await asked.promise;
  gone.abort();
  await answer.catch(() => {});
  await relay.left;
  assertEquals((await fetch(`${server.url}/models`)).status, 200);
});

test("--serve --verbose tells of each request, and no secret", async () => {
  await using network = await startNetwork();
  await using server = await startServer({ network }, ["-v", "--serve=0"]);
  await (await postChat(server, "Hello")).text();
  await server.child.says("initiator  user", "stderr");
  const { stderr } = server.child.outcome;
  assertMatch(stderr, /^request {4}POST \/chat\/completions: 200, \d+ ms$/m);
  assertEquals(stderr.includes(SECRET) || stderr.includes("tid="), false);
});

test("--serve listens on 127.0.0.1 alone", async () => {
  await using network = await startNetwork();
  await using server = await startServer({ network });
  assertEquals(await isOpen(server.port, "127.0.0.1"), true);
  for (const host of ["127.0.0.2", "::1"]) {
    assertEquals(await isOpen(server.port, host), false, host);
  }
});

test("A port that is in use is told in a line", async () => {
  await using network = await startNetwork();
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const { port } = other.address() as AddressInfo;
  const { code, stdout, stderr } = await copilot(["--serve", `${port}`], {
    network,
  });
  other.close();
  assertEquals([code, stdout, linesOf(stderr).length], [1, "", 1]);
  assertStringIncludes(stderr, `Port ${port} is in use`);
});

test("--serve tells what is no port", async () => {
  const wrong = [["65536"], ["http"], ["1", "2"], ["1.5"], ["0x1"]];
  await Promise.all(wrong.map(async (words) => {
    const args = ["--demo", "--serve", ...words];
    const { code, stdout, stderr } = await copilot(args);
    assertEquals([code, stdout, linesOf(stderr).length], [2, "", 1]);
    assertStringIncludes(stderr, `takes a port, got ${words.join(" ")}`);
  }));
});

testOverTLSOnPOSIX(
  "Ctrl-C ends an idle --serve with 130, connections or not",
  async () => {
    await using network = await startNetwork();
    await using server = await startServer({ network });
    await (await fetch(`${server.url}/models`)).text();
    server.child.interrupt();
    const { code, stderr } = await server.child.ended;
    assertEquals([code, stderr], [130, ""]);
  },
);

testOverTLSOnPOSIX(
  "Ctrl-C lets a running answer of --serve finish",
  async () => {
    const stopped = deferred();
    await using network = await startNetwork({
      pause: (sent) => sent.includes("Hello") ? stopped.promise : undefined,
    });
    await using server = await startServer({ network });
    const answer = read(await postChat(server, "Hello you"));
    await answer.until("Hello ");
    server.child.interrupt();
    await closed(server.port);
    stopped.resolve();
    assertMatch(await answer.rest(), /data: \[DONE\]\n\n$/);
    assertEquals((await server.child.ended).code, 130);
  },
);

testOverTLSOnPOSIX(
  "Ctrl-C cuts an answer of --serve that takes longer, and cancels it",
  async () => {
    await using network = await startNetwork({
      pause: (sent) =>
        sent.includes("Hello") ? new Promise(() => {}) : undefined,
    });
    await using relay = await startRelay(network);
    await using server = await startServer({ network: relay.network });
    const answer = read(await postChat(server, "Hello you"));
    await answer.until("Hello ");
    server.child.interrupt();
    const outcome = await answer.rest().catch(() => "cut");
    assertEquals(outcome, "cut");
    await relay.left;
    const { code, stderr } = await server.child.ended;
    assertEquals([code, stderr], [130, ""]);
  },
);

const hasCurl = spawnSync("curl", ["--version"]).status === 0;

if (hasCurl) {
  test("curl streams from --serve, also what it asks leave for", async () => {
    await using network = await startNetwork({ reply: "Yes" });
    await using server = await startServer({ network });
    await using curl = startCommand([
      ...[
        "curl",
        "-sSN",
        "--noproxy",
        "*",
        `${server.url}/v1/chat/completions`,
      ],
      ...["-H", "Expect: 100-continue", "-d", "@-"],
    ], { env: process.env });
    curl.end(chat("word ".repeat(300_000)));
    const { code, stdout, stderr } = await curl.ended;
    assertEquals([code, stderr], [0, ""]);
    assertMatch(stdout, /"Yes"[^]*data: \[DONE\]\n\n$/);
  });
}

test("--serve takes a request as a program without an SDK writes it", async () => {
  await using network = await startNetwork();
  await using server = await startServer({ network });
  const body = chat("Hi");
  const answer = await send(server.port, head("POST /chat/completions"), body);
  assertStringIncludes(answer, "data: [DONE]");
  assertEquals(lastBody(network).messages[0].content, "Hi");
});
