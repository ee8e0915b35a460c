import { assertEquals } from "@std/assert";
import { test } from "node:test";
import {
  createCopilotFetch,
  type InvalidateOptions,
  type TokenCache,
} from "../../mod.ts";
import {
  acceptTokensFrom,
  refusal,
  setUp,
  unauthorized,
} from "../helpers/scripted_copilot.ts";
import {
  apart,
  countedTokens,
  deferred,
  inTurn,
  MINUTE,
  SECOND,
  settle,
  stubClock,
  stubFetch,
  tokenError,
  tokenResponse,
  tokenText,
} from "../helpers/stubs.ts";

function down(): Response {
  return new Response("down", { status: 503 });
}

// What is repeated

const replayable: Record<string, () => BodyInit | undefined> = {
  "no body": () => undefined,
  "a text": () => "text",
  "bytes": () => new Uint8Array([1, 2]),
  "a Blob": () => new Blob(["blob"]),
  "a form": () => new URLSearchParams("a=b"),
  "FormData": () => new FormData(),
};

for (const [what, makeBody] of Object.entries(replayable)) {
  test(`createCopilotFetch() repeats a request with ${what} once after a 401, with a new token`, async () => {
    const { copilot, exchanges, requests } = setUp(
      {},
      countedTokens(),
      acceptTokensFrom(2),
    );
    const body = makeBody();
    const response = await copilot("/x", { method: "POST", body });
    assertEquals(await response.text(), "accepted");
    assertEquals(exchanges.length, 2);
    assertEquals(requests.map((request) => request.body), [body, body]);
    assertEquals(requests.map(({ headers }) => headers.authorization), [
      `Bearer ${tokenText(1)}`,
      `Bearer ${tokenText(2)}`,
    ]);
  });
}

test("createCopilotFetch() repeats a JSON Request from what it read", async () => {
  const { copilot, requests } = setUp({}, countedTokens(), acceptTokensFrom(2));
  const request = new Request("https://a.com/x", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '{"a":1}',
  });
  assertEquals((await copilot(request)).status, 200);
  for (const { body } of requests) {
    assertEquals(await new Response(body).text(), '{"a":1}');
  }
});

test("createCopilotFetch() does not send a stream again after a 401, and uses a new token for the next request", async () => {
  const { copilot, exchanges, requests } = setUp(
    {},
    countedTokens(),
    acceptTokensFrom(2),
  );
  const sendStream = () =>
    copilot("/x", { method: "POST", body: new ReadableStream() });
  const response = await sendStream();
  assertEquals(await response.text(), "unauthorized: token expired");
  assertEquals([exchanges.length, requests.length], [1, 1]);
  assertEquals((await sendStream()).status, 200);
  assertEquals([exchanges.length, requests.length], [2, 2]);
});

test("createCopilotFetch() does not send an async iterable again after a 401", async () => {
  const { copilot, requests } = setUp({}, countedTokens(), acceptTokensFrom(2));
  async function* chunks() {
    yield new Uint8Array([1]);
  }
  const init = { method: "POST", body: chunks() } as unknown as RequestInit;
  assertEquals((await copilot("/x", init)).status, 401);
  assertEquals(requests.length, 1);
});

test("createCopilotFetch() repeats a request at the host of the new token", async () => {
  let count = 0;
  const { copilot, requests } = setUp(
    {},
    () => {
      const plan = ++count === 1 ? "individual" : "business";
      return tokenResponse({ token: tokenText(count, plan) });
    },
    acceptTokensFrom(2),
  );
  await copilot("/x");
  assertEquals(
    requests[1].url,
    "https://api.business.githubcopilot.com/x",
  );
});

test("createCopilotFetch() repeats a request once, whatever a cache returns", async () => {
  let count = 0;
  const cache = {
    get: () =>
      Promise.resolve({ value: `tid=${++count}`, baseURL: "https://a.com" }),
    invalidate: () => true,
  } as unknown as TokenCache;
  const { copilot, requests } = setUp({ cache }, undefined, unauthorized);
  assertEquals((await copilot("/x")).status, 401);
  assertEquals(requests.length, 2);
});

test("createCopilotFetch() invalidates the token of its own domain and auth", async () => {
  const calls: unknown[] = [];
  const token = { value: "tid=1", baseURL: "https://a.com", auth: "exchange" };
  const cache = {
    get: () => Promise.resolve(token),
    invalidate(credential: string, options: InvalidateOptions) {
      const { domain, auth, token } = options;
      calls.push([credential, domain, auth, token]);
      return false;
    },
  } as unknown as TokenCache;
  const { copilot } = setUp(
    { cache, domain: "acme.ghe.com", auth: "exchange" },
    undefined,
    unauthorized,
  );
  await copilot("/x");
  assertEquals(calls, [["ghu_a", "acme.ghe.com", "exchange", token]]);
});

test("createCopilotFetch() returns a direct credential's 401", async () => {
  for (const credential of ["github_pat_a", "ghs_a"]) {
    const { fetch, exchanges, requests } = stubFetch(
      () => Response.json({}),
      unauthorized,
    );
    const copilot = createCopilotFetch(credential, apart({ fetch }));
    assertEquals((await copilot("/x")).status, 401);
    await copilot("/x");
    assertEquals(exchanges.length, credential === "ghs_a" ? 0 : 1);
    assertEquals(requests.length, 2);
  }
});

test("createCopilotFetch() does not repeat a request after GitHub's own 401", async () => {
  const { copilot, exchanges } = setUp({}, () => refusal(401));
  const { code } = await tokenError(() => copilot("/x"));
  assertEquals([code, exchanges.length], ["bad_credentials", 1]);
});

// Many requests

