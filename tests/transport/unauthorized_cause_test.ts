import { assert, assertEquals } from "@std/assert";
import { test } from "node:test";
import { createCopilotFetch } from "../../mod.ts";
import { isCausedByToken } from "../../internal/unauthorized_cause.ts";
import { listen, seen, sendJSON } from "../helpers/loopback.ts";
import { refusal, setUp } from "../helpers/scripted_copilot.ts";
import { simulateTime } from "../helpers/simulated_time.ts";
import {
  apart,
  countedTokens,
  deferred,
  inTurn,
  tokenError,
  tokenResponse,
  tokenText,
} from "../helpers/stubs.ts";

const JSON_TYPE = { "content-type": "application/json" };
const UNRELATED = "input item ID does not belong to this connection";

function unauthorizedWith(
  body: BodyInit | null,
  headers: HeadersInit = JSON_TYPE,
): Response {
  return new Response(body, { status: 401, headers });
}

/** A JSON body of a length in bytes that names a reason. */
function bodyOf(bytes: number): string {
  const body = JSON.stringify({ message: UNRELATED, padding: "" });
  return body.replace('""', `"${"x".repeat(bytes - body.length)}"`);
}

// Which 401 is the token's

const causes: [what: string, response: () => Response, isToken: boolean][] = [
  ["plain text", () => unauthorizedWith("token expired", {}), true],
  ["no body", () => unauthorizedWith(null), true],
  ["JSON of another reason", () => unauthorizedWith('{"message":"No"}'), true],
  [
    "an item of another connection",
    () => unauthorizedWith(JSON.stringify({ error: { message: UNRELATED } })),
    false,
  ],
  [
    "an invalid auto-mode selector",
    () => unauthorizedWith('{"message":"Invalid auto-mode selector"}'),
    false,
  ],
  [
    "another letter case",
    () => unauthorizedWith('{"message":"INVALID AUTO-MODE SELECTOR"}'),
    false,
  ],
  ["a kind of JSON", () =>
    unauthorizedWith(bodyOf(200), {
      "content-type": "application/problem+json; charset=utf-8",
    }), false],
  [
    "the same as plain text",
    () => unauthorizedWith(UNRELATED, { "content-type": "text/plain" }),
    true,
  ],
  [
    "lines of JSON",
    () =>
      unauthorizedWith(bodyOf(200), { "content-type": "application/x-ndjson" }),
    true,
  ],
  ["a body of 4 KB", () => unauthorizedWith(bodyOf(4096)), false],
  ["a body of more than 4 KB", () => unauthorizedWith(bodyOf(4097)), true],
];

for (const [what, makeResponse, isToken] of causes) {
  test(`isCausedByToken() is ${isToken} for a 401 with ${what}, and leaves the body whole`, async () => {
    const response = makeResponse();
    assertEquals(await isCausedByToken(response), isToken);
    assertEquals(response.bodyUsed, false);
    assertEquals(await response.text(), await makeResponse().text());
  });
}

test("createCopilotFetch() returns a 401 of another cause whole, and keeps the token", async () => {
  const body = JSON.stringify({ message: UNRELATED });
  const { copilot, exchanges, requests } = setUp(
    {},
    countedTokens(),
    () => unauthorizedWith(body),
  );
  for (let call = 0; call < 2; call++) {
    const response = await copilot("/x");
    assertEquals([response.status, await response.text()], [401, body]);
  }
  assertEquals([exchanges.length, requests.length], [1, 2]);
});

// A body that never ends

/** A body that sends its beginning and never ends. */
function endlessBody(): { body: ReadableStream; cancelled: Promise<void> } {
  const cancelled = deferred();
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(`{"message":"${UNRELATED}`));
    },
    cancel: () => cancelled.resolve(),
  });
  return { body, cancelled: cancelled.promise };
}

test("isCausedByToken() waits a second at most for a body that never ends", async () => {
  using time = simulateTime();
  const { body, cancelled } = endlessBody();
  const response = unauthorizedWith(body);
  const startedAt = Date.now();
  assertEquals(await time.until(isCausedByToken(response)), true);
  assertEquals(Date.now() - startedAt, 1000);
  // The body can still be read, and cancelled.
  const reader = response.body!.getReader();
  const { value } = await reader.read();
  assert(new TextDecoder().decode(value).includes(UNRELATED));
  await reader.cancel();
  await cancelled;
});

test("createCopilotFetch() repeats a request after a 401 whose body never ends, and cancels the body", async () => {
  using time = simulateTime();
  const { body, cancelled } = endlessBody();
  const { copilot, exchanges } = setUp(
    {},
    countedTokens(),
    inTurn(() => unauthorizedWith(body), () => new Response("accepted")),
  );
  const startedAt = Date.now();
  const response = await time.until(copilot("/x"));
  assertEquals(await response.text(), "accepted");
  assertEquals([exchanges.length, Date.now() - startedAt], [2, 1000]);
  await cancelled;
});

// Responses that a wrapper of `fetch` has changed

