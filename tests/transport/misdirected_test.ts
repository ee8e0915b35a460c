import { assertEquals } from "@std/assert";
import { test } from "node:test";
import { createCopilotFetch, TokenCache } from "../../mod.ts";
import { listen, sendJSON } from "../helpers/loopback.ts";
import { setUp } from "../helpers/scripted_copilot.ts";
import {
  type Answer,
  apart,
  deferred,
  rejection,
  SECOND,
  settle,
  stubClock,
  stubFetch,
  tokenResponse,
  tokenText,
} from "../helpers/stubs.ts";

const INDIVIDUAL = "https://api.individual.githubcopilot.com";
const BUSINESS = "https://api.business.githubcopilot.com";
/** Serves direct credentials of every plan. */
const GENERIC = "https://api.githubcopilot.com";
const ENTERPRISE = "https://api.enterprise.githubcopilot.com";

/** A token whose text names one host, and whose `endpoints.api` another. */
const twoHosts: Answer = () =>
  tokenResponse({
    token: tokenText(1, "individual"),
    endpoints: { api: BUSINESS },
  });

function misdirected(): Response {
  return new Response("Misdirected Request", { status: 421 });
}

/** Copilot, where one host serves the account and all others respond 421. */
function servedBy(host: string): Answer {
  return ({ url }) =>
    url.startsWith(host) ? new Response("served") : misdirected();
}

function urlsOf(requests: { url: string }[]): string[] {
  return requests.map(({ url }) => url);
}

test("createCopilotFetch() repeats a request at the other host after a 421", async () => {
  const { copilot, exchanges, requests } = setUp(
    {},
    twoHosts,
    servedBy(BUSINESS),
  );
  const response = await copilot("/x?a=1", { method: "PUT", body: "text" });
  assertEquals(await response.text(), "served");
  assertEquals(urlsOf(requests), [
    `${INDIVIDUAL}/x?a=1`,
    `${BUSINESS}/x?a=1`,
  ]);
  assertEquals(requests.map(({ method }) => method), ["PUT", "PUT"]);
  assertEquals(requests[1].headers, requests[0].headers);
  assertEquals(requests[1].init.headers === requests[0].init.headers, false);
  assertEquals(exchanges.length, 1);
});

test("createCopilotFetch() begins at the other host after it served a request", async () => {
  const { copilot, requests } = setUp({}, twoHosts, servedBy(BUSINESS));
  for (let call = 0; call < 3; call++) await copilot("/x");
  assertEquals(urlsOf(requests), [
    `${INDIVIDUAL}/x`,
    `${BUSINESS}/x`,
    `${BUSINESS}/x`,
    `${BUSINESS}/x`,
  ]);
});

test("createCopilotFetch() returns to the first host when the plan changes back", async () => {
  let host = BUSINESS;
  const { copilot, exchanges, requests } = setUp(
    {},
    twoHosts,
    (call) => servedBy(host)(call),
  );
  await copilot("/x");
  host = INDIVIDUAL;
  assertEquals((await copilot("/x")).status, 200);
  assertEquals((await copilot("/x")).status, 200);
  assertEquals(urlsOf(requests).slice(2), [
    `${BUSINESS}/x`,
    `${INDIVIDUAL}/x`,
    `${INDIVIDUAL}/x`,
  ]);
  assertEquals(exchanges.length, 1);
});

test("createCopilotFetch() settles on one host for fifty requests at once", async () => {
  const { copilot, exchanges, requests } = setUp(
    {},
    twoHosts,
    servedBy(BUSINESS),
  );
  const calls = Array.from({ length: 50 }, () => copilot("/x"));
  const statuses = (await Promise.all(calls)).map(({ status }) => status);
  assertEquals(statuses, Array(50).fill(200));
  await copilot("/x");
  assertEquals(requests.at(-1)?.url, `${BUSINESS}/x`);
  assertEquals([requests.length, exchanges.length], [101, 1]);
});

test("createCopilotFetch() settles on the other host although a request that began before ends later", async () => {
  const gate = deferred();
  let count = 0;
  const { copilot, requests } = setUp({}, twoHosts, async (call) => {
    if (++count === 1) await gate.promise;
    return servedBy(BUSINESS)(call);
  });
  const slow = copilot("/x");
  await settle();
  await copilot("/x");
  gate.resolve();
  assertEquals((await slow).status, 200);
  await copilot("/x");
  assertEquals(requests.at(-1)?.url, `${BUSINESS}/x`);
});

const bodies: Record<string, () => BodyInit> = {
  "a text": () => '{"text":"Grüße \\u0000"}',
  "bytes": () => new Uint8Array([0, 255, 128, 10, 13]),
  "a part of a buffer": () => new Uint8Array([1, 2, 3, 4]).subarray(1, 3),
  "a Blob": () => new Blob(["text"], { type: "application/json" }),
  "a form": () => new URLSearchParams({ a: "b c" }),
};

