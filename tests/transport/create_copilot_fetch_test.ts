import { assert, assertEquals } from "@std/assert";
import { test } from "node:test";
import { createCopilotFetch } from "../../mod.ts";
import { HOST, setUp } from "../helpers/scripted_copilot.ts";
import {
  apart,
  rejection,
  stubFetch,
  tokenResponse,
  tokenText,
} from "../helpers/stubs.ts";

// The host

const targets: [what: string, input: string | URL, url: string][] = [
  ["a path alone", "/models", `${HOST}/models`],
  ["a path with a query", "/models?a=b%20c", `${HOST}/models?a=b%20c`],
  [
    "a path whose query holds a URL",
    "/x?u=https://a.com",
    `${HOST}/x?u=https://a.com`,
  ],
  ["a URL in capitals", "HTTPS://A.COM/x", `${HOST}/x`],
  ["a URL", "https://api.openai.com/v1/x", `${HOST}/v1/x`],
  ["a URL object", new URL("https://a.com/v1/x?y"), `${HOST}/v1/x?y`],
  ["an http URL with a port", "http://localhost:8080/x", `${HOST}/x`],
  ["a URL with user information", "https://u:p@a.com/x", `${HOST}/x`],
  ["a URL with a fragment", "https://a.com/x#y", `${HOST}/x`],
  [
    "a path that looks like a host",
    "https://a.com//evil.com/x",
    `${HOST}//evil.com/x`,
  ],
  [
    "a path alone that looks like a host",
    "//evil.com/x",
    `${HOST}//evil.com/x`,
  ],
  ["a path with a backslash", "/\\evil.com/x", `${HOST}//evil.com/x`],
  ["a path with an at sign", "https://a.com/@evil.com", `${HOST}/@evil.com`],
];

for (const [what, input, url] of targets) {
  test(`createCopilotFetch() sends ${what} to the token's host`, async () => {
    const { copilot, requests } = setUp();
    await copilot(input);
    assertEquals(requests[0].url, url);
  });
}

test("createCopilotFetch() sends each request to the host of its token", async () => {
  const urls = ["business", "enterprise"].map(async (plan) => {
    const { copilot, requests } = setUp(
      {},
      () => tokenResponse({ token: tokenText(1, plan) }),
    );
    await copilot("/x");
    return requests[0].url;
  });
  assertEquals(await Promise.all(urls), [
    "https://api.business.githubcopilot.com/x",
    "https://api.enterprise.githubcopilot.com/x",
  ]);
});

// The credential

test("createCopilotFetch() calls a credential function for each request", async () => {
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

test("createCopilotFetch() takes a credential function that is not async", async () => {
  const { fetch, exchanges } = stubFetch();
  await createCopilotFetch(() => "ghu_a", apart({ fetch }))("/x");
  assertEquals(exchanges[0].headers.authorization, "Bearer ghu_a");
});

test("createCopilotFetch() rejects with what a credential function throws", async () => {
  const reason = new Error("The keychain is locked");
  const credentials = [
    () => Promise.reject(reason),
    () => {
      throw reason;
    },
  ];
  for (const credential of credentials) {
    const { fetch } = stubFetch();
    const copilot = createCopilotFetch(credential, apart({ fetch }));
    assertEquals(await rejection(() => copilot("/x")), reason);
  }
});

test("createCopilotFetch() sends a credential that is exchanged to GitHub alone", async () => {
  const { copilot, requests } = setUp();
  await copilot("/x", { method: "POST", body: "{}" });
  assert(!JSON.stringify(requests).includes("ghu_a"));
});

test("createCopilotFetch() sends a direct credential to Copilot", async () => {
  const { fetch, exchanges, requests } = stubFetch();
  await createCopilotFetch("github_pat_a", apart({ fetch }))("/x");
  assertEquals(
    exchanges[0].url,
    "https://api.github.com/copilot_internal/user",
  );
  assertEquals(requests[0].url, "https://api.githubcopilot.com/x");
  assertEquals(requests[0].headers.authorization, "Bearer github_pat_a");
});

// The response

test("createCopilotFetch() returns the response itself", async () => {
  const response = new Response("text", { status: 418 });
  const { copilot } = setUp({}, undefined, () => response);
  assertEquals(await copilot("/x"), response);
});

for (const status of [402, 403, 404, 413, 422, 429, 500, 503]) {
  test(`createCopilotFetch() does not repeat a request after a ${status}`, async () => {
    const { copilot, requests } = setUp(
      {},
      undefined,
      () => new Response("no", { status, headers: { "retry-after": "1" } }),
    );
    const response = await copilot("/models");
    assertEquals([response.status, await response.text()], [status, "no"]);
    assertEquals(requests.length, 1);
  });
}

test("createCopilotFetch() never follows a redirect", async () => {
  const { copilot, requests } = setUp();
  await copilot("/x");
  await copilot("/x", { redirect: "follow" });
  await copilot(new Request("https://a.com/x"));
  await copilot("/x", { redirect: "manual" });
  const redirects = requests.map(({ init }) => init.redirect);
  assertEquals(redirects, ["manual", "manual", "manual", "manual"]);
});

test("createCopilotFetch() rejects with what fetch rejects with", async () => {
  const reason = new TypeError("network");
  const { copilot } = setUp({}, undefined, () => Promise.reject(reason));
  assertEquals(await rejection(() => copilot("/x")), reason);
});

// fetch

test("createCopilotFetch() looks globalThis.fetch up at each call", async () => {
  const original = globalThis.fetch;
  const copilot = createCopilotFetch("ghu_a", apart({}));
  const { fetch, exchanges, requests } = stubFetch();
  try {
    globalThis.fetch = fetch as typeof globalThis.fetch;
    await copilot("/x");
  } finally {
    globalThis.fetch = original;
  }
  assertEquals([exchanges.length, requests.length], [1, 1]);
});

test("createCopilotFetch() needs no globalThis.fetch where the option is given", async () => {
  const original = globalThis.fetch;
  const { fetch, requests } = stubFetch();
  try {
    Object.assign(globalThis, { fetch: undefined });
    await createCopilotFetch("ghu_a", apart({ fetch }))("/x");
  } finally {
    globalThis.fetch = original;
  }
  assertEquals(requests.length, 1);
});

test("createCopilotFetch() returns a function with Bun's preconnect, and only there", () => {
  const original = globalThis.fetch;
  const preconnect = () => {};
  try {
    globalThis.fetch = Object.assign(() => {}, { preconnect }) as never;
    const withPreconnect = createCopilotFetch("ghu_a");
    assertEquals(Object.entries(withPreconnect), [["preconnect", preconnect]]);
    globalThis.fetch = (() => {}) as never;
    assertEquals(Object.keys(createCopilotFetch("ghu_a")), []);
  } finally {
    globalThis.fetch = original;
  }
});

test("createCopilotFetch() calls fetch without a receiver, as browsers require", async () => {
  const receivers: unknown[] = [];
  const { fetch } = stubFetch();
  const copilot = createCopilotFetch(
    "ghu_a",
    apart({
      fetch: function (this: unknown, input, init) {
        receivers.push(this);
        return fetch(input, init);
      },
    }),
  );
  await copilot("/x");
  assertEquals(receivers, [undefined, undefined]);
});
