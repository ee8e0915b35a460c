import { assert, assertEquals, assertThrows } from "@std/assert";
import { test } from "node:test";
import type { CopilotFetchOptions } from "../../mod.ts";
import { identityOf, isRemovedHeader } from "../../internal/identity.ts";
import { listen, sendJSON } from "../helpers/loopback.ts";
import {
  acceptTokensFrom,
  setUp,
  unauthorized,
} from "../helpers/scripted_copilot.ts";
import {
  countedTokens,
  inTurn,
  rejectionOf,
  tokenResponse,
  tokenText,
} from "../helpers/stubs.ts";
import { createCopilotFetch, TokenCache } from "../../mod.ts";
import { createFakeCopilot } from "../../testing/mod.ts";

const EDITOR = {
  "user-agent": "GitHubCopilotChat/0.35.0",
  "editor-version": "vscode/1.107.0",
  "editor-plugin-version": "copilot-chat/0.35.0",
  "copilot-integration-id": "vscode-chat",
};

/** Headers that do not reach Copilot, with a value each. */
const REMOVED: Record<string, string> = {
  "x-api-key": "sk-1",
  "api-key": "sk-2",
  "x-goog-api-key": "sk-3",
  "ocp-apim-subscription-key": "sk-4",
  "cookie": "session=1",
  "proxy-authorization": "Basic 1",
  "host": "localhost:4141",
  "connection": "keep-alive",
  "keep-alive": "timeout=5",
  "te": "trailers",
  "trailer": "expires",
  "transfer-encoding": "chunked",
  "upgrade": "websocket",
  "expect": "100-continue",
  "forwarded": "for=192.0.2.1",
  "x-forwarded-for": "192.0.2.1",
  "x-forwarded-host": "example.com",
  "x-forwarded-proto": "https",
  "x-real-ip": "192.0.2.1",
  "via": "1.1 proxy",
};

// What is set

test("createCopilotFetch() sends exactly the headers of the design", async () => {
  const { copilot, exchanges, requests } = setUp();
  await copilot("/chat/completions", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: '{"messages":[{"role":"user"}]}',
  });
  assertEquals(exchanges[0].init.headers, {
    ...EDITOR,
    accept: "application/json",
    authorization: "Bearer ghu_a",
  });
  assertEquals(requests[0].init.headers, {
    ...EDITOR,
    "openai-intent": "conversation-edits",
    "x-initiator": "user",
    "content-type": "application/json",
    authorization: `Bearer ${tokenText()}`,
  });
});

for (const credential of ["github_pat_a", "ghs_a"]) {
  test(`createCopilotFetch() names GitHub's CLI as the integration for ${credential}`, async () => {
    const { fetch, requests } = setUp();
    const cache = new TokenCache();
    await createCopilotFetch(credential, { cache, fetch })("/x");
    const { headers } = requests[0];
    assertEquals(headers["copilot-integration-id"], "copilot-developer-cli");
    assertEquals(headers["editor-version"], EDITOR["editor-version"]);
  });
}

const identities: [bearer: string, identity: string][] = [
  ["github_pat_a", "cli"],
  ["ghs_a", "cli"],
  ["ghu_a", "editor"],
  ["gho_a", "editor"],
  ["tid=ghs_a;exp=1", "editor"],
];

for (const [bearer, identity] of identities) {
  test(`identityOf() is ${identity} for ${bearer}`, () => {
    assertEquals(identityOf(bearer), identity);
  });
}

test("createCopilotFetch() replaces a request's Authorization", async () => {
  const { copilot, requests } = setUp();
  await copilot("/x", { headers: { Authorization: "Bearer other" } });
  assertEquals(requests[0].headers.authorization, `Bearer ${tokenText()}`);
});

for (const name of [...Object.keys(EDITOR), "openai-intent"]) {
  test(`createCopilotFetch() replaces a request's ${name}`, async () => {
    const plain = setUp();
    await plain.copilot("/x");
    const { copilot, requests } = setUp();
    await copilot("/x", { headers: { [name]: "of the request" } });
    assertEquals(requests[0].headers, plain.requests[0].headers);
  });

  test(`createCopilotFetch() takes ${name} from the headers option`, async () => {
    const headers = { [name.toUpperCase()]: "of the option" };
    const { copilot, exchanges, requests } = setUp({ headers });
    await copilot("/x", { headers: { [name]: "of the request" } });
    assertEquals(exchanges[0].headers[name], "of the option");
    assertEquals(requests[0].headers[name], "of the option");
  });
}

