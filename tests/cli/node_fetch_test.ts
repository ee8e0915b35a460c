import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
} from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { test as register } from "node:test";
import { gzipSync } from "node:zlib";
import { createNodeFetch } from "../../cli/node_fetch.ts";
import { read } from "../helpers/cli_server.ts";
import { runtime } from "../helpers/command.ts";
import { closedPort } from "../helpers/loopback.ts";
import { deferred, rejection, rejectionOf } from "../helpers/stubs.ts";

/** Deno and Bun send with their own `fetch`. */
const test = runtime === "Node" ? register : register.skip;

interface Upstream extends AsyncDisposable {
  url: string;
  /** The connections that were opened. */
  connections: number;
}

async function startUpstream(listener: RequestListener): Promise<Upstream> {
  const server = createServer(listener);
  const upstream = { url: "", connections: 0 };
  server.on("connection", () => upstream.connections++);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  upstream.url = `http://127.0.0.1:${port}`;
  return Object.assign(upstream, {
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  });
}

test("createNodeFetch() sends method, headers and body, and returns status, headers and body", async () => {
  let received: IncomingMessage | undefined;
  let body = "";
  await using upstream = await startUpstream(async (incoming, outgoing) => {
    received = incoming;
    body = await text(incoming);
    outgoing.writeHead(466, [
      ...["content-type", "a/b", "set-cookie", "a=1", "set-cookie", "b=2"],
    ]);
    outgoing.end("Hé");
  });
  const fetch = createNodeFetch({});
  const response = await fetch(`${upstream.url}/a?b=c`, {
    method: "POST",
    headers: { "x-a": "1", "content-type": "application/json" },
    body: new TextEncoder().encode('{"é":1}'),
    redirect: "manual",
    cache: "no-store",
  });
  assertEquals(response.status, 466);
  assertEquals(response.headers.get("content-type"), "a/b");
  assertEquals(response.headers.getSetCookie(), ["a=1", "b=2"]);
  assertEquals(await response.text(), "Hé");
  assertEquals([received?.method, received?.url, body], [
    "POST",
    "/a?b=c",
    '{"é":1}',
  ]);
  assertEquals(received?.headers["x-a"], "1");
  assertEquals(received?.headers["content-length"], "8");
});

test("createNodeFetch() returns the parts of a body as they arrive", async () => {
  const next = deferred();
  await using upstream = await startUpstream(async (_, outgoing) => {
    outgoing.write("One ");
    await next.promise;
    outgoing.end("two");
  });
  const reading = read(await createNodeFetch({})(upstream.url));
  assertEquals(await reading.until("One "), "One ");
  next.resolve();
  assertEquals(await reading.rest(), "One two");
});

for (const status of [204, 304]) {
  test(`createNodeFetch() returns a response with status ${status} without a body`, async () => {
    await using upstream = await startUpstream((_, outgoing) => {
      outgoing.writeHead(status).end();
    });
    const response = await createNodeFetch({})(upstream.url);
    assertEquals([response.status, response.body], [status, null]);
  });
}

test("createNodeFetch() returns a redirect, and does not follow it", async () => {
  await using upstream = await startUpstream((_, outgoing) => {
    outgoing.writeHead(302, { location: "/other" }).end();
  });
  const response = await createNodeFetch({})(upstream.url);
  assertEquals(response.status, 302);
  assertEquals(await response.text(), "");
});

test("createNodeFetch() decodes a body that was compressed without being asked for", async () => {
  await using upstream = await startUpstream((incoming, outgoing) => {
    const encoding = incoming.headers["accept-encoding"];
    outgoing.writeHead(200, { "content-encoding": "gzip", "x-got": encoding });
    outgoing.end(gzipSync("Hello"));
  });
  const response = await createNodeFetch({})(upstream.url);
  assertEquals(response.headers.get("x-got"), "identity");
  assertEquals(await response.text(), "Hello");
});

test("createNodeFetch() sends the next request on the same connection", async () => {
  await using upstream = await startUpstream((_, outgoing) => {
    outgoing.end("Hello");
  });
  const fetch = createNodeFetch({});
  for (let count = 0; count < 3; count++) {
    await (await fetch(upstream.url)).text();
  }
  assertEquals(upstream.connections, 1);
});

