import { assertEquals } from "@std/assert";
import { test } from "node:test";
import { createCopilotFetch, TokenCache } from "../../mod.ts";
import { createFakeCopilot } from "../../testing/mod.ts";
import { HOST, issued, REQUESTS, setUp } from "../helpers/fake.ts";
import {
  apart,
  deferred,
  rejection,
  rejectionOf,
  settle,
  tokenError,
} from "../helpers/stubs.ts";

test("createCopilotFetch() takes a whole fake as its options", async () => {
  const copilot = createCopilotFetch("ghu_any", createFakeCopilot());
  assertEquals((await copilot("/models")).status, 200);
  const tenant = createFakeCopilot({ domain: "acme.ghe.com" });
  const tenantCopilot = createCopilotFetch("ghu_any", tenant);
  assertEquals((await tenantCopilot("/models")).status, 200);
});

test("createFakeCopilot() has fetch, cache and domain as own properties", () => {
  const fake = createFakeCopilot();
  for (const name of ["fetch", "cache", "domain"]) {
    assertEquals(Object.hasOwn(fake, name), true, name);
  }
  assertEquals(fake.cache instanceof TokenCache, true);
});

test("createFakeCopilot() begins, passed whole, without a token", async () => {
  for (let round = 0; round < 3; round++) {
    const fake = createFakeCopilot();
    const copilot = createCopilotFetch("ghu_any", fake);
    await copilot("/models");
    await copilot("/models");
    assertEquals([fake.exchanges.length, fake.requests.length], [1, 2]);
  }
});

test("createFakeCopilot().fetch alone works in a hundred tests in a row", async () => {
  for (let round = 0; round < 100; round++) {
    const { fetch } = createFakeCopilot();
    const copilot = createCopilotFetch("ghu_in_a_row", { fetch });
    assertEquals((await copilot("/models")).status, 200);
  }
});

test("A fake accepts the token of another fake at the host of the other's plan", async () => {
  const cache = new TokenCache();
  for (const plan of ["individual", "business"] as const) {
    const { fetch } = createFakeCopilot({ plan });
    const copilot = createCopilotFetch("ghu_any", { cache, fetch });
    assertEquals((await copilot("/models")).status, 200);
  }
});

test("FakeCopilot.revokeTokens() revokes the tokens of other fakes, for this fake alone", async () => {
  const cache = new TokenCache();
  const [first, second] = [createFakeCopilot(), createFakeCopilot()];
  const { value } = await cache.get("ghu_any", first);
  second.revokeTokens();
  const copilot = createCopilotFetch("ghu_any", {
    cache,
    fetch: second.fetch,
  });
  assertEquals((await copilot("/models")).status, 200);
  assertEquals([second.exchanges.length, second.requests.length], [1, 2]);
  const headers = new Headers(second.requests[0].headers);
  headers.set("authorization", `Bearer ${value}`);
  const response = await first.fetch(`${HOST}/models`, { headers });
  assertEquals(response.status, 200);
});

test("FakeCopilot.revokeTokens() makes the next call exchange again", async () => {
  const { fake, copilot } = setUp();
  await copilot("/models");
  fake.revokeTokens();
  assertEquals((await copilot("/models")).status, 200);
  assertEquals([fake.exchanges.length, fake.requests.length], [2, 3]);
});

test("The fake keeps what it has received, with the bodies unread", async () => {
  const { fake, copilot } = setUp();
  const body = REQUESTS["/chat/completions"];
  await copilot("/chat/completions", {
    method: "POST",
    body: JSON.stringify(body),
  });
  assertEquals(fake.exchanges.length, 1);
  const [exchange] = fake.exchanges;
  assertEquals(exchange.headers.get("authorization"), "Bearer ghu_any");
  const [request] = fake.requests;
  assertEquals(request.url, `${HOST}/chat/completions`);
  assertEquals(request.headers.get("x-initiator"), "user");
  assertEquals(await request.json(), body);
});

test("createFakeCopilot({ reply }) may read the request, of which the fake keeps the body", async () => {
  const { fake, post } = setUp({
    reply: async (request) => (await request.json()).model,
  });
  const body = REQUESTS["/chat/completions"];
  const answer = await (await post("/chat/completions", body)).json();
  assertEquals(answer.choices[0].message.content, body.model);
  assertEquals(await fake.requests[0].json(), body);
});

test("All fakes together remember the newest 10 000 tokens", async () => {
  const fake = createFakeCopilot();
  const first = await issued(fake);
  const last = { ...first };
  for (let count = 0; count < 10_000; count++) {
    Object.assign(last, await issued(fake));
  }
  const statusOf = async (headers: Record<string, string>) =>
    (await fake.fetch(`${HOST}/models`, { headers })).status;
  assertEquals([await statusOf(first), await statusOf(last)], [401, 200]);
});

test("FakeCopilot.answerNextExchange() and answerNextRequest() each answer one request, in order", async () => {
  const { fake } = setUp();
  const get = (credential: string) =>
    createCopilotFetch(credential, fake)("/models");
  fake.answerNextExchange(new Response("down", { status: 503 }));
  fake.answerNextExchange(new TypeError("network"));
  // Two credentials, as one would wait after the first failure.
  assertEquals((await tokenError(() => get("ghu_a"))).code, "unavailable");
  assertEquals((await tokenError(() => get("ghu_b"))).code, "network");
  fake.answerNextRequest(new Response("slow down", { status: 429 }));
  fake.answerNextRequest(({ url }) => Promise.resolve(new Response(url)));
  fake.answerNextRequest(() => new Error("reset"));
  assertEquals((await get("ghu_c")).status, 429);
  assertEquals(await (await get("ghu_c")).text(), `${HOST}/models`);
  const error = await rejectionOf(Error, () => get("ghu_c"));
  assertEquals(error.message, "reset");
  assertEquals((await get("ghu_c")).status, 200);
});

test("FakeCopilot.answerNextRequest() gives a function the service's own response", async () => {
  const { fake, copilot } = setUp({ models: ["gpt-5-mini"] });
  fake.answerNextRequest(async (_request, respond) => {
    const { data } = await (await respond()).json();
    return Response.json({ count: data.length });
  });
  assertEquals(await (await copilot("/models")).json(), { count: 1 });
});

test("FakeCopilot.answerNextRequest() with an answer that never comes ends with the signal", async () => {
  const { fake } = setUp();
  fake.answerNextRequest(() => new Promise(() => {}));
  const controller = new AbortController();
  const copilot = createCopilotFetch("ghu_any", apart({ fetch: fake.fetch }));
  const call = rejection(() => copilot("/x", { signal: controller.signal }));
  await settle();
  controller.abort("enough");
  assertEquals(await call, "enough");
});

test("FakeCopilot.answerNextExchange() with a promise of nothing delays the service's own", async () => {
  const { fake, copilot } = setUp();
  const gate = deferred();
  fake.answerNextExchange(() => gate.promise);
  const call = copilot("/models");
  await settle();
  assertEquals(fake.requests.length, 0);
  gate.resolve();
  assertEquals((await call).status, 200);
});

test("The fake does not receive a request that was aborted before", async () => {
  const { fake } = setUp();
  const signal = AbortSignal.abort("enough");
  const reason = await rejection(() =>
    fake.fetch(`${HOST}/models`, { signal })
  );
  assertEquals([reason, fake.requests.length], ["enough", 0]);
});
