import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { test } from "node:test";
import { inspect } from "node:util";
import {
  type CopilotFetchOptions,
  createClientOptions,
  createCopilotFetch,
  TokenCache,
} from "../../mod.ts";
import {
  apart,
  deferred,
  rejection,
  stubFetch,
  tokenError,
} from "../helpers/stubs.ts";
import { HOST, setUp } from "../helpers/scripted_copilot.ts";

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
  const [name, value, told] of [
    // What stands in the place of a domain may be a credential.
    ["domain", "acme.ghe.com/x", "a host name"],
    ["exchangeTimeout", 0, "above 0"],
    ["initiator", "robot", "auto, user or agent"],
    ["initiator", "a user", "auto, user or agent"],
    ["initiator", "users", "auto, user or agent"],
  ] as const
) {
  const options = { [name]: value } as CopilotFetchOptions;
  test(`The option ${name}: ${JSON.stringify(value)} is refused`, () => {
    for (const create of [createCopilotFetch, createClientOptions]) {
      try {
        create("ghu_a", options);
      } catch (error) {
        assert(error instanceof TypeError);
        assertStringIncludes((error as Error).message, `${name} must be `);
        assertStringIncludes((error as Error).message, told);
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
  await createClientOptions(credential, { fetch }).fetch("/x");
  assertEquals(exchanges.length, 1);
  await createCopilotFetch(credential, apart({ fetch }))("/x");
  assertEquals(exchanges.length, 2);
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
  [() => new Response("no", { status: 400 }), 400],
  [() => new Response("no", { status: 401 }), 401],
  [() => new Response("no", { status: 403 }), 403],
  [() => new Response("no", { status: 404 }), 404],
  [() => new Response("no", { status: 503 }), 503],
  [() => new Response("<html>"), 502],
  [() => new Response("", { status: 302 }), 502],
  [() => new Response("no", { status: 599 }), 599],
  // What no Response can be.
  [() => odd(600), 502],
];

function odd(status: number): Response {
  return { status, headers: new Headers(), text: () => "" } as never;
}

for (const [answer, status] of told) {
  test(`exchangeErrors: "response" makes a ${status} of ${answer}`, async () => {
    const { copilot, requests } = setUp({ exchangeErrors: "response" }, answer);
    const response = await copilot("/x");
    assertEquals(response.status, status);
    assertMatch(response.headers.get("content-type")!, /^application\/json\b/);
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
  const response = await createClientOptions("", { fetch }).fetch("/x");
  assertEquals(response.status, 401);
  const { error } = await response.json();
  assertStringIncludes(
    error.message,
    "copilot token exchange: no usable credential\n",
  );
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

test("createClientOptions() gives what SDKs take, and no credential", () => {
  const client = createClientOptions("ghu_secret");
  assertEquals(Object.keys(client), ["name", "apiKey", "baseURL", "fetch"]);
  assertEquals(client.name, "github-copilot");
  assertEquals(client.baseURL, HOST);
  assert(client.apiKey.length > 0);
  const shown = inspect(client, { depth: 9, showHidden: true }) +
    JSON.stringify(client);
  assert(!shown.includes("ghu_secret"), shown);
});

test("createClientOptions() makes responses of refused exchanges", async () => {
  const { fetch } = stubFetch(() => new Response("no", { status: 403 }));
  const { fetch: copilot } = createClientOptions("ghu_a", apart({ fetch }));
  assertEquals((await copilot("/x")).status, 403);
  const { fetch: throwing } = createClientOptions(
    "ghu_a",
    apart({ fetch, exchangeErrors: "throw" }),
  );
  assertEquals((await tokenError(() => throwing("/x"))).code, "no_access");
});

test("createClientOptions() asks for nothing before it is used", async () => {
  const { fetch, exchanges } = stubFetch();
  createClientOptions("ghu_a", { fetch, cache: new TokenCache() });
  await Promise.resolve();
  assertEquals(exchanges.length, 0);
});
