import { assert, assertEquals, assertMatch } from "@std/assert";
import { test } from "node:test";
import { createCopilotFetch, TokenCache } from "../../mod.ts";
import {
  apart,
  countedTokens,
  deferred,
  rejection,
  rejectionOf,
  stubFetch,
  tokenResponse,
} from "../helpers/stubs.ts";
import { HOST, setUp } from "../helpers/scripted_copilot.ts";

// ── where a request goes ──────────────────────────────────────────────────

const targets: [what: string, input: string | URL, url: string][] = [
  ["a path alone", "/models", `${HOST}/models`],
  ["a path and a query", "/models?a=b%20c", `${HOST}/models?a=b%20c`],
  [
    "a path with a URL in it",
    "/x?u=https://a.com",
    `${HOST}/x?u=https://a.com`,
  ],
  ["a URL in capitals", "HTTPS://A.COM/x", `${HOST}/x`],
  ["a URL", "https://api.openai.com/v1/x", `${HOST}/v1/x`],
  ["a URL object", new URL("https://a.com/v1/x?y"), `${HOST}/v1/x?y`],
  ["http", "http://localhost:8080/x", `${HOST}/x`],
  ["user information", "https://u:p@a.com/x", `${HOST}/x`],
  ["a fragment", "https://a.com/x#y", `${HOST}/x`],
  [
    "a path that looks like a host",
    "https://a.com//evil.com/x",
    `${HOST}//evil.com/x`,
  ],
  ["a path alone that is a host", "//evil.com/x", `${HOST}//evil.com/x`],
  ["a backslash", "/\\evil.com/x", `${HOST}//evil.com/x`],
  ["a path with a user", "https://a.com/@evil.com", `${HOST}/@evil.com`],
];

for (const [what, input, url] of targets) {
  test(`A request goes to the seat's host, given ${what}`, async () => {
    const { copilot, requests } = setUp();
    await copilot(input);
    assertEquals(requests[0].url, url);
  });
}

for (
  const input of [
    "data:text/plain,.evil.com",
    "blob:https://a.com/x",
    "file:///etc/passwd",
    "ftp://a.com/x",
    "shttps://a.com/x",
    "https://",
    "models",
    "",
  ]
) {
  test(`A request to ${input} is refused before anything is sent`, async () => {
    const { copilot, exchanges, requests } = setUp();
    const { message } = await rejectionOf(TypeError, () => copilot(input));
    if (/\w+:\w*./.test(input) && input !== "https://") {
      assertMatch(message, /^Not an http\(s\) URL: \w/);
    }
    assertEquals(exchanges.length + requests.length, 0);
  });
}

// ── what is sent ──────────────────────────────────────────────────────────

test("Keys of other providers are removed", async () => {
  const { copilot, requests } = setUp({ headers: { "api-key": "2" } });
  await copilot("/models", {
    headers: { "X-Api-Key": "sk-1", "api-key": "2", "x-other": "3" },
  });
  const { headers } = requests[0];
  assertEquals(headers["x-api-key"], undefined);
  assertEquals(headers["api-key"], undefined);
  assertEquals(headers["x-other"], "3");
});

test("A Host header of the caller's is not the seat's", async () => {
  const { copilot, requests } = setUp();
  await copilot("/models", { headers: { host: "localhost:4141" } });
  assertEquals(requests[0].headers.host, undefined);
});

test("An init that happens to have a URL is no Request", async () => {
  const { copilot, requests } = setUp();
  const init = {
    url: "https://a.com",
    method: "POST",
    body: "{}",
    headers: { "content-type": "application/json" },
  };
  await copilot("/x", init);
  assertEquals([requests[0].method, requests[0].body], ["POST", "{}"]);
});

test("The headers option is laid over both kinds of request", async () => {
  const { copilot, exchanges, requests } = setUp({
    headers: new Headers({
      "Editor-Version": "vim/9",
      "Openai-Intent": "other",
      "Authorization": "Bearer other",
    }),
  });
  await copilot("/models", { headers: { "editor-version": "emacs/30" } });
  for (const { headers } of [...exchanges, ...requests]) {
    assertEquals(headers["editor-version"], "vim/9");
    assertEquals(headers["openai-intent"], "other");
    assert(headers.authorization !== "Bearer other");
  }
});