for (const [what, makeBody] of Object.entries(bodies)) {
  for (const form of ["init", "Request"]) {
    test(`createCopilotFetch() sends ${what} of ${form === "init" ? "an init" : "a Request"} again byte for byte after a 421`, async () => {
      const bodies: string[] = [];
      await using server = await listen(async (request, response) => {
        if (request.url?.endsWith("/token")) {
          return sendJSON(response, await (await twoHosts({} as never)).json());
        }
        const chunks: number[] = [];
        for await (const chunk of request) chunks.push(...chunk);
        bodies.push(chunks.join());
        response.writeHead(bodies.length === 1 ? 421 : 200).end();
      });
      const copilot = createCopilotFetch(
        "ghu_a",
        apart({ fetch: server.fetch }),
      );
      const headers = { "content-type": "application/json" };
      const init = { method: "POST", headers, body: makeBody() };
      const response = form === "init"
        ? await copilot("/x", init)
        : await copilot(new Request("https://a.com/x", init));
      assertEquals(response.status, 200);
      const expected = new Uint8Array(
        await new Response(makeBody()).arrayBuffer(),
      );
      assertEquals(bodies, [expected.join(), expected.join()]);
    });
  }
}

test("createCopilotFetch() does not repeat a stream after a 421, and begins the next at the other host", async () => {
  const { copilot, exchanges, requests } = setUp(
    {},
    twoHosts,
    servedBy(BUSINESS),
  );
  const send = () =>
    copilot("/x", { method: "POST", body: new ReadableStream() });
  // Both begin before the first has its response.
  const responses = await Promise.all([send(), send()]);
  for (const response of responses) {
    assertEquals(await response.text(), "Misdirected Request");
  }
  assertEquals(requests.length, 2);
  assertEquals(await (await send()).text(), "served");
  assertEquals(await (await send()).text(), "served");
  assertEquals(urlsOf(requests.slice(2)), [`${BUSINESS}/x`, `${BUSINESS}/x`]);
  assertEquals(exchanges.length, 1);
});

test("createCopilotFetch() invalidates the token of streams that both hosts refuse", async () => {
  const { copilot, exchanges, requests } = setUp(
    {},
    twoHosts,
    servedBy(ENTERPRISE),
  );
  for (let call = 0; call < 3; call++) {
    await copilot("/x", { method: "POST", body: new ReadableStream() });
    assertEquals(exchanges.length, call < 2 ? 1 : 2);
  }
  const hosts = [INDIVIDUAL, BUSINESS, INDIVIDUAL];
  assertEquals(urlsOf(requests), hosts.map((host) => `${host}/x`));
});

test("createCopilotFetch() cancels the body of a 421 that it does not return", async () => {
  const cancelled = deferred();
  const body = new ReadableStream({ cancel: () => cancelled.resolve() });
  const { copilot } = setUp(
    {},
    twoHosts,
    ({ url }) =>
      url.startsWith(BUSINESS)
        ? new Response("served")
        : new Response(body, { status: 421 }),
  );
  await copilot("/x");
  await cancelled.promise;
});

test("createCopilotFetch() returns a 421 whole, and gets a new token for the next request", async () => {
  using clock = stubClock();
  const tokens = [INDIVIDUAL, ENTERPRISE];
  const { copilot, exchanges, requests } = setUp(
    {},
    () => {
      const [api] = tokens.splice(0, 1);
      return tokenResponse({ token: `tid=${api}`, endpoints: { api } });
    },
    servedBy(ENTERPRISE),
  );
  const response = await copilot("/x");
  assertEquals(response.status, 421);
  assertEquals(await response.text(), "Misdirected Request");
  clock.advance(SECOND);
  assertEquals(await (await copilot("/x")).text(), "served");
  assertEquals(urlsOf(requests), [`${INDIVIDUAL}/x`, `${ENTERPRISE}/x`]);
  assertEquals(exchanges.length, 2);
});

test("createCopilotFetch() follows a plan that changes while the token is valid", async () => {
  let plan = INDIVIDUAL;
  const { copilot, exchanges } = setUp(
    {},
    () => tokenResponse({ token: `tid=${plan}`, endpoints: { api: plan } }),
    (call) => servedBy(plan)(call),
  );
  assertEquals((await copilot("/x")).status, 200);
  plan = ENTERPRISE;
  assertEquals((await copilot("/x")).status, 421);
  assertEquals((await copilot("/x")).status, 200);
  assertEquals(exchanges.length, 2);
});

