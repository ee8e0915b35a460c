import { assert, assertEquals } from "@std/assert";
import { test } from "node:test";
import { inspect } from "node:util";
import { createClientOptions, TokenCache } from "../../mod.ts";
import { refusal } from "../helpers/scripted_copilot.ts";
import { apart, stubFetch, tokenError } from "../helpers/stubs.ts";

test("createClientOptions() returns what SDKs take, and no credential", () => {
  const client = createClientOptions("ghu_secret");
  assertEquals(Object.keys(client), ["name", "apiKey", "baseURL", "fetch"]);
  assertEquals(client.name, "github-copilot");
  assert(client.apiKey.length > 0);
  const shown = inspect(client, { depth: 9, showHidden: true }) +
    JSON.stringify(client);
  assert(!shown.includes("ghu_secret"), shown);
});

const baseURLs = [
  [{}, "https://api.individual.githubcopilot.com"],
  [{ auth: "exchange" }, "https://api.individual.githubcopilot.com"],
  [{ auth: "direct" }, "https://api.githubcopilot.com"],
  [{ domain: "acme.ghe.com" }, "https://copilot-api.acme.ghe.com"],
] as const;

for (const [options, baseURL] of baseURLs) {
  test(`createClientOptions() has the base URL ${baseURL}, given ${JSON.stringify(options)}`, () => {
    assertEquals(createClientOptions("ghu_a", options).baseURL, baseURL);
  });
}

test("createClientOptions() returns a fetch that replaces the base URL's host", async () => {
  const { fetch, requests } = stubFetch(() =>
    Response.json({ token: "tid=1;proxy-ep=proxy.business.githubcopilot.com" })
  );
  const client = createClientOptions("ghu_a", apart({ fetch }));
  await client.fetch(`${client.baseURL}/models`);
  assertEquals(
    requests[0].url,
    "https://api.business.githubcopilot.com/models",
  );
});

test("createClientOptions() passes its options on", async () => {
  const { fetch, requests } = stubFetch();
  const options = apart({ fetch, headers: { "x-a": "1" }, initiator: "agent" });
  const body = '{"messages":[{"role":"user"}]}';
  await createClientOptions("ghu_a", options).fetch("/x", {
    method: "POST",
    body,
  });
  const { headers } = requests[0];
  assertEquals([headers["x-a"], headers["x-initiator"]], ["1", "agent"]);
});

test("createClientOptions() turns a refused exchange into a response", async () => {
  const { fetch } = stubFetch(() => refusal(403));
  const client = createClientOptions("ghu_a", apart({ fetch }));
  assertEquals((await client.fetch("/x")).status, 403);
});

for (const exchangeErrors of ["throw", "response", undefined] as const) {
  test(`createClientOptions() takes exchangeErrors: ${exchangeErrors}`, async () => {
    const { fetch } = stubFetch(() => refusal(403));
    const client = createClientOptions(
      "ghu_a",
      apart({ fetch, exchangeErrors }),
    );
    if (exchangeErrors === "throw") {
      const { code } = await tokenError(() => client.fetch("/x"));
      assertEquals(code, "no_access");
    } else {
      assertEquals((await client.fetch("/x")).status, 403);
    }
  });
}

test("createClientOptions() sends nothing before it is used", async () => {
  const { fetch, exchanges } = stubFetch();
  createClientOptions("ghu_a", { fetch, cache: new TokenCache() });
  await Promise.resolve();
  assertEquals(exchanges.length, 0);
});