test("createCopilotFetch() makes one exchange for fifty 401s at once", async () => {
  const { copilot, exchanges, requests } = setUp(
    {},
    countedTokens(),
    acceptTokensFrom(2),
  );
  const calls = Array.from({ length: 50 }, () => copilot("/x"));
  const statuses = (await Promise.all(calls)).map(({ status }) => status);
  assertEquals(statuses, Array(50).fill(200));
  assertEquals([exchanges.length, requests.length], [2, 100]);
});

test("createCopilotFetch() keeps the new token when a 401 of the old one comes late", async () => {
  const late = deferred<Response>();
  let isFirst = true;
  const { copilot, exchanges } = setUp({}, countedTokens(), (call) => {
    if (!isFirst) return acceptTokensFrom(2)(call);
    isFirst = false;
    return late.promise;
  });
  const slow = copilot("/x");
  const quick = await copilot("/x");
  assertEquals([quick.status, exchanges.length], [200, 2]);
  late.resolve(unauthorized());
  assertEquals([(await slow).status, exchanges.length], [200, 2]);
});

test("createCopilotFetch() repeats a request whose token another request has invalidated", async () => {
  const late = deferred<Response>();
  let count = 0;
  const { copilot, exchanges } = setUp(
    {},
    countedTokens(),
    (call) => count++ ? acceptTokensFrom(2)(call) : late.promise,
  );
  const slow = copilot("/x");
  await settle();
  const body = new ReadableStream();
  assertEquals((await copilot("/x", { method: "POST", body })).status, 401);
  late.resolve(unauthorized());
  assertEquals((await slow).status, 200);
  assertEquals(exchanges.length, 2);
});

test("createCopilotFetch() makes one more exchange a minute while every token gets a 401", async () => {
  using clock = stubClock();
  const { copilot, exchanges, requests } = setUp(
    {},
    countedTokens(),
    unauthorized,
  );
  assertEquals((await copilot("/x")).status, 401);
  assertEquals([exchanges.length, requests.length], [2, 2]);
  for (let second = 1; second < 60; second++) {
    clock.advance(SECOND);
    assertEquals((await copilot("/x")).status, 401);
  }
  assertEquals([exchanges.length, requests.length], [2, 61]);
  clock.advance(SECOND);
  assertEquals((await copilot("/x")).status, 401);
  assertEquals([exchanges.length, requests.length], [3, 63]);
});

test("createCopilotFetch() makes an exchange after a 401 although the clock was set back", async () => {
  using clock = stubClock();
  const { copilot, exchanges } = setUp({}, countedTokens(), unauthorized);
  await copilot("/x");
  clock.advance(-60 * MINUTE);
  await copilot("/x");
  assertEquals(exchanges.length, 4); // one of them as the clock was set back
});

// GitHub is down

test("createCopilotFetch() returns the 401 whole while GitHub is down, and uses the token for the next request", async () => {
  using clock = stubClock();
  let isAccepted = false;
  const { copilot, exchanges, requests } = setUp(
    {},
    inTurn(() => tokenResponse(), down),
    () => isAccepted ? new Response("accepted") : unauthorized(),
  );
  const response = await copilot("/x");
  assertEquals(response.status, 401);
  assertEquals(await response.text(), "unauthorized: token expired");
  assertEquals([exchanges.length, requests.length], [2, 1]);
  isAccepted = true;
  clock.advance(SECOND);
  assertEquals(await (await copilot("/x")).text(), "accepted");
  assertEquals(exchanges.length, 2);
});

test("createCopilotFetch() makes one exchange in the 30 seconds after a failed one", async () => {
  using clock = stubClock();
  const { copilot, exchanges } = setUp(
    {},
    inTurn(() => tokenResponse({ refresh_in: 1500 }), down),
    unauthorized,
  );
  for (let second = 0; second < 60; second++) {
    assertEquals((await copilot("/x")).status, 401);
    clock.advance(SECOND);
  }
  assertEquals(exchanges.length, 1 + 2);
});

test("createCopilotFetch() rejects if GitHub refuses the exchange after a 401", async () => {
  const { copilot } = setUp(
    {},
    inTurn(() => tokenResponse(), () => refusal(401)),
    unauthorized,
  );
  const { code } = await tokenError(() => copilot("/x"));
  assertEquals(code, "bad_credentials");
});

test("createCopilotFetch() makes an exchange after a 401 although a background refresh has failed", async () => {
  using clock = stubClock();
  const tokens = countedTokens();
  let isDown = false;
  let firstAccepted = 1;
  const { copilot, exchanges } = setUp(
    {},
    (call) => isDown ? down() : tokens(call),
    (call) => acceptTokensFrom(firstAccepted)(call),
  );
  await copilot("/x");
  clock.advance(24 * MINUTE);
  isDown = true;
  await copilot("/x"); // its background refresh fails
  await settle();
  isDown = false;
  firstAccepted = 2;
  clock.advance(SECOND);
  assertEquals((await copilot("/x")).status, 200);
  assertEquals(exchanges.length, 3);
});

test("createCopilotFetch() returns a 401 while GitHub limits exchanges", async () => {
  using clock = stubClock();
  let isRejected = false;
  const { copilot, exchanges } = setUp(
    {},
    inTurn(
      () => tokenResponse({ refresh_in: 1500 }),
      () => refusal(429, { "retry-after": "600" }),
    ),
    () => isRejected ? unauthorized() : new Response("accepted"),
  );
  await copilot("/x");
  clock.advance(26 * MINUTE);
  assertEquals((await copilot("/x")).status, 200);
  isRejected = true;
  assertEquals((await copilot("/x")).status, 401);
  assertEquals(exchanges.length, 2);
});
