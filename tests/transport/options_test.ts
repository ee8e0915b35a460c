import { assertEquals, assertThrows } from "@std/assert";
import { test } from "node:test";
import {
  type CopilotFetchOptions,
  createClientOptions,
  createCopilotFetch,
  type FetchLike,
  TokenCache,
} from "../../mod.ts";
import {
  ownOption,
  ownOptions,
  resolveDomain,
  resolveExchangeOptions,
  resolveRequestOptions,
} from "../../internal/options.ts";
import { setUp } from "../helpers/scripted_copilot.ts";
import { apart, deferred, stubFetch, tokenResponse } from "../helpers/stubs.ts";

// Valid values

test("createCopilotFetch() treats undefined as an omitted option", async () => {
  const { fetch, requests } = stubFetch();
  const copilot = createCopilotFetch("ghu_a", {
    fetch,
    cache: new TokenCache(),
    domain: undefined,
    headers: undefined,
    initiator: undefined,
    auth: undefined,
    exchangeTimeout: undefined,
    exchangeErrors: undefined,
    waitUntil: undefined,
  });
  await copilot("/x");
  assertEquals(requests.length, 1);
});

test("resolveRequestOptions() has the defaults of the design", () => {
  assertEquals(resolveRequestOptions({}), {
    exchange: {
      fetch: undefined,
      domain: "github.com",
      headers: {},
      auth: "auto",
      exchangeTimeout: 30_000,
      waitUntil: undefined,
    },
    initiator: "auto",
    exchangeErrors: "throw",
  });
});

test("resolveRequestOptions() takes every valid value", () => {
  const fetch = stubFetch().fetch;
  const waitUntil = () => {};
  for (const auth of ["auto", "exchange", "direct"] as const) {
    for (const initiator of ["auto", "user", "agent"] as const) {
      for (const exchangeErrors of ["throw", "response"] as const) {
        const exchange = {
          fetch,
          domain: "acme.ghe.com",
          headers: { "x-a": "1" },
          auth,
          exchangeTimeout: 0.5,
          waitUntil,
        };
        const choices = { initiator, exchangeErrors };
        assertEquals(
          resolveRequestOptions({ ...exchange, ...choices }),
          { exchange, ...choices },
        );
      }
    }
  }
});

test("resolveExchangeOptions() limits the timeout to what timers support", () => {
  for (const exchangeTimeout of [Infinity, 1e12, 2_147_483_648]) {
    const resolved = resolveExchangeOptions({ exchangeTimeout });
    assertEquals(resolved.exchangeTimeout, 2_147_483_647);
  }
});

const domains: [domain: string, resolved: string][] = [
  ["github.com", "github.com"],
  ["GitHub.com", "github.com"],
  ["acme.ghe.com", "acme.ghe.com"],
  ["https://Acme.ghe.com/", "acme.ghe.com"],
];

for (const [domain, resolved] of domains) {
  test(`resolveDomain() takes ${domain} as ${resolved}`, () => {
    assertEquals(resolveDomain(domain), resolved);
  });
}

for (
  const domain of [
    "http://acme.ghe.com",
    "acme.ghe.com//",
    "/acme.ghe.com",
    "xhttps://acme.ghe.com",
    "acme.ghe.com.",
    "acme_.ghe.com",
    "acme.ghe.com:443",
  ]
) {
  test(`resolveDomain() refuses ${domain}`, () => {
    assertThrows(() => resolveDomain(domain), TypeError);
  });
}

test("resolveExchangeOptions() copies headers of any form in lower case", () => {
  const forms = [
    new Headers({ "X-A": "1" }),
    [["X-A", "1"]],
    { "X-A": "1" },
    new Map([["X-A", "1"]]),
  ] as HeadersInit[];
  for (const headers of forms) {
    assertEquals(resolveExchangeOptions({ headers }).headers, { "x-a": "1" });
  }
});

// The options are read once

test("createCopilotFetch() ignores later changes of the options", async () => {
  const { fetch, exchanges, requests } = stubFetch();
  const headers: Record<string, string> = { "x-a": "1" };
  const options: CopilotFetchOptions = {
    fetch,
    cache: new TokenCache(),
    headers,
    initiator: "agent",
  };
  const copilots = [
    createCopilotFetch("ghu_a", options),
    createClientOptions("ghu_b", options).fetch,
  ];
  headers["x-a"] = "2";
  Object.assign(options, {
    fetch: () => Promise.reject(new Error("The later fetch was called")),
    cache: undefined,
    domain: "acme.ghe.com",
    headers: { "x-a": "3" },
    initiator: "user",
    auth: "direct",
    exchangeTimeout: 1,
    waitUntil: () => {
      throw new Error("The later waitUntil was called");
    },
  });
  for (const copilot of copilots) await copilot("/x");
  assertEquals(exchanges.map(({ url }) => url), [
    "https://api.github.com/copilot_internal/v2/token",
    "https://api.github.com/copilot_internal/v2/token",
  ]);
  for (const { headers } of requests) {
    assertEquals([headers["x-a"], headers["x-initiator"]], ["1", "agent"]);
  }
});

