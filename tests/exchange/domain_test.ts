import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { test } from "node:test";
import {
  createClientOptions,
  createCopilotFetch,
  exchangeToken,
  TokenCache,
} from "../../mod.ts";
import { parseDomain } from "../../internal/options.ts";
import {
  apart,
  rejectionOf,
  stubFetch,
  tokenResponse,
} from "../helpers/stubs.ts";

const TENANT = "acme.ghe.com";
const TENANT_HOST = "https://copilot-api.acme.ghe.com";

const spellings = [
  TENANT,
  `https://${TENANT}/`,
  `https://${TENANT}`,
  "ACME.ghe.com",
  "HTTPS://Acme.GHE.com/",
];

for (const domain of spellings) {
  test(`exchangeToken() accepts the domain ${domain}`, async () => {
    const { fetch, exchanges } = stubFetch();
    await exchangeToken("ghu_a", { fetch, domain });
    await exchangeToken("ghu_a", { fetch, domain, auth: "direct" });
    assertEquals(exchanges.map(({ url }) => url), [
      "https://api.acme.ghe.com/copilot_internal/v2/token",
      "https://api.acme.ghe.com/copilot_internal/user",
    ]);
    const client = createClientOptions("ghu_a", { domain });
    assertEquals(client.baseURL, TENANT_HOST);
  });
}

const unusableDomains: unknown[] = [
  "",
  " ",
  "localhost",
  "evil.com",
  "api.github.com",
  "ghe.com",
  "evilghe.com",
  "acme.ghe.com/path",
  "https://acme.ghe.com/path",
  "https://acme.ghe.com//",
  "acme.https://ghe.com",
  "acme.ghe.com?query",
  "acme.ghe.com#fragment",
  "acme.ghe.com:443",
  "user@acme.ghe.com",
  "https://user:password@acme.ghe.com/",
  "ghu_password",
  "http://acme.ghe.com",
  "ftp://acme.ghe.com",
  "äcme.ghe.com",
  "acme.ghe.com.",
  ".ghe.com",
  "acme..ghe.com",
  "acme ghe.com",
  "acme.ghe.com\n",
  " acme.ghe.com",
  "127.0.0.1",
  "[::1]",
  "evil.com\\.ghe.com",
  7,
  null,
  {},
];

for (const domain of unusableDomains) {
  test(`The option domain refuses ${JSON.stringify(domain)}, and nothing is sent`, async () => {
    const { fetch, exchanges } = stubFetch();
    const options = { fetch, domain: domain as string };
    for (
      const attempt of [
        () => exchangeToken("ghu_a", options),
        () => new TokenCache().get("ghu_a", options),
        async () => await createCopilotFetch("ghu_a", options)("/x"),
        async () => await createClientOptions("ghu_a", options).fetch("/x"),
      ]
    ) {
      const { message } = await rejectionOf(TypeError, attempt);
      assert(!message.includes("password"), message);
      assertStringIncludes(message, "domain");
    }
    assertEquals(exchanges.length, 0);
  });
}

const tenantTokens: Record<
  string,
  [response: Record<string, unknown>, host: string]
> = {
  "endpoints.api": [{
    token: "tid=1;proxy-ep=copilot-proxy.acme.ghe.com;st=x:mac",
    endpoints: { api: TENANT_HOST },
  }, TENANT_HOST],
  "a proxy-ep without proxy.": [{
    token: "tid=1;proxy-ep=copilot-proxy.acme.ghe.com;st=x:mac",
  }, "https://api.copilot-proxy.acme.ghe.com"],
  "the default": [{ token: "tid=1" }, TENANT_HOST],
};

for (const [source, [response, host]] of Object.entries(tenantTokens)) {
  test(`createCopilotFetch() takes a tenant's host from ${source}`, async () => {
    const { fetch, requests } = stubFetch(() => tokenResponse(response));
    const options = apart({ fetch, domain: TENANT });
    await createCopilotFetch("ghu_a", options)("/models");
    assertEquals(requests[0].url, `${host}/models`);
  });
}

const tenantUsers: [api: string | undefined, host: string][] = [
  [
    "https://eu.copilot-api.acme.ghe.com",
    "https://eu.copilot-api.acme.ghe.com",
  ],
  ["https://copilot-api.other.ghe.com", TENANT_HOST],
  [
    "https://api.business.githubcopilot.com",
    "https://api.business.githubcopilot.com",
  ],
  [undefined, TENANT_HOST],
];

for (const [api, host] of tenantUsers) {
  test(`exchangeToken() with direct auth uses ${host} where a tenant names ${api}`, async () => {
    const { fetch } = stubFetch(() => Response.json({ endpoints: { api } }));
    const token = await exchangeToken("github_pat_a", {
      fetch,
      domain: TENANT,
    });
    assertEquals(token.baseURL, host);
  });
}

test("TokenCache.get() keeps an entry for each domain", async () => {
  const { fetch, exchanges } = stubFetch();
  const cache = new TokenCache();
  await cache.get("ghu_a", { fetch });
  await cache.get("ghu_a", { fetch, domain: TENANT });
  await cache.get("ghu_a", { fetch, domain: "other.ghe.com" });
  assertEquals(exchanges.length, 3);
});

const tenants: [name: string, isTenant: boolean][] = [
  ["a.ghe.com", true],
  ["a-1.ghe.com", true],
  ["A.GHE.COM", true],
  ["a.b.ghe.com", true],
  ["https://a.ghe.com/", true],
  ["ghe.com", false],
  ["", false],
  [".ghe.com", false],
  ["a..ghe.com", false],
  ["a_b.ghe.com", false],
  ["a.ghe.com:1", false],
  ["a.ghe.com\n", false],
  ["a.ghe.com.evil.com", false],
  ["evil.com/a.ghe.com", false],
  ["http://a.ghe.com", false],
];

for (const [name, isTenant] of tenants) {
  test(`parseDomain() ${isTenant ? "accepts" : "refuses"} ${JSON.stringify(name)}`, () => {
    assertEquals(parseDomain(name) !== undefined, isTenant);
  });
}