/** Responses whose bodies cannot be inspected, or not as usual. */
const wrapped: Record<string, () => Response | Promise<Response>> = {
  "read": async () => {
    const response = unauthorizedWith(bodyOf(200));
    await response.text();
    return response;
  },
  "locked": () => {
    const response = unauthorizedWith(bodyOf(200));
    response.body?.getReader();
    return response;
  },
  "replaced by a stream of another make": () => {
    const response = unauthorizedWith(bodyOf(200));
    const body = { pipe() {}, on() {} };
    return Object.defineProperty(response, "body", { value: body });
  },
  "replaced by null": () =>
    Object.defineProperty(unauthorizedWith(bodyOf(200)), "body", {
      value: null,
    }),
  // Node cannot clone a Proxy, Deno can.
  "behind a Proxy": () =>
    new Proxy(unauthorizedWith('{"message":"No"}'), {
      get: (target, name) => Reflect.get(target, name),
    }),
  "broken": () =>
    unauthorizedWith(
      new ReadableStream({
        start: (controller) => controller.error(new Error("broken")),
      }),
    ),
  "omitted, with all else but the status": () => ({ status: 401 }) as Response,
  "of a type that cannot be cancelled": () =>
    ({ status: 401, headers: new Headers(JSON_TYPE), body: {} }) as Response,
};

for (const [what, makeResponse] of Object.entries(wrapped)) {
  test(`createCopilotFetch() repeats a request after a 401 whose body is ${what}`, async () => {
    const responses = [await makeResponse(), new Response("accepted")];
    const { copilot, exchanges } = setUp(
      {},
      countedTokens(),
      () => responses.shift() ?? new Response("A third request"),
    );
    assertEquals(await (await copilot("/x")).text(), "accepted");
    assertEquals(exchanges.length, 2);
  });
}

test("createCopilotFetch() inspects a 401 that a wrapper has cloned", async () => {
  const copies: Response[] = [];
  const { copilot, exchanges } = setUp({}, countedTokens(), () => {
    const response = unauthorizedWith(bodyOf(200));
    copies.push(response.clone());
    return response;
  });
  const response = await copilot("/x");
  assertEquals([response.status, exchanges.length], [401, 1]);
  assertEquals(await response.text(), bodyOf(200));
  assertEquals(await copies[0].text(), bodyOf(200));
});

test("isCausedByToken() does not clone a body that only a whole copy could read", async () => {
  const response = Object.defineProperties(unauthorizedWith(bodyOf(200)), {
    body: { value: { pipe() {} } },
    clone: {
      value: () => {
        throw new Error("Cloned");
      },
    },
  });
  assertEquals(await isCausedByToken(response), true);
});

// What is cancelled

test("createCopilotFetch() cancels the body of a 401 that it does not return", async () => {
  const cancelled = deferred();
  const body = new ReadableStream({ cancel: () => cancelled.resolve() });
  const { copilot } = setUp(
    {},
    countedTokens(),
    inTurn(
      () => unauthorizedWith(body, {}),
      () => new Response("accepted"),
    ),
  );
  await copilot("/x");
  await cancelled.promise;
});

for (const type of ["text/plain", "application/json"]) {
  test(`createCopilotFetch() leaves no 401 of ${type} open on a real server when no second token comes`, async () => {
    const COUNT = 20;
    let opened = 0;
    let closed = 0;
    const allClosed = deferred();
    await using server = await listen((_, response) => {
      opened++;
      response.on("close", () => {
        closed++;
        if (closed === COUNT) allClosed.resolve();
      });
      response.writeHead(401, { "content-type": type });
      // More than 4 KB, so that it is not waited for, and without an end.
      response.write("x".repeat(5000));
    });
    for (let call = 0; call < COUNT; call++) {
      const github = inTurn(() => tokenResponse(), () => refusal(403));
      const { fetch: stubbed } = setUp({}, github);
      const copilot = createCopilotFetch(
        "ghu_a",
        apart({
          fetch: (input, init) =>
            String(input).includes("copilot_internal")
              ? stubbed(input, init)
              : server.fetch(input, init),
        }),
      );
      const { code } = await tokenError(() => copilot("/x"));
      assertEquals(code, "no_access");
    }
    await seen(allClosed.promise);
    assertEquals([opened, closed], [COUNT, COUNT]);
  });
}

test("createCopilotFetch() returns a long 401 whole from a real server while GitHub is down", async () => {
  const body = bodyOf(300_000);
  let exchanges = 0;
  await using server = await listen((request, response) => {
    if (!request.url?.endsWith("/token")) {
      response.writeHead(401, JSON_TYPE);
      return response.end(body);
    }
    return ++exchanges === 1
      ? sendJSON(response, { token: tokenText(), refresh_in: 1500 })
      : sendJSON(response, {}, 503);
  });
  const copilot = createCopilotFetch("ghu_a", apart({ fetch: server.fetch }));
  const response = await copilot("/x");
  assertEquals([response.status, exchanges], [401, 2]);
  assertEquals(await response.text(), body);
});
