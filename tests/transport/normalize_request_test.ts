import { assert, assertEquals } from "@std/assert";
import { test } from "node:test";
import {
  connectionOf,
  copyRequest,
  normalizeRequest,
} from "../../internal/outgoing_request.ts";
import { setUp } from "../helpers/scripted_copilot.ts";
import { deferred, rejectionOf, tokenResponse } from "../helpers/stubs.ts";

const TEXT = { "content-type": "text/plain" };

function text(body: unknown): Promise<string> {
  return new Response(body as BodyInit).text();
}

// URLs

const queries: [input: string, search: string][] = [
  ["https://a.com/path?", "?"],
  ["/path?", "?"],
  ["https://a.com/path?#fragment", "?"],
  ["https://a.com/path", ""],
  ["https://a.com/path#?", ""],
  ["https://a.com/path?a=1?", "?a=1?"],
];

for (const [input, search] of queries) {
  test(`normalizeRequest() keeps the query "${search}" of ${input}`, async () => {
    const request = await normalizeRequest(input, undefined);
    assertEquals([request.pathname, request.search], ["/path", search]);
  });
}

test("normalizeRequest() keeps the empty query of a Request", async () => {
  const { search } = await normalizeRequest(
    new Request("https://a.com/path?"),
    undefined,
  );
  assertEquals(search, "?");
});

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
  test(`createCopilotFetch() refuses the URL "${input}" before anything is sent`, async () => {
    const { copilot, exchanges, requests } = setUp();
    await rejectionOf(TypeError, () => copilot(input));
    assertEquals(exchanges.length + requests.length, 0);
  });
}

// init

test("normalizeRequest() copies every member of init, and does not change it", async () => {
  const headers = Object.freeze({ accept: "text/plain" });
  const init = Object.freeze({
    method: "POST",
    body: "{}",
    headers,
    redirect: "error",
    keepalive: true,
    dispatcher: "of undici",
    next: { revalidate: 60 },
  }) as RequestInit;
  const request = await normalizeRequest("/x", init);
  assertEquals({ ...request.init }, { ...init, headers: { ...headers } });
});

for (const init of [undefined, null]) {
  test(`normalizeRequest() takes ${init} in place of init`, async () => {
    const request = await normalizeRequest("/x", init as undefined);
    assertEquals(request.init, { redirect: "manual", headers: {} });
  });
}

for (const init of ["text", 7, true]) {
  test(`normalizeRequest() rejects ${JSON.stringify(init)} in place of init`, async () => {
    await rejectionOf(
      TypeError,
      () => normalizeRequest("/x", init as RequestInit),
    );
  });
}

test("normalizeRequest() reads the members of an init that is a function", async () => {
  const init = Object.assign(() => {}, { method: "PUT" });
  const request = await normalizeRequest("/x", init as RequestInit);
  assertEquals(request.init.method, "PUT");
});

/** Every member of an init that a runtime knows. */
const members = {
  method: "POST",
  body: "text",
  headers: { "x-a": "1" },
  mode: "cors",
  credentials: "omit",
  cache: "no-store",
  referrer: "about:client",
  referrerPolicy: "no-referrer",
  integrity: "sha256-a",
  keepalive: true,
  redirect: "manual",
  duplex: "half",
  dispatcher: "of undici",
  client: "of Deno",
  proxy: "of Bun",
  tls: "of Bun",
  agent: "of node-fetch",
  priority: "low",
} as unknown as RequestInit;

class InitWithGetters {
  get method() {
    return "POST";
  }
  get body() {
    return "text";
  }
}

test("normalizeRequest() reads the inherited members of an init", async () => {
  const request = await normalizeRequest("/x", Object.create(members));
  assertEquals(request.init, { ...members, headers: { "x-a": "1" } });
});

test("normalizeRequest() reads the getters of an init's class", async () => {
  const { init } = await normalizeRequest("/x", new InitWithGetters());
  assertEquals([init.method, init.body], ["POST", "text"]);
});

test("normalizeRequest() reads the hidden members of a plain init", async () => {
  const init = Object.defineProperty({}, "method", { get: () => "POST" });
  assertEquals((await normalizeRequest("/x", init)).init.method, "POST");
});

test("normalizeRequest() does not take an init with a url for a Request", async () => {
  const init = { url: "https://a.com", method: "POST", body: "{}" };
  const request = await normalizeRequest("/x", init);
  assertEquals(
    [request.pathname, request.init.method, request.init.body],
    ["/x", "POST", "{}"],
  );
});