test("createNodeFetch() keeps the connections of 300 requests at once for the next 300", async () => {
  const COUNT = 300; // more than Node's own 256
  let waiting: (() => void)[] = [];
  await using upstream = await startUpstream((_, outgoing) => {
    waiting.push(() => outgoing.end("Hello"));
    if (waiting.length < COUNT) return;
    for (const answer of waiting) answer();
    waiting = [];
  });
  const fetch = createNodeFetch({});
  const request = async () => await (await fetch(upstream.url)).text();
  for (let burst = 0; burst < 2; burst++) {
    await Promise.all(Array.from({ length: COUNT }, request));
  }
  assertEquals(upstream.connections, COUNT);
});

/** Longer than an idle connection is kept. */
const SILENCE_MS = 60;
const IDLE_MS = 20;
const silence = () => new Promise((resolve) => setTimeout(resolve, SILENCE_MS));

test("createNodeFetch() waits for a silent server longer than for an idle connection", async () => {
  await using upstream = await startUpstream(async (_, outgoing) => {
    await silence();
    outgoing.write("One ");
    await silence();
    outgoing.end("two");
  });
  const response = await createNodeFetch({}, IDLE_MS)(upstream.url);
  assertEquals(await response.text(), "One two");
});

test("createNodeFetch() rejects with a TypeError and its cause if nobody listens", async () => {
  const url = `http://127.0.0.1:${await closedPort()}`;
  const error = await rejectionOf(TypeError, () => createNodeFetch({})(url));
  assertEquals((error.cause as { code?: string }).code, "ECONNREFUSED");
});

test("createNodeFetch() fails a body that is cut off", async () => {
  await using upstream = await startUpstream((_, outgoing) => {
    outgoing.writeHead(200, { "content-length": "10" });
    outgoing.write("Hello", () => outgoing.destroy());
  });
  const response = await createNodeFetch({})(upstream.url);
  await rejection(() => response.text());
});

test("createNodeFetch() rejects with the signal's reason before and while it waits", async () => {
  const received = deferred();
  const gone = deferred();
  await using upstream = await startUpstream((incoming) => {
    incoming.socket.once("close", () => gone.resolve());
    received.resolve();
  });
  const fetch = createNodeFetch({});
  const reason = new Error("enough");
  const aborted = AbortSignal.abort(reason);
  assertEquals(
    await rejection(() => fetch(upstream.url, { signal: aborted })),
    reason,
  );
  assertEquals(upstream.connections, 0);
  const controller = new AbortController();
  const { signal } = controller;
  const rejected = rejection(() => fetch(upstream.url, { signal }));
  await received.promise;
  controller.abort(reason);
  assertEquals(await rejected, reason);
  await gone.promise;
});

for (const how of ["aborted", "cancelled"]) {
  test(`createNodeFetch() closes the connection of a body that is ${how}`, async () => {
    const gone = deferred();
    await using upstream = await startUpstream((incoming, outgoing) => {
      incoming.socket.once("close", () => gone.resolve());
      outgoing.write("One ");
    });
    const controller = new AbortController();
    const { signal } = controller;
    const response = await createNodeFetch({})(upstream.url, { signal });
    if (how === "cancelled") {
      await response.body?.cancel();
    } else {
      controller.abort();
      await rejection(() => response.text());
    }
    await gone.promise;
  });
}

test("createNodeFetch() asks the proxy for the host, with its password, and reports that it refuses", async () => {
  const server = createServer();
  const asked: IncomingMessage[] = [];
  server.on("connect", (incoming, socket) => {
    asked.push(incoming);
    socket.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const HTTPS_PROXY = `http://user:p%40ss@127.0.0.1:${port}`;
  try {
    const error = await rejectionOf(
      TypeError,
      () => createNodeFetch({ HTTPS_PROXY })("https://api.example.com/a"),
    );
    const { message } = error.cause as Error;
    assertStringIncludes(message, "407");
    assertEquals(message.includes("p%40ss"), false);
    const [{ url, headers }] = asked;
    assertEquals(url, "api.example.com:443");
    const authorization = `Basic ${btoa("user:p@ss")}`;
    assertEquals(headers["proxy-authorization"], authorization);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
});

test("createNodeFetch() connects without the proxy to a host of NO_PROXY", async () => {
  const port = await closedPort();
  const HTTPS_PROXY = `http://proxy.invalid`;
  const fetch = createNodeFetch({ HTTPS_PROXY, NO_PROXY: "127.0.0.1" });
  const error = await rejectionOf(
    TypeError,
    () => fetch(`https://127.0.0.1:${port}`),
  );
  assertEquals((error.cause as { code?: string }).code, "ECONNREFUSED");
});
