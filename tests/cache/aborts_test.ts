import { assert, assertEquals } from "@std/assert";
import { test } from "node:test";
import { createCopilotFetch } from "../../mod.ts";
import {
  type Answer,
  apart,
  countedTokens,
  deferred,
  MINUTE,
  rejection,
  settle,
  stubClock,
  stubFetch,
  tokenResponse,
} from "../helpers/stubs.ts";
import {
  heldBack,
  inTurn,
  setUp,
  stalled,
} from "../helpers/scripted_github.ts";

test("A waiter that aborts leaves at once; the others go on", async () => {
  const gate = deferred<Response>();
  const { get, exchanges } = setUp(() => gate.promise);
  const controller = new AbortController();
  const first = rejection(() => get(controller.signal));
  const second = get();
  const reason = new Error("enough");
  controller.abort(reason);
  assertEquals(await first, reason);
  assertEquals(exchanges[0].signal?.aborted, false);
  gate.resolve(tokenResponse());
  assertEquals(await second, 1);
  assertEquals(exchanges.length, 1);
});

test("An exchange that nobody waits for any more is cancelled", async () => {
  const { get, exchanges } = setUp(inTurn(stalled, countedTokens()));
  const controllers = [new AbortController(), new AbortController()];
  const calls = controllers.map(({ signal }) => rejection(() => get(signal)));
  controllers[0].abort("first");
  await settle();
  assertEquals(exchanges[0].signal?.aborted, false);
  controllers[1].abort("second");
  assertEquals(await Promise.all(calls), ["first", "second"]);
  await settle();
  assertEquals(exchanges[0].signal?.aborted, true);
  // It leaves nothing behind: the next one starts at once.
  assertEquals(await get(), 1);
  assertEquals(exchanges.length, 2);
});

test("A cancelled exchange is no failed renewal", async () => {
  using clock = stubClock();
  const tokens = countedTokens();
  const { get } = setUp(inTurn(tokens, stalled, tokens));
  await get();
  clock.advance(26 * MINUTE);
  const controller = new AbortController();
  const call = rejection(() => get(controller.signal));
  controller.abort("enough");
  assertEquals(await call, "enough");
  await settle();
  assertEquals(await get(), 2);
});

test("Nor is one whose fetch tells that it was cancelled", async () => {
  using clock = stubClock();
  const tokens = countedTokens();
  const cancelled: Answer = ({ signal }) =>
    new Promise((_, reject) => {
      signal?.addEventListener("abort", () => reject(signal.reason));
    });
  const { get } = setUp(inTurn(tokens, cancelled, tokens));
  await get();
  clock.advance(26 * MINUTE);
  const controller = new AbortController();
  const call = rejection(() => get(controller.signal));
  await settle();
  controller.abort("enough");
  assertEquals(await call, "enough");
  await settle();
  assertEquals(await get(), 2);
});

test("Who may not cancel an exchange leaves with its own reason", async () => {
  // As in workerd, where it belongs to the request that began it.
  const { AbortController } = globalThis;
  globalThis.AbortController = class extends AbortController {
    override abort() {
      throw new Error("out of reach");
    }
  };
  try {
    const { get } = setUp(stalled);
    const controller = new AbortController();
    const call = rejection(() => get(controller.signal));
    controller.abort("enough");
    assertEquals(await call, "enough");
  } finally {
    globalThis.AbortController = AbortController;
  }
});

test("Whoever comes as an exchange is being cancelled is served", async () => {
  // At each of the microtasks that the cancelling takes, and some more.
  for (let turns = 0; turns < 30; turns++) {
    let underWay = 0;
    let most = 0;
    const gate = deferred();
    const { get } = setUp(async ({ signal }) => {
      most = Math.max(most, ++underWay);
      const aborted = deferred<never>();
      signal?.addEventListener("abort", () => aborted.reject(signal.reason));
      try {
        await Promise.race([gate.promise, aborted.promise]);
        return tokenResponse();
      } finally {
        underWay--;
      }
    });
    const controller = new AbortController();
    const first = rejection(() => get(controller.signal));
    controller.abort("enough");
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();
    const second = get();
    gate.resolve();
    assertEquals([await first, await second, most], ["enough", 1, 1]);
  }
});

test("An exchange that has ended is not cancelled", async () => {
  const { get, exchanges } = setUp();
  await get();
  await settle();
  assertEquals(exchanges[0].signal?.aborted, false);
});

test("A background renewal is not cancelled by those who join it", async () => {
  using clock = stubClock();
  const gate = deferred();
  const tokens = countedTokens();
  const { get, exchanges } = setUp(inTurn(tokens, heldBack(gate, tokens)));
  await get();
  clock.advance(24 * MINUTE);
  await get();
  clock.advance(2 * MINUTE);
  const controller = new AbortController();
  const late = rejection(() => get(controller.signal));
  controller.abort("enough");
  assertEquals(await late, "enough");
  await settle();
  assertEquals(exchanges[1].signal?.aborted, false);
  gate.resolve();
  await settle();
  assertEquals(await get(), 2);
});

