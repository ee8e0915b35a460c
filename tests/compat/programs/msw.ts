import { assert, assertEquals } from "@std/assert";
import { http } from "msw";
import { setupServer } from "msw/node";
import { after, afterEach, before, test } from "node:test";
import { createFakeCopilot } from "../../../testing/mod.ts";
import { deferred, rejection } from "../../helpers/stubs.ts";
import {
  assertHidesSecrets,
  converse,
  createOnGlobalFetch,
} from "../../helpers/wrapped_fetch.ts";

const server = setupServer();
before(() => server.listen({ onUnhandledFrame: "error" }));
afterEach(() => server.resetHandlers());
after(() => server.close());

/** Makes the fake answer all requests. */
function setUp() {
  const fake = createFakeCopilot();
  const onRequest = http.all("*", ({ request }) => fake.fetch(request));
  server.use(onRequest);
  return { fake, copilot: createOnGlobalFetch() };
}

test("MSW intercepts the exchange and the requests", async () => {
  const { fake, copilot } = setUp();
  await converse(copilot, fake);
});

test("MSW: an abort during the request rejects with the reason", async () => {
  const { fake, copilot } = setUp();
  const { promise: begun, resolve } = deferred();
  fake.answerNextRequest(() => {
    resolve();
    return new Promise(() => {});
  });
  const controller = new AbortController();
  const call = rejection(() =>
    copilot("/models", { signal: controller.signal })
  );
  await begun;
  controller.abort(new Error("enough"));
  assertEquals(`${await call}`, "Error: enough");
});

test("MSW: a request without a handler shows no secret", async (context) => {
  const { fake, copilot } = setUp();
  await copilot("/models");
  const print = () => {};
  const printed = [
    context.mock.method(console, "error", print),
    context.mock.method(console, "warn", print),
  ];
  server.resetHandlers();
  const other = createOnGlobalFetch();
  for (const fetch of [copilot, other]) {
    assertHidesSecrets(await rejection(() => fetch("/models")), fake);
  }
  const texts = printed.flatMap(({ mock }) => mock.calls)
    .map((call) => call.arguments);
  assert(texts.length > 0);
  assertHidesSecrets(texts, fake);
});
