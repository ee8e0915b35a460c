import { assert, assertEquals } from "@std/assert";
import { test } from "node:test";
import { inspect } from "node:util";
import { exchangeToken, TokenCache } from "../../mod.ts";
import {
  down,
  heldBack,
  limited,
  setUp,
  stalled,
} from "../helpers/scripted_github.ts";
import { simulateTime } from "../helpers/simulated_time.ts";
import {
  countedTokens,
  deferred,
  inTurn,
  MINUTE,
  rejectionOf,
  stubClock,
  stubFetch,
  tokenError,
  tokenResponse,
} from "../helpers/stubs.ts";

test("TokenCache.get() makes one exchange for a thousand callers", async () => {
  const { get, exchanges } = setUp();
  const tokens = await Promise.all(Array.from({ length: 1000 }, () => get()));
  assertEquals(tokens, Array(1000).fill(1));
  assertEquals(exchanges.length, 1);
});

test("TokenCache.get() makes one exchange if the event loop is blocked for seconds", async () => {
  using time = simulateTime();
  const gate = deferred();
  const { get, exchanges } = setUp(heldBack(gate, countedTokens()));
  const calls = [get()];
  for (let second = 0; second < 20; second++) {
    time.block(1000);
    calls.push(get());
  }
  await time.advance(0);
  time.block(5000);
  await time.advance(0);
  calls.push(get());
  gate.resolve();
  assertEquals(await Promise.all(calls), Array(22).fill(1));
  assertEquals(exchanges.length, 1);
});

test("TokenCache.get() rejects all who wait for an exchange that fails", async () => {
  const { get, exchanges } = setUp(down);
  const errors = await Promise.all(
    Array.from({ length: 1000 }, () => tokenError(get)),
  );
  assertEquals(errors.map(({ code }) => code), Array(1000).fill("unavailable"));
  assertEquals(exchanges.length, 1);
});

test("TokenCache.get() makes one exchange for a thousand callers in refresh-due", async () => {
  using clock = stubClock();
  const { get, exchanges } = setUp(inTurn(countedTokens(), down));
  await get();
  clock.advance(26 * MINUTE);
  const tokens = await Promise.all(Array.from({ length: 1000 }, () => get()));
  assertEquals(tokens, Array(1000).fill(1));
  assertEquals(exchanges.length, 2);
});

test("TokenCache.get() in refresh-due joins the refresh that runs in the background", async () => {
  using clock = stubClock();
  const gate = deferred();
  const tokens = countedTokens();
  const { get, exchanges } = setUp(inTurn(tokens, heldBack(gate, tokens)));
  await get();
  clock.advance(24 * MINUTE);
  await get();
  clock.advance(2 * MINUTE);
  const late = get();
  gate.resolve();
  assertEquals(await late, 2);
  assertEquals(exchanges.length, 2);
});

test("TokenCache.get() finds the exchange that its own fetch belongs to", async () => {
  let inner: Promise<number> | undefined;
  const tokens = countedTokens();
  const { get, exchanges } = setUp((call) => {
    inner ??= get();
    return tokens(call);
  });
  assertEquals(await get(), 1);
  assertEquals(await inner, 1);
  assertEquals(exchanges.length, 1);
});

for (
  const [outcome, answer] of [
    [1, () => tokenResponse()],
    ["rate_limited", limited(100)],
  ] as const
) {
  test(`TokenCache.get() at any moment while an exchange ends joins it or uses its result (${outcome})`, async () => {
    for (let turns = 0; turns < 30; turns++) {
      let late: Promise<unknown> | undefined;
      const { outcome: call, exchanges } = setUp((request) => {
        late = (async () => {
          for (let turn = 0; turn < turns; turn++) await null;
          return await call();
        })();
        return answer(request);
      });
      const first = await call();
      assertEquals([first, await late], [outcome, outcome]);
      assertEquals(exchanges.length, 1);
    }
  });
}

test("TokenCache.get() does not wait for another credential's exchange", async () => {
  const { get } = setUp(({ headers }) =>
    headers.authorization === "Bearer ghu_slow" ? stalled() : tokenResponse()
  );
  const controller = new AbortController();
  const slow = get(controller.signal, "ghu_slow").catch((reason) => reason);
  assertEquals(await get(undefined, "ghu_quick"), 1);
  controller.abort("enough");
  assertEquals(await slow, "enough");
});

test("TokenCache.get() keeps one token per credential, domain and kind of auth", async () => {
  const { cache, options, exchanges } = setUp();
  for (let round = 0; round < 2; round++) {
    await cache.get("ghu_a", options);
    await cache.get(" ghu_a\n", options);
    await cache.get("ghu_a", { ...options, domain: "github.com" });
    await cache.get("ghu_a", { ...options, auth: "exchange" });
    await cache.get("ghu_b", options);
    await cache.get("ghu_a", { ...options, domain: "acme.ghe.com" });
    await cache.get("ghu_a", { ...options, domain: "https://ACME.ghe.com/" });
    await cache.get("ghu_a", { ...options, auth: "direct" });
  }
  assertEquals(exchanges.length, 4);
});

