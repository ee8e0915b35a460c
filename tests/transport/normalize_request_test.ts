import { assertEquals, assertMatch } from "@std/assert";
import { test } from "node:test";
import {
  connectionOf,
  copyRequest,
  normalizeRequest,
} from "../../internal/outgoing_request.ts";
import { setUp } from "../helpers/scripted_copilot.ts";
import { deferred, rejectionOf, tokenResponse } from "../helpers/stubs.ts";

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

for (const scheme of ["data", "blob", "file", "ftp", "shttps"]) {
  test(`normalizeRequest() names the scheme ${scheme} that it refuses`, async () => {
    const { message } = await rejectionOf(
      TypeError,
      () => normalizeRequest(`${scheme}://a.com/secret`, undefined),
    );
    assertMatch(message, new RegExp(`http.* ${scheme}:$`));
  });
}

test("normalizeRequest() takes nothing but the address of a URL object", async () => {
  const url = Object.assign(new URL("https://a.com/x"), { method: "POST" });
  const { init } = await normalizeRequest(url, undefined);
  assertEquals(init.method, undefined);
});

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

for (const init of ["text", 7, true]) {
  test(`normalizeRequest() rejects ${JSON.stringify(init)} in place of init`, async () => {
    await rejectionOf(
      TypeError,
      () => normalizeRequest("/x", init as unknown as RequestInit),
    );
  });
}