test("createCopilotFetch() adds the headers option to both kinds of request", async () => {
  const { copilot, exchanges, requests } = setUp({ headers: { "x-a": "1" } });
  await copilot("/x");
  assertEquals([exchanges[0].headers["x-a"], requests[0].headers["x-a"]], [
    "1",
    "1",
  ]);
});

test("createCopilotFetch() prefers a request's own header to the headers option", async () => {
  const { copilot, requests } = setUp({ headers: { "x-a": "option" } });
  await copilot("/x", { headers: { "x-a": "request" } });
  assertEquals(requests[0].headers["x-a"], "request");
});

// X-Initiator

const PROMPT = '{"messages":[{"role":"user"}]}';

const initiators: [
  what: string,
  options: CopilotFetchOptions,
  header: string | undefined,
  expected: string,
][] = [
  [
    "the request's own before everything",
    { initiator: "agent", headers: { "X-Initiator": "agent" } },
    "user",
    "user",
  ],
  [
    "the initiator option before the headers option",
    { initiator: "user", headers: { "X-Initiator": "agent" } },
    undefined,
    "user",
  ],
  [
    "the headers option before the body",
    { headers: { "X-Initiator": "agent" } },
    undefined,
    "agent",
  ],
  [
    'the headers option, given initiator: "auto"',
    { initiator: "auto", headers: { "X-Initiator": "agent" } },
    undefined,
    "agent",
  ],
  ["the initiator option, user", { initiator: "user" }, undefined, "user"],
  ["the initiator option, agent", { initiator: "agent" }, undefined, "agent"],
  ["the body", {}, undefined, "user"],
];

for (const [what, options, header, expected] of initiators) {
  test(`createCopilotFetch() takes X-Initiator from ${what}`, async () => {
    const { copilot, requests } = setUp(options);
    const headers: [string, string][] = header ? [["x-initiator", header]] : [];
    await copilot("/x", { method: "POST", headers, body: PROMPT });
    assertEquals(requests[0].headers["x-initiator"], expected);
  });
}

test("createCopilotFetch() omits X-Initiator where the body is not at hand", async () => {
  const { copilot, requests } = setUp();
  await copilot("/x", { method: "POST", body: new Blob([PROMPT]) });
  assert(!("x-initiator" in (requests[0].init.headers ?? {})));
});

// What is removed

for (const [name, value] of Object.entries(REMOVED)) {
  test(`createCopilotFetch() removes ${name} of a request and of the headers option`, async () => {
    const headers = { [name]: value, "x-other": "1" };
    const { copilot, exchanges, requests } = setUp({ headers });
    await copilot("/x", { headers });
    assertEquals(exchanges[0].headers[name], undefined);
    assertEquals(requests[0].headers[name], undefined);
    assertEquals(requests[0].headers["x-other"], "1");
  });
}

test("isRemovedHeader() keeps names that only resemble removed ones", () => {
  const names = ["x-api-keys", "hosts", "x-forwarded", "my-cookie", "accept"];
  assertEquals(names.filter(isRemovedHeader), []);
});

test("createCopilotFetch() sends a Request that a server received without the headers of its connection", async () => {
  const received: Record<string, unknown>[] = [];
  await using copilotServer = await listen((request, response) => {
    if (request.url?.endsWith("/token")) {
      return sendJSON(response, { token: tokenText(), refresh_in: 1500 });
    }
    received.push({ ...request.headers });
    sendJSON(response, {});
  });
  const { fetch } = copilotServer;
  const cache = new TokenCache();
  const copilot = createCopilotFetch("ghu_a", { cache, fetch });
  const incoming = new Request("http://localhost:4141/v1/x", {
    method: "POST",
    headers: [
      ...Object.entries(REMOVED).filter(([name]) =>
        // These do not fit a request with a body of known length.
        !["transfer-encoding", "expect", "upgrade"].includes(name)
      ),
      ["content-type", "application/json"],
      ["x-stainless-lang", "js"],
    ],
    body: "{}",
  });
  await (await copilot(incoming)).body?.cancel();
  const [headers] = received;
  const leaked = Object.entries(REMOVED).filter(([name, value]) =>
    headers[name] === value && name !== "connection"
  );
  assertEquals(leaked, []);
  assertEquals(headers["x-stainless-lang"], "js");
});

