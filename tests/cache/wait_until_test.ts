import { assertEquals } from "@std/assert";
import { test } from "node:test";
import { down, heldBack, setUp } from "../helpers/scripted_github.ts";
import {
  countedTokens,
  deferred,
  inTurn,
  MINUTE,
  rejectionOf,
  settle,
  stubClock,
} from "../helpers/stubs.ts";

test("TokenCache passes a promise to waitUntil that holds no token and never rejects", async () => {
  using clock = stubClock();
  const promises: Promise<void>[] = [];
  const waitUntil = (promise: Promise<void>) => void promises.push(promise);
  const { outcome } = setUp(inTurn(down, countedTokens(), down), { waitUntil });
  assertEquals(await outcome(), "unavailable");
  clock.advance(MINUTE);
  assertEquals(await outcome(), 1);
  clock.advance(24 * MINUTE);
  assertEquals(await outcome(), 1); // refreshed in the background
  await settle();
  assertEquals(await Promise.all(promises), [undefined, undefined, undefined]);
});

test("TokenCache passes the promise to waitUntil before the exchange is sent, and once", async () => {
  const gate = deferred();
  const events: string[] = [];
  const tokens = countedTokens();
  const { get } = setUp((call) => {
    events.push("sent");
    return heldBack(gate, tokens)(call);
  }, { waitUntil: () => void events.push("waitUntil") });
  const calls = [get(), get()];
  await settle();
  assertEquals(events, ["waitUntil", "sent"]);
  gate.resolve();
  await Promise.all(calls);
});

test("TokenCache.get() rejects with what waitUntil throws", async () => {
  const illegal = new TypeError("Illegal invocation");
  const { cache, options, exchanges } = setUp(undefined, {
    waitUntil() {
      throw illegal;
    },
  });
  const error = await rejectionOf(
    TypeError,
    () => cache.get("ghu_a", options),
  );
  assertEquals([error, exchanges.length], [illegal, 0]);
});