test("Everything else in init stays, and init is not changed", async () => {
  const { copilot, requests } = setUp();
  const headers = { accept: "text/plain" };
  const init = Object.freeze({
    method: "POST",
    body: "{}",
    headers: Object.freeze(headers),
    redirect: "error",
    keepalive: true,
    dispatcher: "undici's",
    client: "Deno's",
    proxy: "Bun's",
  }) as RequestInit;
  await copilot("/x", init);
  assertEquals({ ...requests[0].init, headers }, { ...init, headers });
  assertEquals(requests[0].headers.accept, "text/plain");
});

for (
  const [what, headers] of Object.entries({
    "a Headers": new Headers({ "x-a": "1" }),
    "a list": [["x-a", "1"]],
    "an object": { "X-A": "1" },
  }) as [string, HeadersInit][]
) {
  test(`Headers may be ${what}`, async () => {
    const { copilot, requests } = setUp();
    await copilot("/x", { headers });
    assertEquals(requests[0].headers["x-a"], "1");
    assertEquals(new Headers(headers).get("authorization"), null);
  });
}

test("A Request is sent on with all that it has", async () => {
  const { copilot, requests } = setUp();
  const controller = new AbortController();
  const request = new Request("https://a.com/v1/messages?beta=true", {
    method: "PUT",
    headers: { "content-type": "application/json", "x-a": "1" },
    body: '{"messages":[{"role":"user"}]}',
    redirect: "error",
    signal: controller.signal,
  });
  await copilot(request);
  const [{ url, method, headers, body, init, signal }] = requests;
  assertEquals(url, `${HOST}/v1/messages?beta=true`);
  assertEquals(method, "PUT");
  assertEquals(headers["x-a"], "1");
  assertEquals(headers["x-initiator"], "user");
  assertEquals(
    new TextDecoder().decode(body as ArrayBuffer),
    '{"messages":[{"role":"user"}]}',
  );
  assertEquals(init.redirect, "error");
  assertEquals(signal?.aborted, false);
  controller.abort();
  assertEquals(signal?.aborted, true);
});

test("init goes before a Request, as in fetch", async () => {
  const { copilot, requests } = setUp();
  const request = new Request("https://a.com/x", {
    method: "PUT",
    headers: { "x-a": "1" },
    body: "old",
  });
  await copilot(request, {
    method: "POST",
    headers: { "x-b": "2" },
    body: "new",
  });
  const [{ method, headers, body }] = requests;
  assertEquals([method, headers["x-a"], headers["x-b"]], [
    "POST",
    undefined,
    "2",
  ]);
  assertEquals(body, "new");
});

test("Members of init that are undefined leave a Request's", async () => {
  const { copilot, requests } = setUp();
  const request = new Request("https://a.com/x", {
    method: "PUT",
    headers: { "x-a": "1" },
    body: "old",
  });
  await copilot(request, {
    method: undefined,
    headers: undefined,
    body: null,
    signal: undefined,
  });
  const [{ method, headers, body }] = requests;
  assertEquals([method, headers["x-a"]], ["PUT", "1"]);
  assertEquals(await new Response(body).text(), "old");
});

test("signal: null takes a Request's signal away", async () => {
  const { copilot, requests } = setUp();
  const request = new Request("https://a.com/x", {
    signal: AbortSignal.abort(),
  });
  await copilot(request, { signal: null });
  assertEquals(requests.length, 1);
});

test("A Request may stand in the place of init, as in fetch", async () => {
  const { copilot, requests } = setUp();
  const request = new Request("https://a.com/x", {
    method: "POST",
    headers: { "x-a": "1" },
    body: "text",
  });
  await copilot("/y", request as unknown as RequestInit);
  const [{ url, method, headers, body }] = requests;
  assertEquals([url, method, headers["x-a"]], [`${HOST}/y`, "POST", "1"]);
  assertEquals(await new Response(body).text(), "text");
});

test("A Request that was read before is refused as by fetch", async () => {
  const { copilot, exchanges } = setUp();
  const request = new Request("https://a.com/x", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "{}",
  });
  await request.text();
  await rejectionOf(TypeError, () => copilot(request));
  assertEquals(exchanges.length, 0);
});

test("A stream passes untouched and unread", async () => {
  const { copilot, requests } = setUp();
  let pulled = 0;
  const body = new ReadableStream({
    pull: () => {
      pulled++;
    },
  }, { highWaterMark: 0 });
  await copilot("/x", { method: "POST", body, duplex: "half" } as RequestInit);
  assertEquals(requests[0].body, body);
  assertEquals(body.locked, false);
  assertEquals(pulled, 0);
  assertEquals((requests[0].init as { duplex?: string }).duplex, "half");
});

