import { assertEquals } from "@std/assert";
import { test } from "node:test";
import {
  countedTokens,
  deferred,
  MINUTE,
  SECOND,
  settle,
  stubClock,
  tokenError,
  tokenResponse,
  tokenText,
} from "../helpers/stubs.ts";
import { setUp } from "../helpers/scripted_copilot.ts";

const unauthorized = () =>
  new Response("unauthorized: token expired", { status: 401 });

/** Copilot, that likes only the tokens from a number on. */
function fromToken(first: number) {
  return ({ headers }: { headers: Record<string, string> }) =>
    Number(/tid=(\d+)/.exec(headers.authorization)?.[1]) < first
      ? unauthorized()
      : new Response("fine");
}

const repeatable: Record<string, () => BodyInit | undefined> = {
  "no body": () => undefined,
  "a text": () => "text",
  "bytes": () => new Uint8Array([1, 2]),
  "a blob": () => new Blob(["blob"]),
  "a form": () => new URLSearchParams("a=b"),
  "form data": () => new FormData(),
};

for (const [what, make] of Object.entries(repeatable)) {
  test(`A 401 is met with a new token and one repetition, with ${what}`, async () => {
    const { copilot, exchanges, requests } = setUp(
      {},
      countedTokens(),
      fromToken(2),
    );
    const body = make();
    const response = await copilot("/x", { method: "POST", body });
    assertEquals(await response.text(), "fine");
    assertEquals(exchanges.length, 2);
    assertEquals(requests.map((request) => request.body), [body, body]);
    assertEquals(requests.map(({ headers }) => headers.authorization), [
      `Bearer ${tokenText(1)}`,
      `Bearer ${tokenText(2)}`,
    ]);
  });
}

test("A renewal that failed before does not hold up the exchange behind a 401", async () => {
  using clock = stubClock();
  const tokens = countedTokens();
  let isDown = false;
  let liked = 1;
  const { copilot, exchanges } = setUp(
    {},
    (call) => isDown ? new Response("", { status: 503 }) : tokens(call),
    (call) => fromToken(liked)(call),
  );
  await copilot("/x");
  clock.advance(24 * MINUTE);
  isDown = true;
  await copilot("/x"); // its renewal in the background fails
  await settle();
  isDown = false;
  liked = 2;
  clock.advance(SECOND);
  assertEquals((await copilot("/x")).status, 200);
  assertEquals(exchanges.length, 3);
});

test("A body that cannot be cancelled is no obstacle to the repetition", async () => {
  let count = 0;
  const { copilot } = setUp(
    {},
    countedTokens(),
    () =>
      count++
        ? new Response("fine")
        : ({ status: 401, body: {} }) as unknown as Response,
  );
  assertEquals((await copilot("/x")).status, 200);
});

test("The repetition has headers of its own", async () => {
  const { copilot, requests } = setUp({}, countedTokens(), fromToken(2));
  await copilot("/x");
  const [first, second] = requests.map(({ init }) => new Headers(init.headers));
  assertEquals(first.get("authorization"), `Bearer ${tokenText(1)}`);
  assertEquals(second.get("authorization"), `Bearer ${tokenText(2)}`);
});

test("A 401 is met though another call has dropped the token before", async () => {
  const late = deferred<Response>();
  let count = 0;
  const { copilot, exchanges } = setUp(
    {},
    countedTokens(),
    (call) => count++ ? fromToken(2)(call) : late.promise,
  );
  const slow = copilot("/x");
  await settle();
  const body = new ReadableStream();
  assertEquals((await copilot("/x", { method: "POST", body })).status, 401);
  late.resolve(unauthorized());
  assertEquals((await slow).status, 200);
  assertEquals(exchanges.length, 2);
});

test("The repetition goes to the new token's host", async () => {
  let count = 0;
  const { copilot, requests } = setUp(
    {},
    () =>
      tokenResponse({
        token: tokenText(++count, count === 1 ? "individual" : "business"),
      }),
    fromToken(2),
  );
  await copilot("/x");
  assertEquals(
    requests[1].url,
    "https://api.business.githubcopilot.com/x",
  );
});

