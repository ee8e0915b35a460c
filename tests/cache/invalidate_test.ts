import { assert, assertEquals } from "@std/assert";
import { test } from "node:test";
import {
  type CopilotToken,
  createCopilotFetch,
  TokenCache,
} from "../../mod.ts";
import {
  type Answer,
  countedTokens,
  deferred,
  inTurn,
  MINUTE,
  rejectionOf,
  SECOND,
  settle,
  stubClock,
  stubFetch,
  tokenError,
  tokenResponse,
  tokenText,
} from "../helpers/stubs.ts";
import {
  badCredentials,
  disconnected,
  down,
  heldBack,
  limited,
  setUp,
} from "../helpers/scripted_github.ts";
import { simulateTime } from "../helpers/simulated_time.ts";

test("TokenCache.invalidate() rejects that token and no newer one", async () => {
  const { cache, options, exchanges } = setUp();
  const old = await cache.get("ghu_a", options);
  assertEquals(cache.invalidate("ghu_a", { token: old }), true);
  const newer = await cache.get("ghu_a", options);
  assertEquals(newer.value, tokenText(2));
  assertEquals(cache.invalidate("ghu_a", { token: old }), true);
  assertEquals(await cache.get("ghu_a", options), newer);
  assertEquals(exchanges.length, 2);
});

test("TokenCache.invalidate() without a token rejects the one in the cache", async () => {
  const { cache, get } = setUp();
  await get();
  assertEquals(cache.invalidate("ghu_a"), true);
  assertEquals(await get(), 2);
});

test("TokenCache.invalidate() returns true for a credential that is not in the cache", async () => {
  const { cache, get, exchanges } = setUp();
  assertEquals(cache.invalidate("ghu_a"), true);
  assertEquals(await get(), 1);
  assertEquals(exchanges.length, 1);
});

test("TokenCache.invalidate() returns true if the token is not in the cache any more", async () => {
  const { cache, options, get } = setUp(inTurn(countedTokens(), limited(600)));
  const token = await cache.get("ghu_a", options);
  cache.clear();
  await tokenError(get);
  assertEquals(cache.invalidate("ghu_a", { token }), true);
  assertEquals((await tokenError(get)).code, "rate_limited");
});

test("TokenCache.invalidate() distinguishes credentials, domains and kinds of auth", async () => {
  const { cache, options, exchanges } = setUp();
  await cache.get("ghu_a", options);
  cache.invalidate("ghu_b");
  cache.invalidate("ghu_a", { domain: "acme.ghe.com" });
  cache.invalidate("ghu_a", { auth: "direct" });
  await cache.get("ghu_a", options);
  assertEquals(exchanges.length, 1);
  cache.invalidate(" ghu_a ", { domain: "https://github.com/" });
  await cache.get("ghu_a", options);
  assertEquals(exchanges.length, 2);
});

test("TokenCache.invalidate() allows one exchange a minute", async () => {
  using clock = stubClock();
  const { cache, get } = setUp();
  await get();
  assertEquals(cache.invalidate("ghu_a"), true);
  assertEquals(await get(), 2);
  clock.advance(MINUTE - 1);
  assertEquals(cache.invalidate("ghu_a"), false);
  assertEquals(await get(), 2);
  clock.advance(1);
  assertEquals(cache.invalidate("ghu_a"), true);
  assertEquals(await get(), 3);
});

test("TokenCache.invalidate() counts the minute for each credential", async () => {
  const { cache, get } = setUp();
  await get();
  await get(undefined, "ghu_b");
  assertEquals(cache.invalidate("ghu_a"), true);
  assertEquals(cache.invalidate("ghu_b"), true);
});

test("TokenCache.invalidate() allows an exchange after the clock was set back", async () => {
  using clock = stubClock();
  const { cache, get } = setUp();
  await get();
  cache.invalidate("ghu_a");
  await get();
  clock.advance(-10 * MINUTE);
  assertEquals(cache.invalidate("ghu_a"), true);
});

