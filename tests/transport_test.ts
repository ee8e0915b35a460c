import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { test } from "node:test";
import { inspect } from "node:util";
import {
  type CopilotFetchOptions,
  createCopilotClient,
  createCopilotFetch,
  TokenCache,
} from "../mod.ts";
import {
  apart,
  countedTokens,
  deferred,
  MINUTE,
  rejection,
  rejectionOf,
  SECOND,
  settle,
  stubClock,
  stubFetch,
  tokenError,
  tokenResponse,
  tokenText,
} from "./stubs.ts";

const HOST = "https://api.individual.githubcopilot.com";

/** A Copilot `fetch` over stubs, and what they saw. */
function setUp(
  options: CopilotFetchOptions = {},
  ...answers: Parameters<typeof stubFetch>
) {
  const stub = stubFetch(...answers);
  const copilot = createCopilotFetch(
    "ghu_a",
    apart({ fetch: stub.fetch, ...options }),
  );
  return { copilot, ...stub };
}

// ── where a request goes ──────────────────────────────────────────────────

const targets: [what: string, input: string | URL, url: string][] = [
  ["a path alone", "/models", `${HOST}/models`],
  ["a path and a query", "/models?a=b%20c", `${HOST}/models?a=b%20c`],
  ["a path without a slash", "models", `${HOST}/models`],
  ["nothing", "", `${HOST}/`],
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
  ["a path alone that is a host", "//evil.com/x", `${HOST}/x`],
  ["a backslash", "/\\evil.com/x", `${HOST}/x`],
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
    "https://",
  ]
) {
  test(`A request to ${input} is refused before anything is sent`, async () => {
    const { copilot, exchanges, requests } = setUp();
    await rejectionOf(TypeError, () => copilot(input));
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

// ── the credential ────────────────────────────────────────────────────────

test("A credential that is a function is asked at each call", async () => {
  const { fetch, exchanges } = stubFetch();
  const credentials = ["ghu_a", "ghu_b", "ghu_b"];
  const copilot = createCopilotFetch(
    () => Promise.resolve(credentials.shift() ?? ""),
    apart({ fetch }),
  );
  for (let call = 0; call < 3; call++) await copilot("/x");
  assertEquals(exchanges.map(({ headers }) => headers.authorization), [
    "Bearer ghu_a",
    "Bearer ghu_b",
  ]);
});

test("What a credential function throws is handed on", async () => {
  const reason = new Error("The keychain is locked");
  const { fetch } = stubFetch();
  for (
    const pat of [
      () => Promise.reject(reason),
      () => {
        throw reason;
      },
    ]
  ) {
    const copilot = createCopilotFetch(pat, apart({ fetch }));
    assertEquals(await rejection(() => copilot("/x")), reason);
  }
});

test("A signal ends the wait for a credential", async () => {
  const { fetch } = stubFetch();
  const copilot = createCopilotFetch(() => new Promise(() => {}), { fetch });
  const controller = new AbortController();
  const call = rejection(() => copilot("/x", { signal: controller.signal }));
  controller.abort("enough");
  assertEquals(await call, "enough");
});

test("The credential goes to GitHub alone", async () => {
  const { copilot, requests } = setUp();
  await copilot("/x", { method: "POST", body: "{}" });
  assert(!JSON.stringify(requests).includes("ghu_a"));
});

// ── options ───────────────────────────────────────────────────────────────

for (
  const options of [
    { domain: "acme.ghe.com/x" },
    { exchangeTimeout: 0 },
    { auth: "both" },
    { initiator: "robot" },
    { exchangeErrors: "log" },
  ] as CopilotFetchOptions[]
) {
  const [name, value] = Object.entries(options)[0];
  test(`The option ${name}: ${JSON.stringify(value)} is refused`, () => {
    for (const create of [createCopilotFetch, createCopilotClient]) {
      try {
        create("ghu_a", options);
      } catch (error) {
        assert(error instanceof TypeError);
        assertStringIncludes((error as Error).message, name);
        assertStringIncludes((error as Error).message, String(value));
        continue;
      }
      throw new Error("It was taken");
    }
  });
}

test("Options that are undefined are as if left out", async () => {
  const { copilot, requests } = setUp({
    domain: undefined,
    headers: undefined,
    initiator: undefined,
    auth: undefined,
    exchangeTimeout: undefined,
    exchangeErrors: undefined,
  });
  await copilot("/x");
  assertEquals(requests.length, 1);
});

test("All clients share one cache unless they are given one", async () => {
  const { fetch, exchanges } = stubFetch();
  const credential = "ghu_of_this_test_alone";
  await createCopilotFetch(credential, { fetch })("/x");
  await createCopilotClient(credential, { fetch }).fetch("/x");
  assertEquals(exchanges.length, 1);
  await createCopilotFetch(credential, apart({ fetch }))("/x");
  assertEquals(exchanges.length, 2);
});

// ── a 401 from Copilot ────────────────────────────────────────────────────

const unauthorized = () =>
  new Response("unauthorized: token expired", { status: 401 });

/** Copilot, that likes only the tokens from a number on. */
function fromToken(first: number) {
  return ({ headers }: { headers: Record<string, string> }) =>
    Number(/tid=(\d+)/.exec(headers.authorization)?.[1]) < first
      ? unauthorized()
      : new Response("fine");
}

const repeatable: Record<string, () => BodyInit | undefined> = {
  "no body": () => undefined,
  "a text": () => "text",
  "bytes": () => new Uint8Array([1, 2]),
  "a blob": () => new Blob(["blob"]),
  "a form": () => new URLSearchParams("a=b"),
  "form data": () => new FormData(),
};

for (const [what, make] of Object.entries(repeatable)) {
  test(`A 401 is met with a new token and one repetition, with ${what}`, async () => {
    const { copilot, exchanges, requests } = setUp(
      {},
      countedTokens(),
      fromToken(2),
    );
    const body = make();
    const response = await copilot("/x", { method: "POST", body });
    assertEquals(await response.text(), "fine");
    assertEquals(exchanges.length, 2);
    assertEquals(requests.map((request) => request.body), [body, body]);
    assertEquals(requests.map(({ headers }) => headers.authorization), [
      `Bearer ${tokenText(1)}`,
      `Bearer ${tokenText(2)}`,
    ]);
  });
}

test("The repetition has headers of its own", async () => {
  const { copilot, requests } = setUp({}, countedTokens(), fromToken(2));
  await copilot("/x");
  const [first, second] = requests.map(({ init }) => new Headers(init.headers));
  assertEquals(first.get("authorization"), `Bearer ${tokenText(1)}`);
  assertEquals(second.get("authorization"), `Bearer ${tokenText(2)}`);
});

test("A 401 is met though another call has dropped the token before", async () => {
  const late = deferred<Response>();
  let count = 0;
  const { copilot, exchanges } = setUp(
    {},
    countedTokens(),
    (call) => count++ ? fromToken(2)(call) : late.promise,
  );
  const slow = copilot("/x");
  await settle();
  const body = new ReadableStream();
  assertEquals((await copilot("/x", { method: "POST", body })).status, 401);
  late.resolve(unauthorized());
  assertEquals((await slow).status, 200);
  assertEquals(exchanges.length, 2);
});

test("The repetition goes to the new token's host", async () => {
  let count = 0;
  const { copilot, requests } = setUp(
    {},
    () =>
      tokenResponse({
        token: tokenText(++count, count === 1 ? "individual" : "business"),
      }),
    fromToken(2),
  );
  await copilot("/x");
  assertEquals(
    requests[1].url,
    "https://api.business.githubcopilot.com/x",
  );
});

test("A JSON Request is repeated from what was read of it", async () => {
  const { copilot, requests } = setUp({}, countedTokens(), fromToken(2));
  const request = new Request("https://a.com/x", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '{"a":1}',
  });
  assertEquals((await copilot(request)).status, 200);
  for (const { body } of requests) {
    assertEquals(await new Response(body).text(), '{"a":1}');
  }
});

test("A stream is not sent twice; the next call has a new token", async () => {
  const { copilot, exchanges, requests } = setUp(
    {},
    countedTokens(),
    fromToken(2),
  );
  const body = () => new ReadableStream();
  assertEquals(
    (await copilot("/x", { method: "POST", body: body() })).status,
    401,
  );
  assertEquals([exchanges.length, requests.length], [1, 1]);
  assertEquals(
    (await copilot("/x", { method: "POST", body: body() })).status,
    200,
  );
  assertEquals([exchanges.length, requests.length], [2, 2]);
});

test("An iterable body is not sent twice either", async () => {
  const { copilot, requests } = setUp({}, countedTokens(), fromToken(2));
  async function* body() {
    yield new Uint8Array([1]);
  }
  const init = { method: "POST", body: body() } as unknown as RequestInit;
  assertEquals((await copilot("/x", init)).status, 401);
  assertEquals(requests.length, 1);
});

test("The body of a 401 that is not handed on is let go", async () => {
  const cancelled = deferred<unknown>();
  const body = () =>
    new ReadableStream({ cancel: (reason) => cancelled.resolve(reason) });
  let count = 0;
  const { copilot } = setUp(
    {},
    countedTokens(),
    () =>
      count++ ? new Response("fine") : new Response(body(), { status: 401 }),
  );
  await copilot("/x");
  await cancelled.promise;
});

test("A 401 without a body is met as well", async () => {
  let count = 0;
  const { copilot } = setUp(
    {},
    countedTokens(),
    () => new Response(null, { status: count++ ? 204 : 401 }),
  );
  assertEquals((await copilot("/x")).status, 204);
});

test("Fifty 401s at once make one exchange, and all succeed", async () => {
  const { copilot, exchanges, requests } = setUp(
    {},
    countedTokens(),
    fromToken(2),
  );
  const responses = await Promise.all(
    Array.from({ length: 50 }, () => copilot("/x")),
  );
  assertEquals(responses.map(({ status }) => status), Array(50).fill(200));
  assertEquals([exchanges.length, requests.length], [2, 100]);
});

test("A late 401 of an old token leaves the new one", async () => {
  const late = deferred<Response>();
  let first = true;
  const { copilot, exchanges } = setUp({}, countedTokens(), (call) => {
    if (!first) return fromToken(2)(call);
    first = false;
    return late.promise;
  });
  const slow = copilot("/x");
  const quick = await copilot("/x");
  assertEquals([quick.status, exchanges.length], [200, 2]);
  late.resolve(unauthorized());
  assertEquals([(await slow).status, exchanges.length], [200, 2]);
});

test("A 401 that stays is handed on, with two exchanges a minute at most", async () => {
  using clock = stubClock();
  const { copilot, exchanges, requests } = setUp(
    {},
    countedTokens(),
    unauthorized,
  );
  assertEquals((await copilot("/x")).status, 401);
  assertEquals([exchanges.length, requests.length], [2, 2]);
  for (let second = 1; second < 60; second++) {
    clock.advance(SECOND);
    assertEquals((await copilot("/x")).status, 401);
  }
  assertEquals([exchanges.length, requests.length], [2, 61]);
  clock.advance(SECOND);
  assertEquals((await copilot("/x")).status, 401);
  assertEquals([exchanges.length, requests.length], [3, 63]);
});

test("A clock that is set back does not forbid a forced exchange", async () => {
  using clock = stubClock();
  const { copilot, exchanges } = setUp({}, countedTokens(), unauthorized);
  await copilot("/x");
  clock.advance(-60 * MINUTE);
  await copilot("/x");
  assertEquals(exchanges.length, 4); // the set clock has one of its own
});

test("A forced exchange that fails is the answer", async () => {
  let count = 0;
  const { copilot } = setUp(
    {},
    () => count++ ? new Response("down", { status: 503 }) : tokenResponse(),
    unauthorized,
  );
  const { code } = await tokenError(() => copilot("/x"));
  assertEquals(code, "unavailable");
});

test("While GitHub asks to be left alone, a 401 is handed on", async () => {
  using clock = stubClock();
  let count = 0;
  let revoked = false;
  const { copilot, exchanges } = setUp(
    {},
    () =>
      count++
        ? new Response("", { status: 429, headers: { "retry-after": "600" } })
        : tokenResponse({ refresh_in: 1500 }),
    () => revoked ? unauthorized() : new Response("fine"),
  );
  await copilot("/x");
  clock.advance(26 * MINUTE);
  assertEquals((await copilot("/x")).status, 200);
  revoked = true;
  assertEquals((await copilot("/x")).status, 401);
  assertEquals(exchanges.length, 2);
});

test("A 401 of GitHub's is no 401 of Copilot's", async () => {
  const { copilot, exchanges } = setUp(
    {},
    () => new Response("", { status: 401 }),
  );
  const { code } = await tokenError(() => copilot("/x"));
  assertEquals([code, exchanges.length], ["bad_credentials", 1]);
});

// ── aborts ────────────────────────────────────────────────────────────────

test("A signal that is aborted already sends nothing", async () => {
  const { copilot, exchanges, requests } = setUp();
  const signal = AbortSignal.abort("enough");
  assertEquals(await rejection(() => copilot("/x", { signal })), "enough");
  const request = new Request("https://a.com/x", { signal });
  await rejection(() => copilot(request));
  assertEquals(exchanges.length + requests.length, 0);
});

test("A signal that aborts during the exchange sends no request", async () => {
  const begun = deferred();
  const { copilot, requests } = setUp({}, () => {
    begun.resolve();
    return new Promise(() => {});
  });
  const controller = new AbortController();
  const call = rejection(() => copilot("/x", { signal: controller.signal }));
  await begun.promise;
  controller.abort("enough");
  assertEquals(await call, "enough");
  assertEquals(requests.length, 0);
});

test("The signal is handed on to fetch", async () => {
  const { copilot, requests } = setUp();
  const { signal } = new AbortController();
  await copilot("/x", { signal });
  assertEquals(requests[0].signal, signal);
});

// ── how errors reach the caller ───────────────────────────────────────────

test("A refused exchange rejects by default", async () => {
  const { copilot } = setUp({}, () => new Response("no", { status: 403 }));
  assertEquals((await tokenError(() => copilot("/x"))).code, "no_access");
});

const told: [answer: () => Response | Promise<Response>, status: number][] = [
  [() => new Response("no", { status: 401 }), 401],
  [() => new Response("no", { status: 403 }), 403],
  [() => new Response("no", { status: 404 }), 404],
  [() => new Response("no", { status: 503 }), 503],
  [() => new Response("<html>"), 502],
  [() => new Response("", { status: 302 }), 502],
  [
    () => ({ status: 999, headers: new Headers(), text: () => "" }) as never,
    599,
  ],
];

for (const [answer, status] of told) {
  test(`exchangeErrors: "response" makes a ${status} of ${answer}`, async () => {
    const { copilot, requests } = setUp({ exchangeErrors: "response" }, answer);
    const response = await copilot("/x");
    assertEquals(response.status, status);
    assertEquals(response.headers.get("content-type"), "application/json");
    assertEquals(response.headers.get("retry-after"), null);
    const { error } = await response.json();
    assertEquals(Object.keys(error), ["message", "type", "code"]);
    assertEquals(error.type, "copilot_token_error");
    assert(error.message.startsWith("copilot token"));
    assertEquals(requests.length, 0);
  });
}

test("A rate limit as a response says how long to wait", async () => {
  const { copilot } = setUp(
    { exchangeErrors: "response" },
    () => new Response("", { status: 429, headers: { "retry-after": "7" } }),
  );
  const response = await copilot("/x");
  assertEquals(response.status, 429);
  assertEquals(response.headers.get("retry-after"), "7");
  assertEquals((await response.json()).error.code, "rate_limited");
});

test("A credential that cannot be sent is a 401 as a response", async () => {
  const { fetch } = stubFetch();
  const response = await createCopilotClient("", { fetch }).fetch("/x");
  assertEquals(response.status, 401);
  const { error } = await response.json();
  assertStringIncludes(error.message, "COPILOT_GITHUB_TOKEN");
});

test("Failures of the network reject even as responses", async () => {
  const { copilot } = setUp(
    { exchangeErrors: "response", exchangeTimeout: 5 },
    () => Promise.reject(new TypeError("network")),
  );
  assertEquals((await tokenError(() => copilot("/x"))).code, "network");
  const { copilot: slow } = setUp(
    { exchangeErrors: "response", exchangeTimeout: 5 },
    () => new Promise(() => {}),
  );
  assertEquals((await tokenError(() => slow("/x"))).code, "timeout");
});

// ── the client ────────────────────────────────────────────────────────────

test("createCopilotClient() gives what SDKs take, and no credential", () => {
  const client = createCopilotClient("ghu_secret");
  assertEquals(Object.keys(client), ["name", "apiKey", "baseURL", "fetch"]);
  assertEquals(client.name, "github-copilot");
  assertEquals(client.baseURL, HOST);
  assert(client.apiKey.length > 0);
  const shown = inspect(client, { depth: 9, showHidden: true }) +
    JSON.stringify(client);
  assert(!shown.includes("ghu_secret"), shown);
});

test("createCopilotClient() makes responses of refused exchanges", async () => {
  const { fetch } = stubFetch(() => new Response("no", { status: 403 }));
  const { fetch: copilot } = createCopilotClient("ghu_a", apart({ fetch }));
  assertEquals((await copilot("/x")).status, 403);
  const { fetch: throwing } = createCopilotClient(
    "ghu_a",
    apart({ fetch, exchangeErrors: "throw" }),
  );
  assertEquals((await tokenError(() => throwing("/x"))).code, "no_access");
});

test("createCopilotClient() asks for nothing before it is used", async () => {
  const { fetch, exchanges } = stubFetch();
  createCopilotClient("ghu_a", { fetch, cache: new TokenCache() });
  await Promise.resolve();
  assertEquals(exchanges.length, 0);
});
