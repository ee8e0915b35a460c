import { assert, assertEquals, assertMatch } from "@std/assert";
import { test } from "node:test";
import { createClientOptions } from "../../mod.ts";
import { refusal, setUp } from "../helpers/scripted_copilot.ts";
import { simulateTime } from "../helpers/simulated_time.ts";
import { rejection, stubFetch, tokenError } from "../helpers/stubs.ts";

test("createCopilotFetch() rejects with the error of the exchange by default", async () => {
  const { copilot, requests } = setUp({}, () => refusal(403));
  assertEquals((await tokenError(() => copilot("/x"))).code, "no_access");
  assertEquals(requests.length, 0);
});

const refusals: [what: string, respond: () => Response, status: number][] = [
  ["a 400", () => refusal(400), 400],
  ["a 401", () => refusal(401), 401],
  ["a 403", () => refusal(403), 403],
  ["a 404", () => refusal(404), 404],
  ["a 503", () => new Response("down", { status: 503 }), 503],
  ["a 599", () => new Response("down", { status: 599 }), 599],
  ["a page", () => new Response("<html>"), 502],
  ["a redirect", () => new Response("", { status: 302 }), 502],
  ["a status that no Response can have", () => odd(600), 502],
];

function odd(status: number): Response {
  return { status, headers: new Headers(), text: () => "" } as never;
}

for (const [what, respond, status] of refusals) {
  test(`createCopilotFetch() turns ${what} of the exchange into a ${status} with exchangeErrors: "response"`, async () => {
    const { copilot, requests } = setUp(
      { exchangeErrors: "response" },
      respond,
    );
    const response = await copilot("/x");
    assertEquals(response.status, status);
    assertMatch(
      response.headers.get("content-type") ?? "",
      /^application\/json\b/,
    );
    const { error } = await response.json();
    assertEquals(Object.keys(error), ["code", "message", "type"]);
    assertEquals(error.type, "copilot_token_error");
    assert(error.message !== "");
    assertEquals(requests.length, 0);
  });
}

test('createCopilotFetch() sets Retry-After with exchangeErrors: "response"', async () => {
  const { copilot } = setUp(
    { exchangeErrors: "response" },
    () => refusal(429, { "retry-after": "7" }),
  );
  const { status, headers } = await copilot("/x");
  assertEquals([status, headers.get("retry-after")], [429, "7"]);
});

test('createCopilotFetch() turns a network failure into a 503 with exchangeErrors: "response"', async () => {
  const { copilot } = setUp(
    { exchangeErrors: "response" },
    () => Promise.reject(new TypeError("network")),
  );
  const response = await copilot("/x");
  assertEquals(response.status, 503);
  assertEquals((await response.json()).error.code, "network");
});

test('createCopilotFetch() turns a timeout into a 504 with exchangeErrors: "response"', async () => {
  using time = simulateTime();
  const { copilot } = setUp(
    { exchangeErrors: "response", exchangeTimeout: 5 },
    () => new Promise(() => {}),
  );
  const response = await time.until(copilot("/x"));
  assertEquals(response.status, 504);
  assertEquals((await response.json()).error.code, "timeout");
});

test('createCopilotFetch() turns an empty credential into a 401 with exchangeErrors: "response"', async () => {
  const { fetch, exchanges } = stubFetch();
  const response = await createClientOptions("", { fetch }).fetch("/x");
  assertEquals(response.status, 401);
  assertEquals((await response.json()).error.code, "bad_credentials");
  assertEquals(exchanges.length, 0);
});

test('createCopilotFetch() rejects with any other error with exchangeErrors: "response"', async () => {
  const reason = new Error("The request failed");
  const { copilot } = setUp(
    { exchangeErrors: "response" },
    undefined,
    () => Promise.reject(reason),
  );
  assertEquals(await rejection(() => copilot("/x")), reason);
});