test("TokenCache.get() remembers that GitHub does not exchange a credential", async () => {
  using clock = stubClock();
  const { cache, options, exchanges } = setUp(({ url }) =>
    url.endsWith("/user")
      ? Response.json({ endpoints: { api: "https://api.githubcopilot.com" } })
      : Response.json({ message: "Not Found" }, { status: 404 })
  );
  const { auth } = await cache.get("gho_a", options);
  assertEquals(auth, "direct");
  clock.advance(26 * MINUTE);
  await cache.get("gho_a", options);
  const paths = exchanges.map(({ url }) => new URL(url).pathname);
  assertEquals(paths, [
    "/copilot_internal/v2/token",
    "/copilot_internal/user",
    "/copilot_internal/user",
  ]);
  cache.clear();
  await cache.get("gho_a", options);
  assertEquals(exchanges.length, 5);
});

test("TokenCache.get() keeps nothing for an installation token and asks nobody", async () => {
  const { cache, options, exchanges } = setUp();
  const first = await cache.get("ghs_a", options);
  const second = await cache.get("ghs_a", options);
  assertEquals([first.auth, first.value], ["direct", "ghs_a"]);
  assert(first !== second);
  assertEquals(exchanges.length, 0);
});

test("TokenCache.get() with no credential sends nothing", async () => {
  const { cache, options, exchanges } = setUp();
  const error = await tokenError(() => cache.get(" ", options));
  assertEquals(error.code, "bad_credentials");
  assertEquals(exchanges.length, 0);
});

for (const invalid of [null, "x", 1]) {
  test(`TokenCache refuses ${JSON.stringify(invalid)} in place of the options`, async () => {
    const { cache } = setUp();
    // deno-lint-ignore no-explicit-any -- what a caller without types may pass
    const options = invalid as any;
    await rejectionOf(TypeError, () => cache.get("ghu_a", options));
    await rejectionOf(TypeError, () => exchangeToken("ghu_a", options));
    await rejectionOf(
      TypeError,
      async () => await Promise.resolve(cache.invalidate("ghu_a", options)),
    );
  });
}

for (const option of ["fetch", "domain", "headers", "auth", "waitUntil"]) {
  test(`TokenCache.get() refuses null for the option ${option} and names it`, async () => {
    const { cache, options, exchanges } = setUp();
    const error = await rejectionOf(
      TypeError,
      () => cache.get("ghu_a", { ...options, [option]: null }),
    );
    assert(error.message.includes(`'${option}'`), error.message);
    assertEquals(exchanges.length, 0);
  });
}

test("TokenCache.get() ignores options that come from Object.prototype", async () => {
  const { cache, options, exchanges } = setUp();
  const evil = { domain: "evil.ghe.com", auth: "direct", signal: "x" };
  Object.assign(Object.prototype, evil);
  try {
    await cache.get("ghu_a", options);
  } finally {
    for (const name of Object.keys(evil)) {
      Reflect.deleteProperty(Object.prototype, name);
    }
  }
  assertEquals(new URL(exchanges[0].url).host, "api.github.com");
});

test("TokenCache.clear() forgets all tokens", async () => {
  const { cache, get, exchanges } = setUp();
  await get();
  await get(undefined, "ghu_b");
  cache.clear();
  assertEquals(await get(), 3);
  assertEquals(exchanges.length, 3);
});

test("TokenCache.clear() forgets cooldowns", async () => {
  const { cache, outcome } = setUp(inTurn(limited(600), countedTokens()));
  assertEquals(await outcome(), "rate_limited");
  cache.clear();
  assertEquals(await outcome(), 1);
});

test("TokenCache.clear() lets an exchange in flight end for those who wait, and no others", async () => {
  const gate = deferred();
  const tokens = countedTokens();
  const { cache, get, exchanges } = setUp(
    inTurn(heldBack(gate, tokens), tokens),
  );
  const before = get();
  cache.clear();
  assertEquals(await get(), 1);
  gate.resolve();
  assertEquals(await before, 2);
  assertEquals(await get(), 1);
  assertEquals(exchanges.length, 2);
});

test("TokenCache.clear() takes the old token from no call that waits for a refresh", async () => {
  using clock = stubClock();
  const gate = deferred();
  const { cache, get } = setUp(inTurn(countedTokens(), heldBack(gate, down)));
  await get();
  clock.advance(26 * MINUTE);
  const refreshing = get();
  cache.clear();
  gate.resolve();
  assertEquals(await refreshing, 1);
});

test("TokenCache shows neither credentials nor tokens", async () => {
  const { cache, get } = setUp();
  await get(undefined, "ghu_secret");
  const shown = inspect(cache, { depth: 9, showHidden: true }) +
    JSON.stringify(cache);
  assert(!/secret|tid=/.test(shown), shown);
});

test("exchangeToken() keeps no token", async () => {
  const { fetch, exchanges } = stubFetch();
  await exchangeToken("ghu_a", { fetch });
  await exchangeToken("ghu_a", { fetch });
  assertEquals(exchanges.length, 2);
});

test("TokenCache shares no token with another TokenCache", async () => {
  const { cache, options, exchanges } = setUp();
  await cache.get("ghu_a", options);
  await new TokenCache().get("ghu_a", options);
  assertEquals(exchanges.length, 2);
});