test("createCopilotFetch() invalidates a token once a minute where both hosts respond 421", async () => {
  using clock = stubClock();
  const { copilot, exchanges, requests } = setUp({}, twoHosts, misdirected);
  for (let second = 0; second < 60; second++) {
    assertEquals((await copilot("/x")).status, 421);
    clock.advance(SECOND);
  }
  assertEquals([exchanges.length, requests.length], [2, 120]);
  await copilot("/x");
  await copilot("/x");
  assertEquals(exchanges.length, 3);
});

test("createCopilotFetch() keeps the order of the hosts where both respond 421", async () => {
  const { copilot, exchanges, requests } = setUp({}, twoHosts, misdirected);
  // The second gets a new token, which the third uses again.
  for (let call = 0; call < 3; call++) await copilot("/x");
  assertEquals(exchanges.length, 2);
  assertEquals(urlsOf(requests).slice(4), [
    `${INDIVIDUAL}/x`,
    `${BUSINESS}/x`,
  ]);
});

test("createCopilotFetch() asks for a direct credential's host again after a 421", async () => {
  using clock = stubClock();
  let plan = BUSINESS;
  const { fetch, exchanges, requests } = stubFetch(
    () => Response.json({ endpoints: { api: plan } }),
    (call) => servedBy(plan)(call),
  );
  const copilot = createCopilotFetch("github_pat_a", apart({ fetch }));
  assertEquals((await copilot("/x")).status, 200);
  plan = ENTERPRISE;
  assertEquals((await copilot("/x")).status, 421);
  clock.advance(SECOND);
  assertEquals((await copilot("/x")).status, 200);
  assertEquals(urlsOf(requests), [
    `${BUSINESS}/x`,
    `${BUSINESS}/x`,
    `${GENERIC}/x`,
    `${ENTERPRISE}/x`,
  ]);
  assertEquals(exchanges.length, 2);
});

test("createCopilotFetch() repeats a direct credential's request at the host of every plan after a 421", async () => {
  const { fetch, exchanges, requests } = stubFetch(
    () => Response.json({ endpoints: { api: INDIVIDUAL } }),
    servedBy(GENERIC),
  );
  const copilot = createCopilotFetch("github_pat_a", apart({ fetch }));
  for (let call = 0; call < 2; call++) {
    assertEquals((await copilot("/x")).status, 200);
  }
  assertEquals(urlsOf(requests), [
    `${INDIVIDUAL}/x`,
    `${GENERIC}/x`,
    `${GENERIC}/x`,
  ]);
  assertEquals(exchanges.length, 1);
});

test("createCopilotFetch() repeats no request at the host that has responded 421 to a direct credential", async () => {
  const { fetch, requests } = stubFetch(
    () => Response.json({ endpoints: { api: GENERIC } }),
    misdirected,
  );
  const copilot = createCopilotFetch("github_pat_a", apart({ fetch }));
  assertEquals((await copilot("/x")).status, 421);
  assertEquals(urlsOf(requests), [`${GENERIC}/x`]);
});

test("createCopilotFetch() returns a 421 to an installation token", async () => {
  const { fetch, exchanges, requests } = stubFetch(undefined, misdirected);
  const cache = new TokenCache();
  const copilot = createCopilotFetch("ghs_a", { fetch, cache });
  assertEquals((await copilot("/x")).status, 421);
  assertEquals([exchanges.length, requests.length], [0, 1]);
});

test("createCopilotFetch() repeats a request at the other host after a 401 and a 421", async () => {
  let count = 0;
  const { copilot, requests } = setUp(
    {},
    () =>
      tokenResponse({
        token: tokenText(++count, "individual"),
        endpoints: { api: BUSINESS },
      }),
    (call) =>
      call.headers.authorization.includes("tid=1;")
        ? new Response("", { status: 401 })
        : servedBy(BUSINESS)(call),
  );
  assertEquals(await (await copilot("/x")).text(), "served");
  assertEquals(urlsOf(requests), [
    `${INDIVIDUAL}/x`,
    `${INDIVIDUAL}/x`,
    `${BUSINESS}/x`,
  ]);
});

test("createCopilotFetch() rejects if the other host cannot be reached", async () => {
  const reason = new TypeError("network");
  const { copilot } = setUp(
    {},
    twoHosts,
    ({ url }) =>
      url.startsWith(INDIVIDUAL) ? misdirected() : Promise.reject(reason),
  );
  assertEquals(await rejection(() => copilot("/x")), reason);
});

test("createCopilotFetch() counts the minute between invalidations per credential", async () => {
  const { fetch, exchanges } = stubFetch(twoHosts, misdirected);
  const cache = new TokenCache();
  for (const credential of ["ghu_a", "ghu_b"]) {
    const copilot = createCopilotFetch(credential, { fetch, cache });
    await copilot("/x");
    await copilot("/x");
  }
  assertEquals(exchanges.length, 4);
});