test("createCopilotFetch() sends what init was when it was called", async () => {
  const gate = deferred();
  const { copilot, requests } = setUp({}, async () => {
    await gate.promise;
    return tokenResponse();
  });
  const init = { method: "POST", headers: { "x-a": "1" }, body: "one" };
  const call = copilot("/x", init);
  init.headers["x-a"] = "2";
  Object.assign(init, { method: "PUT", body: "two" });
  gate.resolve();
  await call;
  const [{ method, headers, body }] = requests;
  assertEquals([method, headers["x-a"], body], ["POST", "1", "one"]);
});

// Request

test("normalizeRequest() takes everything of a Request", async () => {
  const controller = new AbortController();
  const request = new Request("https://a.com/v1/messages?beta=true", {
    method: "PUT",
    headers: { "content-type": "application/json", "x-a": "1" },
    body: "{}",
    redirect: "error",
    signal: controller.signal,
  });
  const { pathname, search, init } = await normalizeRequest(request, undefined);
  assertEquals([pathname, search], ["/v1/messages", "?beta=true"]);
  assertEquals([init.method, init.redirect], ["PUT", "error"]);
  assertEquals(init.headers, {
    "content-type": "application/json",
    "x-a": "1",
  });
  assertEquals(await text(init.body), "{}");
  controller.abort();
  assertEquals(init.signal?.aborted, true);
});

test("normalizeRequest() takes no methods of a Request", async () => {
  const { init } = await normalizeRequest(
    new Request("https://a.com/x"),
    undefined,
  );
  const types = Object.values(init).map((member) => typeof member);
  assert(!types.includes("function"));
});

test("normalizeRequest() overrides a Request by init, as fetch does", async () => {
  const request = new Request("https://a.com/x", {
    method: "PUT",
    headers: { "x-a": "1" },
    body: "old",
  });
  const init = { method: "POST", headers: { "x-b": "2" }, body: "new" };
  const normalized = await normalizeRequest(request, init);
  const { method, headers, body } = normalized.init;
  assertEquals([method, headers, body], ["POST", { "x-b": "2" }, "new"]);
});

test("normalizeRequest() does not override a Request by undefined or a null body", async () => {
  const request = new Request("https://a.com/x", {
    method: "PUT",
    headers: { "x-a": "1" },
    body: "old",
  });
  const { init } = await normalizeRequest(request, {
    method: undefined,
    headers: undefined,
    body: null,
    signal: undefined,
  });
  assertEquals([init.method, init.headers["x-a"]], ["PUT", "1"]);
  assertEquals(await text(init.body), "old");
});

test("normalizeRequest() removes a Request's signal for signal: null", async () => {
  const request = new Request("https://a.com/x", {
    signal: AbortSignal.abort(),
  });
  const { init } = await normalizeRequest(request, { signal: null });
  assertEquals(init.signal, null);
});

test("normalizeRequest() takes a Request in place of init, as fetch does", async () => {
  const request = new Request("https://a.com/x", {
    method: "POST",
    headers: { ...TEXT, "x-a": "1" },
    body: "text",
  });
  const { pathname, init } = await normalizeRequest(
    "/y",
    request as unknown as RequestInit,
  );
  assertEquals([pathname, init.method], ["/y", "POST"]);
  assertEquals(init.headers["x-a"], "1");
  assertEquals(await text(init.body), "text");
});

test("normalizeRequest() takes the body of a Request whose init is a Request without one", async () => {
  const input = new Request("https://a.com/x", {
    method: "POST",
    body: "text",
  });
  const init = new Request("https://a.com/y", { method: "PUT" });
  const normalized = await normalizeRequest(
    input,
    init as unknown as RequestInit,
  );
  assertEquals(normalized.pathname, "/x");
  assertEquals(normalized.init.method, "PUT");
  assertEquals(await text(normalized.init.body), "text");
});

for (const type of ["application/json", "application/octet-stream"]) {
  test(`createCopilotFetch() refuses a used Request of ${type} before anything is sent`, async () => {
    const { copilot, exchanges, requests } = setUp();
    const request = new Request("https://a.com/x", {
      method: "POST",
      headers: { "content-type": type },
      body: "{}",
    });
    await request.text();
    await rejectionOf(TypeError, () => copilot(request));
    assertEquals(exchanges.length + requests.length, 0);
  });
}