test("createClientOptions() reads each option once", () => {
  const reads: string[] = [];
  const options = new Proxy(
    { fetch: stubFetch().fetch, domain: "github.com" },
    {
      get(target, name, receiver) {
        reads.push(String(name));
        return Reflect.get(target, name, receiver);
      },
    },
  );
  createCopilotFetch("ghu_a", options);
  createClientOptions("ghu_a", options);
  assertEquals(reads, ["fetch", "domain", "fetch", "domain"]);
});

/** For each option, a value that would be noticed if it came from a prototype. */
const polluting: Record<string, unknown> = {
  fetch: () => Promise.reject(new Error("The inherited fetch was called")),
  cache: { get: () => Promise.reject(new Error("The inherited cache")) },
  domain: "evil.com",
  headers: { authorization: "evil" },
  initiator: "robot",
  auth: "evil",
  exchangeTimeout: "evil",
  exchangeErrors: "evil",
  waitUntil: "evil",
  signal: AbortSignal.abort(),
  token: { value: "evil" },
};

for (const [name, value] of Object.entries(polluting)) {
  test(`createCopilotFetch() ignores an inherited ${name}`, async () => {
    const { fetch, exchanges, requests } = stubFetch();
    const cache = new TokenCache();
    const options: CopilotFetchOptions = { fetch, cache };
    // The request has a signal of its own, as an init's inherited members count.
    const init = { signal: new AbortController().signal };
    const globalFetch = globalThis.fetch;
    try {
      if (name === "fetch") {
        delete options.fetch;
        globalThis.fetch = fetch as typeof globalThis.fetch;
      }
      if (name === "cache") delete options.cache;
      Object.assign(Object.prototype, { [name]: value });
      const credential = `ghu_polluted_${name}`;
      await createCopilotFetch(credential, options)("/x", init);
      await createClientOptions(credential, options).fetch("/x", init);
      if (name !== "cache") {
        await cache.get(credential, options);
        assertEquals(cache.invalidate(credential), true);
      }
    } finally {
      globalThis.fetch = globalFetch;
      delete (Object.prototype as Record<string, unknown>)[name];
    }
    assertEquals(exchanges.map(({ url }) => new URL(url).host), [
      "api.github.com",
    ]);
    assertEquals(requests.length, 2);
  });
}

test("ownOptions() copies own properties alone", () => {
  const options = Object.assign(Object.create({ domain: "evil.com" }), {
    auth: "direct",
  });
  const own = ownOptions(options) as CopilotFetchOptions;
  assertEquals(own.domain, undefined);
  assertEquals(Object.entries(own), [["auth", "direct"]]);
});

test("ownOption() reads an own property alone", () => {
  const options = Object.assign(Object.create({ domain: "evil.com" }), {
    auth: "direct",
  }) as CopilotFetchOptions;
  assertEquals(ownOption(options, "auth"), "direct");
  assertEquals(ownOption(options, "domain"), undefined);
  assertThrows(() => ownOption(null as never, "auth" as never), TypeError);
});

test("createCopilotFetch() ignores options of other names", async () => {
  const { copilot, requests } = setUp({ unknown: 1 } as CopilotFetchOptions);
  await copilot("/x");
  assertEquals(requests.length, 1);
});

// What the options lead to

test("createCopilotFetch() shares one cache per process by default", async () => {
  const { fetch, exchanges } = stubFetch();
  const credential = "ghu_of_this_test_alone";
  await createCopilotFetch(credential, { fetch })("/x");
  await createClientOptions(credential, { fetch }).fetch("/x");
  assertEquals(exchanges.length, 1);
  await createCopilotFetch(credential, apart({ fetch }))("/x");
  assertEquals(exchanges.length, 2);
});

test("createCopilotFetch() takes a cache of another copy of the package", async () => {
  const { fetch, requests } = stubFetch();
  const own = new TokenCache();
  const cache = {
    get: own.get.bind(own),
    invalidate: own.invalidate.bind(own),
  } as TokenCache;
  await createCopilotFetch("ghu_a", { fetch, cache })("/x");
  assertEquals(requests.length, 1);
});

test("createCopilotFetch() asks the tenant of the domain option", async () => {
  const { copilot, exchanges, requests } = setUp(
    { domain: "acme.ghe.com" },
    () => tokenResponse({ token: "tid=1" }),
  );
  await copilot("/x");
  assertEquals(
    [exchanges[0].url, requests[0].url],
    [
      "https://api.acme.ghe.com/copilot_internal/v2/token",
      "https://copilot-api.acme.ghe.com/x",
    ],
  );
});

test("createCopilotFetch() calls waitUntil with a promise of each exchange", async () => {
  const gate = deferred();
  const promises: Promise<void>[] = [];
  const { copilot } = setUp(
    { waitUntil: (promise) => promises.push(promise) },
    async () => {
      await gate.promise;
      return tokenResponse();
    },
  );
  const call = copilot("/x");
  gate.resolve();
  await call;
  assertEquals(await Promise.all(promises), [undefined]);
});

test("createCopilotFetch() uses the fetch option for both kinds of request", async () => {
  const urls: string[] = [];
  const { fetch } = stubFetch();
  const recording: FetchLike = (input, init) => {
    urls.push(String(input));
    return fetch(input, init);
  };
  await createCopilotFetch("ghu_a", apart({ fetch: recording }))("/x");
  assertEquals(urls.map((url) => new URL(url).host), [
    "api.github.com",
    "api.individual.githubcopilot.com",
  ]);
});
