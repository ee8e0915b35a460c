import { assertEquals, assertNotEquals } from "@std/assert";
import { test } from "node:test";
import { exchangeToken, type FetchLike } from "../../mod.ts";
import { CREDENTIAL } from "../helpers/failed_exchange.ts";
import { countedTokens, rejection, stubFetch } from "../helpers/stubs.ts";

/** Keeps the text of each GET for a year, as Next.js's `fetch` does. */
function cachingFetch(fetch: FetchLike): {
  fetch: FetchLike;
  stored: Map<string, string>;
} {
  const stored = new Map<string, string>();
  return {
    stored,
    async fetch(input, init = {}) {
      const isCached = (init.method ?? "GET") === "GET" &&
        init.cache !== "no-store";
      if (!isCached) return await fetch(input, init);
      const key = JSON.stringify([input, init.headers]);
      const text = stored.get(key) ?? await (await fetch(input, init)).text();
      stored.set(key, text);
      return new Response(text);
    },
  };
}

test("exchangeToken() leaves no token with a fetch that caches GETs", async () => {
  const { fetch, stored } = cachingFetch(stubFetch(countedTokens()).fetch);
  const first = await exchangeToken(CREDENTIAL, { fetch });
  const second = await exchangeToken(CREDENTIAL, { fetch });
  assertNotEquals(first.value, second.value);
  assertEquals([...stored], []);
});

test("exchangeToken() leaves no user's host with a fetch that caches GETs", async () => {
  const gitHub = stubFetch(() => Response.json({}));
  const { fetch, stored } = cachingFetch(gitHub.fetch);
  await exchangeToken(CREDENTIAL, { fetch, auth: "direct" });
  assertEquals(gitHub.exchanges[0].init.cache, "no-store");
  assertEquals([...stored], []);
});

test("exchangeToken() omits the cache mode where Request does not accept one", async () => {
  const { Request } = globalThis;
  class RequestWithoutCache {
    constructor(_input: string, { cache }: RequestInit) {
      if (cache) throw new TypeError("The 'cache' field is not implemented");
    }
  }
  const { fetch, exchanges } = stubFetch();
  try {
    Object.assign(globalThis, { Request: RequestWithoutCache });
    await exchangeToken(CREDENTIAL, { fetch });
  } finally {
    Object.assign(globalThis, { Request });
  }
  assertEquals("cache" in exchanges[0].init, false);
});

test("exchangeToken() rethrows an error with a digest unchanged", async () => {
  // Such as Next.js's DynamicServerError, by which a page leaves prerendering.
  const thrown = Object.assign(new Error("no-store fetch"), {
    digest: "DYNAMIC_SERVER_USAGE",
  });
  const { fetch } = stubFetch(() => Promise.reject(thrown));
  const error = await rejection(() => exchangeToken(CREDENTIAL, { fetch }));
  assertEquals(error === thrown, true);
});

test("exchangeToken() makes a new exchange at once after an error with a digest", async () => {
  let count = 0;
  const { fetch, exchanges } = stubFetch((call) =>
    count++ === 0
      ? Promise.reject({ digest: "NEXT_REDIRECT" })
      : countedTokens()(call)
  );
  await rejection(() => exchangeToken(CREDENTIAL, { fetch }));
  await exchangeToken(CREDENTIAL, { fetch });
  assertEquals(exchanges.length, 2);
});