test("A stream's redirect is an error, so that nobody keeps a copy", async () => {
  const { copilot, requests } = setUp();
  const body = new ReadableStream();
  await copilot("/x", { method: "POST", body, duplex: "half" } as RequestInit);
  assertEquals(requests[0].init.redirect, "error");
});

test("A Request's stream that is not JSON passes unread", async () => {
  const { copilot, requests } = setUp();
  const request = new Request("https://a.com/x", {
    method: "POST",
    body: new Blob(["{}"], { type: "application/octet-stream" }),
  });
  await copilot(request);
  assert(requests[0].body instanceof ReadableStream);
});

test("The response is handed on as it is", async () => {
  const response = new Response("text", { status: 418 });
  const { copilot } = setUp({}, undefined, () => response);
  assertEquals(await copilot("/x"), response);
});

test("A redirect is handed on, and never followed", async () => {
  const { copilot, requests } = setUp();
  await copilot("/x");
  await copilot("/x", { redirect: "follow" });
  await copilot(new Request("https://a.com/x"));
  await copilot("/x", { redirect: "manual" });
  assertEquals(
    requests.map(({ init }) => init.redirect),
    Array(4).fill("manual"),
  );
});

test("What fetch throws is handed on as it is", async () => {
  const reason = new TypeError("network");
  const { copilot } = setUp({}, undefined, () => Promise.reject(reason));
  assertEquals(await rejection(() => copilot("/x")), reason);
});

test("globalThis.fetch is looked up at each call", async () => {
  const real = globalThis.fetch;
  const copilot = createCopilotFetch("ghu_a", apart({}));
  const { fetch, exchanges, requests } = stubFetch();
  try {
    globalThis.fetch = fetch as typeof globalThis.fetch;
    await copilot("/x");
  } finally {
    globalThis.fetch = real;
  }
  assertEquals([exchanges.length, requests.length], [1, 1]);
});

test("What init was at the call is what is sent", async () => {
  const gate = deferred();
  const { copilot, requests } = setUp({}, async () => {
    await gate.promise;
    return tokenResponse();
  });
  const init: RequestInit = {
    method: "POST",
    headers: { "x-a": "1" },
    body: "one",
  };
  const call = copilot("/x", init);
  Object.assign(init, { method: "PUT", headers: { "x-a": "2" }, body: "two" });
  gate.resolve();
  await call;
  const [{ method, headers, body }] = requests;
  assertEquals([method, headers["x-a"], body], ["POST", "1", "one"]);
});

test("Headers that can be read once are sent twice behind a 401", async () => {
  let count = 0;
  const { copilot, requests } = setUp(
    {},
    countedTokens(),
    () => new Response("", { status: count++ ? 200 : 401 }),
  );
  const headers = new Map([["x-a", "1"]]).entries() as never;
  await copilot("/x", { headers });
  assertEquals(requests.map(({ headers }) => headers["x-a"]), ["1", "1"]);
});

test("A request is repeated once, whatever a cache says", async () => {
  class Obliging extends TokenCache {
    override invalidate() {
      return true;
    }
  }
  const { copilot, requests } = setUp(
    { cache: new Obliging() },
    countedTokens(),
    () => new Response("", { status: 401 }),
  );
  assertEquals((await copilot("/x")).status, 401);
  assertEquals(requests.length, 2);
});

test("A header that cannot be sent costs no exchange", async () => {
  const { copilot, exchanges } = setUp();
  await rejectionOf(TypeError, () => copilot("/x", { headers: { "a b": "" } }));
  assertEquals(exchanges.length, 0);
});

test("A Request without a body gets none", async () => {
  const { copilot, requests } = setUp();
  for (const method of ["GET", "HEAD", "POST", "DELETE"]) {
    for (const type of ["application/json", "text/plain"]) {
      const headers = { "content-type": type };
      await copilot(new Request("https://a.com/x", { method, headers }));
    }
  }
  for (const { init } of requests) assert(!init.body);
  assertEquals(requests.length, 8);
});

test("Of a Request, fetch gets what an init can have", async () => {
  const { copilot, requests } = setUp();
  await copilot(new Request("https://a.com/x"));
  const members = Object.values(requests[0].init);
  assert(members.every((member) => typeof member !== "function"));
});

test("A type that has text/plain in the middle is not read", async () => {
  const { copilot, requests } = setUp();
  await copilot(
    new Request("https://a.com/x", {
      method: "POST",
      headers: { "content-type": "multipart/mixed; of=text/plain" },
      body: "{}",
    }),
  );
  assert(requests[0].body instanceof ReadableStream);
});