test("TokenCache.invalidate() does not count a refresh that is in flight", async () => {
  using clock = stubClock();
  const gate = deferred();
  const tokens = countedTokens();
  const { cache, get, exchanges } = setUp(
    inTurn(tokens, heldBack(gate, tokens), tokens),
  );
  await get();
  clock.advance(24 * MINUTE);
  await get();
  assertEquals(cache.invalidate("ghu_a"), true);
  const next = get();
  gate.resolve();
  assertEquals(await next, 2);
  assertEquals(exchanges.length, 2);
  assertEquals(cache.invalidate("ghu_a"), true);
});

test("TokenCache.invalidate() ends a cooldown that GitHub did not ask for", async () => {
  using clock = stubClock();
  const { cache, get } = setUp(inTurn(countedTokens(), down, countedTokens()));
  await get();
  clock.advance(26 * MINUTE);
  await get(); // fails
  assertEquals(cache.invalidate("ghu_a"), true);
  assertEquals(await get(), 1); // the first token of the second counter
});

test("TokenCache.invalidate() respects a rate limit and leaves the token in use", async () => {
  using clock = stubClock();
  const { cache, get, exchanges } = setUp(inTurn(countedTokens(), limited(90)));
  await get();
  clock.advance(25 * MINUTE);
  await get(); // fails
  assertEquals(cache.invalidate("ghu_a"), false);
  assertEquals(await get(), 1);
  assertEquals(exchanges.length, 2);
  clock.advance(90 * SECOND);
  assertEquals(cache.invalidate("ghu_a"), true);
});

test("TokenCache.invalidate() on a rejected token returns whether an exchange may be made now", async () => {
  using clock = stubClock();
  const { cache, get, exchanges } = setUp(inTurn(countedTokens(), down));
  await get();
  assertEquals(cache.invalidate("ghu_a"), true);
  assertEquals(cache.invalidate("ghu_a"), true); // not made yet
  assertEquals(await get(), 1); // GitHub is down
  assertEquals(cache.invalidate("ghu_a"), false);
  clock.advance(30 * SECOND - 1);
  assertEquals(cache.invalidate("ghu_a"), false);
  assertEquals(await get(), 1);
  assertEquals(exchanges.length, 2);
  clock.advance(1);
  assertEquals(cache.invalidate("ghu_a"), true);
  assertEquals(await get(), 1);
  assertEquals(exchanges.length, 3);
});

test("TokenCache.get() in rejected refreshes again after the cooldown, without invalidate", async () => {
  using clock = stubClock();
  const { cache, get, exchanges } = setUp(
    inTurn(countedTokens(), down, countedTokens()),
  );
  await get();
  cache.invalidate("ghu_a");
  await get();
  clock.advance(30 * SECOND);
  await get();
  assertEquals(exchanges.length, 3);
  await get();
  assertEquals(exchanges.length, 3); // fresh again
});

test("TokenCache.get() in rejected throws a permanent error, and again in its cooldown", async () => {
  using clock = stubClock();
  const { cache, get, outcome, exchanges } = setUp(
    inTurn(countedTokens(), badCredentials),
  );
  await get();
  cache.invalidate("ghu_a");
  assertEquals(await outcome(), "bad_credentials");
  clock.advance(20 * SECOND);
  assertEquals((await tokenError(get)).retryAfter, 10);
  assertEquals(exchanges.length, 2);
});

test("TokenCache.get() in rejected waits for the whole exchangeTimeout", async () => {
  using time = simulateTime();
  const gate = deferred();
  const tokens = countedTokens();
  const { cache, get } = setUp(inTurn(tokens, heldBack(gate, tokens)));
  await get();
  cache.invalidate("ghu_a");
  const call = get();
  await time.advance(29 * SECOND);
  gate.resolve();
  assertEquals(await call, 2);
});

test("TokenCache.get() in rejected returns the old token after a timeout", async () => {
  using time = simulateTime();
  const { cache, get } = setUp(
    inTurn(countedTokens(), () => new Promise(() => {})),
  );
  await get();
  cache.invalidate("ghu_a");
  assertEquals(await time.until(get()), 1);
});