test("normalizeRequest() gives a Request without a body none", async () => {
  for (const method of ["GET", "HEAD", "POST", "DELETE"]) {
    for (const type of ["application/json", "text/html"]) {
      const headers = { "content-type": type };
      const request = new Request("https://a.com/x", { method, headers });
      const { init } = await normalizeRequest(request, undefined);
      assert(!init.body);
    }
  }
});

// Bodies

const readTypes: [type: string, isRead: boolean][] = [
  ["application/json", true],
  ["Application/JSON; charset=utf-8", true],
  ["application/vnd.github+json", true],
  ["text/plain;charset=UTF-8", true],
  ["application/x-ndjson", false],
  ["text/csv", false],
  ["application/octet-stream", false],
  ["multipart/mixed; of=text/plain", false],
];

for (const [type, isRead] of readTypes) {
  test(`normalizeRequest() ${isRead ? "reads" : "does not read"} a Request of ${type}`, async () => {
    const request = new Request("https://a.com/x", {
      method: "POST",
      headers: { "content-type": type },
      body: new Blob(["{}"]),
    });
    const { isReplayable, init } = await normalizeRequest(request, undefined);
    assertEquals(init.body instanceof ReadableStream, !isRead);
    assertEquals([isReplayable, request.bodyUsed], [isRead, isRead]);
    assertEquals(await text(init.body), "{}");
  });
}

test("normalizeRequest() does not read a Request without a type", async () => {
  const body = new Blob(["{}"]);
  const request = new Request("https://a.com/x", { method: "POST", body });
  await normalizeRequest(request, undefined);
  assertEquals(request.bodyUsed, false);
});

test("createCopilotFetch() sends a stream unread and unlocked", async () => {
  const { copilot, requests } = setUp();
  let pulled = 0;
  const body = new ReadableStream({
    pull: () => {
      pulled++;
    },
  }, { highWaterMark: 0 });
  await copilot("/x", { method: "POST", body, duplex: "half" } as RequestInit);
  assertEquals([requests[0].body, body.locked, pulled], [body, false, 0]);
  assertEquals((requests[0].init as { duplex?: string }).duplex, "half");
});

async function* chunks() {
  yield new Uint8Array([1]);
}

const bodies: [what: string, body: unknown, isReplayable: boolean][] = [
  ["no body", undefined, true],
  ["null", null, true],
  ["a text", "text", true],
  ["bytes", new Uint8Array([1]), true],
  ["a Blob", new Blob(["text"]), true],
  ["a form", new URLSearchParams(), true],
  ["FormData", new FormData(), true],
  ["a stream", new ReadableStream(), false],
  ["an async iterable", chunks(), false],
];

for (const [what, body, isReplayable] of bodies) {
  test(`normalizeRequest() treats ${what} as ${isReplayable ? "" : "not "}replayable`, async () => {
    const init = { method: "POST", body } as RequestInit;
    const request = await normalizeRequest("/x", init);
    assertEquals(request.isReplayable, isReplayable);
    // Node would otherwise keep a copy of a stream for a redirect.
    assertEquals(request.init.redirect, isReplayable ? "manual" : "error");
  });
}

test('normalizeRequest() asks for no redirect: "error" where Request does not support it', async () => {
  const original = globalThis.Request;
  try {
    globalThis.Request = class {
      constructor() {
        throw new TypeError("Invalid redirect value");
      }
    } as never;
    const body = new ReadableStream();
    const { init } = await normalizeRequest("/x", { method: "POST", body });
    assertEquals(init.redirect, "manual");
  } finally {
    globalThis.Request = original;
  }
});

// Copies

test("copyRequest() copies init and the headers, and keeps the rest", async () => {
  const request = await normalizeRequest("/x?", {
    method: "POST",
    headers: { "x-a": "1" },
    body: "text",
  });
  const copy = copyRequest(request);
  assertEquals(copy, request);
  copy.init.headers["x-a"] = "2";
  copy.init.method = "PUT";
  assertEquals([request.init.headers["x-a"], request.init.method], [
    "1",
    "POST",
  ]);
});

test("connectionOf() copies the members that choose the connection", () => {
  const { dispatcher, client, proxy, tls, agent } = members as Record<
    string,
    unknown
  >;
  const connection = { dispatcher, client, proxy, tls, agent };
  assertEquals(connectionOf(members), connection as RequestInit);
  assertEquals(connectionOf({ method: "POST" }), {});
});