test("An aborted signal does not even get a fresh token", async () => {
  const { get, exchanges } = setUp();
  await get();
  assertEquals(await rejection(() => get(AbortSignal.abort("no"))), "no");
  assertEquals(exchanges.length, 1);
});

test("A wait leaves no listener behind on any signal", async () => {
  const real = {
    addEventListener: EventTarget.prototype.addEventListener,
    removeEventListener: EventTarget.prototype.removeEventListener,
  };
  let listeners = 0;
  let added = 0;
  Object.assign(EventTarget.prototype, {
    addEventListener(this: EventTarget, ...args: [string, () => void]) {
      if (args[0] === "abort") {
        listeners++;
        added++;
      }
      real.addEventListener.apply(this, args);
    },
    removeEventListener(this: EventTarget, ...args: [string, () => void]) {
      if (args[0] === "abort") listeners--;
      real.removeEventListener.apply(this, args);
    },
  });
  try {
    const { cache, get } = setUp();
    const { signal } = new AbortController();
    for (let call = 0; call < 10; call++) {
      await get(signal);
      cache.clear();
    }
  } finally {
    Object.assign(EventTarget.prototype, real);
  }
  assert(added >= 10, `${added}`);
  assertEquals(listeners, 0);
});

test("A signal that aborts just before the request sends none", async () => {
  for (let turns = 0; turns < 40; turns++) {
    const stub = stubFetch(undefined, ({ signal }) => {
      assertEquals(signal?.aborted, false);
      return new Response("");
    });
    const { fetch } = stub;
    const controller = new AbortController();
    const copilot = createCopilotFetch("ghu_a", apart({ fetch }));
    const call = copilot("/x", { signal: controller.signal })
      .catch((error) => error);
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();
    controller.abort("enough");
    const outcome = await call;
    assert(outcome === "enough" || outcome instanceof Response, `${outcome}`);
  }
});

test("A signal ends the wait for a Request's body", async () => {
  const { fetch } = stubFetch();
  const copilot = createCopilotFetch("ghu_a", apart({ fetch }));
  const controller = new AbortController();
  const request = new Request("https://a.com/x", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: new ReadableStream({ pull: () => new Promise(() => {}) }),
    duplex: "half",
    signal: controller.signal,
  } as RequestInit);
  const call = rejection(() => copilot(request));
  await settle();
  controller.abort("enough");
  assertEquals(await call, "enough");
});

test("An aborted signal asks for no credential and reads no body", async () => {
  const { fetch, exchanges } = stubFetch();
  const signal = AbortSignal.abort("enough");
  let asked = 0;
  const copilot = createCopilotFetch(() => {
    asked++;
    return Promise.reject(new Error("locked"));
  }, apart({ fetch }));
  const request = new Request("https://a.com/x", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "{}",
  });
  assertEquals(await rejection(() => copilot("/x", { signal })), "enough");
  assertEquals(await rejection(() => copilot(request, { signal })), "enough");
  assertEquals([asked, exchanges.length], [0, 0]);
  assertEquals(request.bodyUsed, false);
});

test("A credential function may abort the call itself", async () => {
  const { fetch } = stubFetch();
  const controller = new AbortController();
  const copilot = createCopilotFetch(() => {
    controller.abort("enough");
    return new Promise<string>(() => {});
  }, apart({ fetch }));
  const { signal } = controller;
  assertEquals(await rejection(() => copilot("/x", { signal })), "enough");
});

test("A credential may take its time: there is no limit to it", async () => {
  const { fetch, requests } = stubFetch();
  const gate = deferred<string>();
  const copilot = createCopilotFetch(() => gate.promise, apart({ fetch }));
  const real = globalThis.setTimeout;
  let timers = 0;
  globalThis.setTimeout = ((...args: Parameters<typeof real>) => {
    timers++;
    return real(...args);
  }) as typeof real;
  try {
    const call = copilot("/x");
    await settle();
    assertEquals(timers, 0);
    gate.resolve("ghu_a");
    await call;
  } finally {
    globalThis.setTimeout = real;
  }
  assertEquals(requests.length, 1);
});

test("A signal that aborts as the exchange begins behind another sends none", async () => {
  for (let turns = 0; turns < 12; turns++) {
    const { get, exchanges } = setUp(stalled);
    const controllers = [new AbortController(), new AbortController()];
    const first = rejection(() => get(controllers[0].signal));
    controllers[0].abort("first");
    await first;
    const second = rejection(() => get(controllers[1].signal));
    for (let turn = 0; turn < turns; turn++) await null;
    controllers[1].abort("second");
    assertEquals(await second, "second");
    await settle();
    for (const { signal } of exchanges.slice(1)) assert(signal?.aborted);
    if (turns < 4) assertEquals(exchanges.length, 1);
  }
});