test("TokenCache.get() does not return a rejected token that has expired", async () => {
  using clock = stubClock();
  const { cache, outcome } = setUp(inTurn(countedTokens(), down));
  await outcome();
  cache.invalidate("ghu_a");
  clock.advance(30 * MINUTE);
  assertEquals(await outcome(), "unavailable");
});

for (const token of [null, "tid=1", {}]) {
  test(`TokenCache.invalidate() refuses ${JSON.stringify(token)} as the token`, async () => {
    const { cache, get } = setUp();
    await get();
    const error = await rejectionOf(
      TypeError,
      // deno-lint-ignore require-await -- so that the error rejects
      async () => cache.invalidate("ghu_a", { token: token as CopilotToken }),
    );
    assert(error.message.includes("'token'"), error.message);
    assertEquals(await get(), 1);
  });
}

// What a program sees that uses the cache through createCopilotFetch.

/** A Copilot that refuses every token, or those with a number up to `upTo`. */
function refusing(upTo: number): Answer {
  return ({ headers }) => {
    const id = Number(/tid=(\d+)/.exec(headers.authorization)?.[1]);
    return id <= upTo
      ? new Response("unauthorized: token expired", { status: 401 })
      : Response.json({ id });
  };
}

for (
  const [what, failure] of [["down", down], ["cut off", disconnected]] as const
) {
  test(`createCopilotFetch() returns Copilot's 401 with its body while GitHub is ${what}, and keeps the token`, async () => {
    using clock = stubClock();
    let accepts = false;
    const stub = stubFetch(
      inTurn(countedTokens(), failure),
      (call) => refusing(accepts ? 0 : 1)(call),
    );
    const { fetch, exchanges, requests } = stub;
    const cache = new TokenCache();
    const copilot = createCopilotFetch("ghu_a", { fetch, cache });
    for (let call = 0; call < 3; call++) {
      const response = await copilot("/models");
      assertEquals(response.status, 401);
      assertEquals(await response.text(), "unauthorized: token expired");
    }
    assertEquals([exchanges.length, requests.length], [2, 3]);
    accepts = true;
    const response = await copilot("/models");
    assertEquals([response.status, exchanges.length], [200, 2]);
    await response.body?.cancel();
    clock.advance(30 * SECOND);
    await (await copilot("/models")).body?.cancel();
    assertEquals(exchanges.length, 3);
  });
}

test("createCopilotFetch() makes one exchange a minute while Copilot rejects every token", async () => {
  using clock = stubClock();
  const stub = stubFetch(countedTokens(), refusing(Infinity));
  const { fetch, exchanges } = stub;
  const copilot = createCopilotFetch("ghu_a", {
    fetch,
    cache: new TokenCache(),
  });
  for (let second = 0; second < 10 * 60; second++) {
    const response = await copilot("/models");
    assertEquals(response.status, 401);
    await response.body?.cancel();
    clock.advance(SECOND);
  }
  assertEquals(exchanges.length, 1 + 10);
});

test("createCopilotFetch() refreshes once for many callers whose token Copilot rejects", async () => {
  const stub = stubFetch(countedTokens(), refusing(1));
  const { fetch, exchanges } = stub;
  const copilot = createCopilotFetch("ghu_a", {
    fetch,
    cache: new TokenCache(),
  });
  const responses = await Promise.all(
    Array.from({ length: 100 }, () => copilot("/models")),
  );
  for (const response of responses) {
    assertEquals(await response.json(), { id: 2 });
  }
  assertEquals(exchanges.length, 2);
});

test("createCopilotFetch() throws GitHub's refusal of the forced exchange", async () => {
  let cancelled = 0;
  const stub = stubFetch(
    inTurn(() => tokenResponse(), badCredentials),
    () => {
      const body = new ReadableStream({ cancel: () => void cancelled++ });
      return new Response(body, { status: 401 });
    },
  );
  const { fetch } = stub;
  const copilot = createCopilotFetch("ghu_a", {
    fetch,
    cache: new TokenCache(),
  });
  const error = await tokenError(() => copilot("/models"));
  await settle();
  assertEquals([error.code, cancelled], ["bad_credentials", 1]);
});