test("A JSON Request is repeated from what was read of it", async () => {
  const { copilot, requests } = setUp({}, countedTokens(), fromToken(2));
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

test("A stream is not sent twice; the next call has a new token", async () => {
  const { copilot, exchanges, requests } = setUp(
    {},
    countedTokens(),
    fromToken(2),
  );
  const body = () => new ReadableStream();
  assertEquals(
    (await copilot("/x", { method: "POST", body: body() })).status,
    401,
  );
  assertEquals([exchanges.length, requests.length], [1, 1]);
  assertEquals(
    (await copilot("/x", { method: "POST", body: body() })).status,
    200,
  );
  assertEquals([exchanges.length, requests.length], [2, 2]);
});

test("An iterable body is not sent twice either", async () => {
  const { copilot, requests } = setUp({}, countedTokens(), fromToken(2));
  async function* body() {
    yield new Uint8Array([1]);
  }
  const init = { method: "POST", body: body() } as unknown as RequestInit;
  assertEquals((await copilot("/x", init)).status, 401);
  assertEquals(requests.length, 1);
});

test("The body of a 401 that is not handed on is let go", async () => {
  const cancelled = deferred<unknown>();
  const body = () =>
    new ReadableStream({ cancel: (reason) => cancelled.resolve(reason) });
  let count = 0;
  const { copilot } = setUp(
    {},
    countedTokens(),
    () =>
      count++ ? new Response("fine") : new Response(body(), { status: 401 }),
  );
  await copilot("/x");
  await cancelled.promise;
});

test("A 401 without a body is met as well", async () => {
  let count = 0;
  const { copilot } = setUp(
    {},
    countedTokens(),
    () => new Response(null, { status: count++ ? 204 : 401 }),
  );
  assertEquals((await copilot("/x")).status, 204);
});

test("Fifty 401s at once make one exchange, and all succeed", async () => {
  const { copilot, exchanges, requests } = setUp(
    {},
    countedTokens(),
    fromToken(2),
  );
  const responses = await Promise.all(
    Array.from({ length: 50 }, () => copilot("/x")),
  );
  assertEquals(responses.map(({ status }) => status), Array(50).fill(200));
  assertEquals([exchanges.length, requests.length], [2, 100]);
});

test("A late 401 of an old token leaves the new one", async () => {
  const late = deferred<Response>();
  let first = true;
  const { copilot, exchanges } = setUp({}, countedTokens(), (call) => {
    if (!first) return fromToken(2)(call);
    first = false;
    return late.promise;
  });
  const slow = copilot("/x");
  const quick = await copilot("/x");
  assertEquals([quick.status, exchanges.length], [200, 2]);
  late.resolve(unauthorized());
  assertEquals([(await slow).status, exchanges.length], [200, 2]);
});

test("A 401 that stays is handed on, with two exchanges a minute at most", async () => {
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

test("A clock that is set back does not forbid a forced exchange", async () => {
  using clock = stubClock();
  const { copilot, exchanges } = setUp({}, countedTokens(), unauthorized);
  await copilot("/x");
  clock.advance(-60 * MINUTE);
  await copilot("/x");
  assertEquals(exchanges.length, 4); // the set clock has one of its own
});

test("A forced exchange that fails is the answer", async () => {
  let count = 0;
  const { copilot } = setUp(
    {},
    () => count++ ? new Response("down", { status: 503 }) : tokenResponse(),
    unauthorized,
  );
  const { code } = await tokenError(() => copilot("/x"));
  assertEquals(code, "unavailable");
});

test("While GitHub asks to be left alone, a 401 is handed on", async () => {
  using clock = stubClock();
  let count = 0;
  let revoked = false;
  const { copilot, exchanges } = setUp(
    {},
    () =>
      count++
        ? new Response("", { status: 429, headers: { "retry-after": "600" } })
        : tokenResponse({ refresh_in: 1500 }),
    () => revoked ? unauthorized() : new Response("fine"),
  );
  await copilot("/x");
  clock.advance(26 * MINUTE);
  assertEquals((await copilot("/x")).status, 200);
  revoked = true;
  assertEquals((await copilot("/x")).status, 401);
  assertEquals(exchanges.length, 2);
});

test("A 401 of GitHub's is no 401 of Copilot's", async () => {
  const { copilot, exchanges } = setUp(
    {},
    () => new Response("", { status: 401 }),
  );
  const { code } = await tokenError(() => copilot("/x"));
  assertEquals([code, exchanges.length], ["bad_credentials", 1]);
});

/** Copilot refuses the one token that GitHub gives before it is down. */
function refusedAndDown() {
  let count = 0;
  return setUp(
    {},
    () => count++ ? new Response("down", { status: 503 }) : tokenResponse(),
    unauthorized,
  );
}

test("A pause behind a forced exchange holds for a minute at most", async () => {
  using clock = stubClock();
  const { copilot, exchanges } = refusedAndDown();
  await tokenError(() => copilot("/x"));
  clock.advance(40 * SECOND);
  await tokenError(() => copilot("/x"));
  clock.advance(20 * SECOND - 1);
  await tokenError(() => copilot("/x"));
  assertEquals(exchanges.length, 3);
  clock.advance(1);
  await tokenError(() => copilot("/x"));
  assertEquals(exchanges.length, 4);
});

test("A forced exchange that fails is not made again at every call", async () => {
  using clock = stubClock();
  const { copilot, exchanges } = refusedAndDown();
  for (let second = 0; second < 60; second++) {
    assertEquals((await tokenError(() => copilot("/x"))).code, "unavailable");
    clock.advance(SECOND);
  }
  assertEquals(exchanges.length, 1 + 2); // the forced one, and 30 s later
});