// The record

for (
  const [what, headers] of Object.entries({
    "a Headers": new Headers({ "X-A": "1" }),
    "a list": [["X-A", "1"]],
    "a record": { "X-A": "1" },
    "a Map": new Map([["X-A", "1"]]),
  }) as [string, HeadersInit][]
) {
  test(`createCopilotFetch() makes a plain record in lower case of ${what}`, async () => {
    const { copilot, requests } = setUp();
    await copilot("/x", { headers });
    const sent = requests[0].init.headers as Record<string, string>;
    assertEquals(Object.getPrototypeOf(sent), Object.prototype);
    assertEquals(Object.keys(sent).filter((name) => /[A-Z]/.test(name)), []);
    assertEquals(sent["x-a"], "1");
    assertEquals(new Headers(headers).get("authorization"), null);
  });
}

test("createCopilotFetch() joins the values of a header that is given twice", async () => {
  const { copilot, requests } = setUp();
  await copilot("/x", { headers: [["x-a", "1"], ["X-A", "2"]] });
  assertEquals(requests[0].headers["x-a"], "1, 2");
});

test("createCopilotFetch() joins the values of a name in two letter cases", async () => {
  const { copilot, requests } = setUp();
  await copilot("/x", { headers: { "x-a": "1", "X-A": "2" } });
  assertEquals(requests[0].headers["x-a"], "1, 2");
});

for (const headers of [null, "x-a", 1] as never[]) {
  test(`createCopilotFetch() refuses ${headers} in place of headers as Headers does`, async () => {
    const { copilot, requests } = setUp();
    const { message } = await rejectionOf(
      TypeError,
      () => copilot("/x", { headers }),
    );
    assertEquals(message, assertThrows(() => new Headers(headers)).message);
    assertEquals(requests.length, 0);
  });
}

test("createCopilotFetch() takes no header from the prototype that a record names", async () => {
  const { copilot, requests } = setUp();
  const headers = JSON.parse('{"__proto__":{"x-initiator":"agent"}}');
  const body = '{"messages":[{"role":"user"}]}';
  await copilot("/x", { method: "POST", headers, body });
  assertEquals(requests[0].headers["x-initiator"], "user");
});

test("createCopilotFetch() leaves a malformed header to fetch, which refuses it", async () => {
  const fake = createFakeCopilot();
  const copilot = createCopilotFetch("ghu_any", {
    cache: fake.cache,
    fetch: (input, init) => fake.fetch(new Request(input, init)),
  });
  await rejectionOf(TypeError, () => copilot("/x", { headers: { "a b": "" } }));
  assertEquals(fake.requests.length, 0);
});

test("createCopilotFetch() builds the headers once, and copies them for a repetition", async () => {
  const { copilot, requests } = setUp(
    {},
    countedTokens(),
    acceptTokensFrom(2),
  );
  // These can be read only once.
  const headers = new Map([["x-a", "1"]]).entries() as never;
  await copilot("/x", { headers });
  const sent = requests.map(({ init }) =>
    init.headers as Record<string, string>
  );
  assertEquals(sent.map((headers) => headers["x-a"]), ["1", "1"]);
  assertEquals(sent.map((headers) => headers.authorization), [
    `Bearer ${tokenText(1)}`,
    `Bearer ${tokenText(2)}`,
  ]);
});

test("createCopilotFetch() reads Headers with forEach", async () => {
  // Deno iterates over them in quadratic time.
  const headers = new Headers({ "x-a": "1" });
  const iterate = () => {
    throw new Error("Iterated");
  };
  Object.assign(headers, { [Symbol.iterator]: iterate, entries: iterate });
  const { copilot, requests } = setUp();
  await copilot("/x", { headers });
  assertEquals(requests[0].headers["x-a"], "1");
});

test("createCopilotFetch() sends the identity of the new token after a 401", async () => {
  // GitHub cannot change a credential's kind; the headers must follow anyway.
  const { copilot, requests } = setUp(
    {},
    inTurn(
      () => tokenResponse({ token: "tid=1" }),
      () => tokenResponse({ token: "ghs_2" }),
    ),
    inTurn(unauthorized, () => new Response("accepted")),
  );
  await copilot("/x");
  assertEquals(
    requests.map(({ headers }) => headers["copilot-integration-id"]),
    ["vscode-chat", "copilot-developer-cli"],
  );
});
