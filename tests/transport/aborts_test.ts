import { assert, assertEquals } from "@std/assert";
import { test } from "node:test";
import { createCopilotFetch } from "../../mod.ts";
import { listen, seen, sendJSON } from "../helpers/loopback.ts";
import {
  acceptTokensFrom,
  setUp,
  unauthorized,
} from "../helpers/scripted_copilot.ts";
import {
  apart,
  countedTokens,
  deferred,
  rejection,
  settle,
  stubFetch,
  tokenText,
} from "../helpers/stubs.ts";

/** A signal of another make, such as a polyfill's without a reason. */
class ForeignSignal extends EventTarget {
  aborted = false;
  listeners = 0;
  override addEventListener(
    ...args: Parameters<EventTarget["addEventListener"]>
  ) {
    this.listeners++;
    super.addEventListener(...args);
  }
  override removeEventListener(
    ...args: Parameters<EventTarget["removeEventListener"]>
  ) {
    this.listeners--;
    super.removeEventListener(...args);
  }
}

/** Signals of this runtime and of another make, and how they are aborted. */
const makes: Record<
  string,
  () => {
    signal: AbortSignal;
    abort: () => void;
    isReason: (error: unknown) => boolean;
  }
> = {
  "a signal": () => {
    const controller = new AbortController();
    return {
      signal: controller.signal,
      abort: () => controller.abort("enough"),
      isReason: (error) => error === "enough",
    };
  },
  "a polyfill's signal": () => {
    const signal = new ForeignSignal();
    return {
      signal: signal as unknown as AbortSignal,
      abort() {
        signal.aborted = true;
        signal.dispatchEvent(new Event("abort"));
      },
      isReason: (error) => (error as Error).name === "AbortError",
    };
  },
};

for (const [what, make] of Object.entries(makes)) {
  test(`createCopilotFetch() sends nothing for ${what} that is aborted already`, async () => {
    const { copilot, exchanges, requests } = setUp();
    const { signal, abort, isReason } = make();
    abort();
    assert(isReason(await rejection(() => copilot("/x", { signal }))));
    assertEquals(exchanges.length + requests.length, 0);
  });

  test(`createCopilotFetch() ends the wait for a credential function for ${what}`, async () => {
    const { fetch } = stubFetch();
    const copilot = createCopilotFetch(() => new Promise(() => {}), { fetch });
    const { signal, abort, isReason } = make();
    const call = rejection(() => copilot("/x", { signal }));
    await settle();
    abort();
    assert(isReason(await call));
  });

  test(`createCopilotFetch() ends the wait for the exchange for ${what}, and sends no request`, async () => {
    const started = deferred();
    const { copilot, requests } = setUp({}, () => {
      started.resolve();
      return new Promise(() => {});
    });
    const { signal, abort, isReason } = make();
    const call = rejection(() => copilot("/x", { signal }));
    await started.promise;
    abort();
    assert(isReason(await call));
    assertEquals(requests.length, 0);
  });

  test(`createCopilotFetch() ends the request to a real server for ${what}`, async () => {
    const received = deferred();
    const closed = deferred();
    await using server = await listen((request, response) => {
      if (request.url?.endsWith("/token")) {
        return sendJSON(response, { token: tokenText(), refresh_in: 1500 });
      }
      response.on("close", () => closed.resolve());
      received.resolve();
    });
    const copilot = createCopilotFetch("ghu_a", apart({ fetch: server.fetch }));
    const { signal, abort } = make();
    const call = rejection(() => copilot("/x", { signal }));
    await received.promise;
    abort();
    await call;
    await seen(closed.promise);
  });

  test(`createCopilotFetch() ends a response's body from a real server for ${what}`, async () => {
    const closed = deferred();
    await using server = await listen((request, response) => {
      if (request.url?.endsWith("/token")) {
        return sendJSON(response, { token: tokenText(), refresh_in: 1500 });
      }
      response.on("close", () => closed.resolve());
      response.write("The beginning");
    });
    const copilot = createCopilotFetch("ghu_a", apart({ fetch: server.fetch }));
    const { signal, abort } = make();
    const response = await copilot("/x", { signal });
    abort();
    await rejection(() => response.text());
    await seen(closed.promise);
  });

  test(`createCopilotFetch() ends the wait for a 401's reason for ${what}, and cancels its body`, async () => {
    const cancelled = deferred();
    const read = deferred();
    const { copilot, exchanges } = setUp({}, undefined, () => {
      const body = new ReadableStream({
        pull: () => {
          read.resolve();
          return new Promise(() => {});
        },
        cancel: () => cancelled.resolve(),
      }, { highWaterMark: 0 });
      const headers = { "content-type": "application/json" };
      return new Response(body, { status: 401, headers });
    });
    const { signal, abort, isReason } = make();
    const call = rejection(() => copilot("/x", { signal }));
    await read.promise;
    abort();
    assert(isReason(await call));
    assertEquals(exchanges.length, 1);
    await cancelled.promise;
  });
}

test("createCopilotFetch() ends the wait for a second token, and sends no second request", async () => {
  const controller = new AbortController();
  const tokens = countedTokens();
  let count = 0;
  const { copilot, requests } = setUp(
    {},
    (call) => {
      if (++count === 1) return tokens(call);
      controller.abort("enough");
      return new Promise<Response>(() => {});
    },
    unauthorized,
  );
  const { signal } = controller;
  assertEquals(await rejection(() => copilot("/x", { signal })), "enough");
  assertEquals(requests.length, 1);
});

test("createCopilotFetch() sends nothing to Copilot if the signal aborts as the token arrives", async () => {
  const controller = new AbortController();
  const { copilot, requests } = setUp({
    cache: {
      get() {
        controller.abort("enough");
        return Promise.resolve({ value: "tid=1", baseURL: "https://a.com" });
      },
      invalidate: () => true,
    } as never,
  });
  const { signal } = controller;
  assertEquals(await rejection(() => copilot("/x", { signal })), "enough");
  assertEquals(requests.length, 0);
});

test("createCopilotFetch() passes the caller's signal to fetch", async () => {
  const { copilot, requests } = setUp({}, countedTokens(), acceptTokensFrom(2));
  const { signal } = new AbortController();
  await copilot("/x", { signal });
  assertEquals(requests.map((request) => request.signal === signal), [
    true,
    true,
  ]);
});

test("createCopilotFetch() leaves one listener on a polyfill's signal after many requests", async () => {
  const { copilot, requests } = setUp();
  const signal = new ForeignSignal();
  const init = { signal: signal as unknown as AbortSignal };
  for (let call = 0; call < 100; call++) await copilot("/x", init);
  assertEquals(signal.listeners, 1);
  assertEquals(new Set(requests.map(({ signal }) => signal)).size, 1);
});
