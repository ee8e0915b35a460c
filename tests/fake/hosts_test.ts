import { assertEquals } from "@std/assert";
import { test } from "node:test";
import { createCopilotFetch } from "../../mod.ts";
import { createFakeCopilot, type FakePlan } from "../../testing/mod.ts";
import { HOST, IDENTITY, issued, setUp, USER } from "../helpers/fake.ts";
import { rejectionOf } from "../helpers/stubs.ts";

const PLAN_HOSTS: [FakePlan, host: string][] = [
  ["free", "api.individual.githubcopilot.com"],
  ["individual", "api.individual.githubcopilot.com"],
  ["business", "api.business.githubcopilot.com"],
  ["enterprise", "api.enterprise.githubcopilot.com"],
];

for (const [plan, host] of PLAN_HOSTS) {
  test(`The fake Copilot accepts a token of the plan ${plan} at ${host} alone`, async () => {
    const fake = createFakeCopilot({ plan });
    const headers = await issued(fake);
    const all = [
      "api.individual.githubcopilot.com",
      "api.business.githubcopilot.com",
      "api.enterprise.githubcopilot.com",
      "api.githubcopilot.com",
    ];
    for (const other of all) {
      const response = await fake.fetch(`https://${other}/models`, { headers });
      assertEquals(response.status, other === host ? 200 : 421, other);
      await response.body?.cancel();
    }
  });
}

test("The fake Copilot's 421 is plain text", async () => {
  const fake = createFakeCopilot({ plan: "business" });
  const headers = await issued(fake);
  const response = await fake.fetch(`${HOST}/models`, { headers });
  assertEquals(await response.text(), "421 Misdirected Request");
});

test("The fake Copilot accepts a direct credential at the generic host and the plan's", async () => {
  const { fetch } = createFakeCopilot({ plan: "business" });
  const headers = { ...IDENTITY, authorization: "Bearer gho_a" };
  const statusOf = async (host: string) =>
    (await fetch(`https://${host}/models`, { headers })).status;
  assertEquals(await statusOf("api.githubcopilot.com"), 200);
  assertEquals(await statusOf("api.business.githubcopilot.com"), 200);
  assertEquals(await statusOf("api.individual.githubcopilot.com"), 421);
});

test("The fake of a tenant does not accept credentials at the generic host", async () => {
  const { fetch } = createFakeCopilot({ domain: "acme.ghe.com" });
  const headers = { ...IDENTITY, authorization: "Bearer gho_a" };
  const statusOf = async (host: string) =>
    (await fetch(`https://${host}/models`, { headers })).status;
  assertEquals(await statusOf("api.githubcopilot.com"), 421);
  assertEquals(await statusOf("copilot-api.acme.ghe.com"), 200);
});

test("FakeCopilot.changePlan() makes the old host refuse a token that is still valid", async () => {
  const { fake, copilot } = setUp();
  const headers = await issued(fake);
  fake.changePlan("business");
  const at = async (plan: string) => {
    const url = `https://api.${plan}.githubcopilot.com/models`;
    return (await fake.fetch(url, { headers })).status;
  };
  assertEquals([await at("individual"), await at("business")], [421, 200]);
  assertEquals((await copilot("/models")).status, 200);
});

test("createFakeCopilot({ namedPlans }) makes proxy-ep and endpoints.api name different hosts", async () => {
  const fake = createFakeCopilot({
    plan: "enterprise",
    namedPlans: { proxyEndpoint: "individual", userEndpoints: "business" },
  });
  const token = await fake.cache.get("ghu_a", fake);
  assertEquals(token.baseURL, "https://api.individual.githubcopilot.com");
  assertEquals(token.otherBaseURL, "https://api.enterprise.githubcopilot.com");
  const headers = { ...IDENTITY, authorization: "Bearer ghu_a" };
  const { endpoints } = await (await fake.fetch(USER, { headers })).json();
  assertEquals(endpoints.api, "https://api.business.githubcopilot.com");
  const copilot = createCopilotFetch("ghu_a", fake);
  assertEquals((await copilot("/models")).status, 200);
  const hosts = fake.requests.map(({ url }) => new URL(url).host);
  assertEquals(hosts, [
    "api.individual.githubcopilot.com",
    "api.enterprise.githubcopilot.com",
  ]);
});

test("createFakeCopilot({ namedPlans }) with endpoints makes the exchange name another plan's host", async () => {
  const fake = createFakeCopilot({ namedPlans: { endpoints: "business" } });
  const { baseURL, otherBaseURL } = await fake.cache.get("ghu_a", fake);
  assertEquals(baseURL, HOST);
  assertEquals(otherBaseURL, "https://api.business.githubcopilot.com");
});

test("The fake rejects requests to hosts that are not GitHub's or Copilot's", async () => {
  const { fetch, exchanges, requests } = createFakeCopilot();
  const urls = [
    "https://api.openai.com/models",
    "https://githubcopilot.com.evil.com/models",
    "https://evil.com/api.individual.githubcopilot.com",
    `${HOST}/models`.replace("https", "http"),
    "http://api.github.com/",
  ];
  for (const url of urls) await rejectionOf(TypeError, () => fetch(url));
  assertEquals([exchanges.length, requests.length], [0, 0]);
});

for (const domain of ["ACME.ghe.com", "https://acme.ghe.com/"]) {
  test(`createFakeCopilot() takes the domain ${domain}, as the library does`, async () => {
    const { copilot, fake } = setUp({ domain, plan: "enterprise" });
    assertEquals((await copilot("/models")).status, 200);
    const [{ url }] = fake.exchanges;
    assertEquals(new URL(url).host, "api.acme.ghe.com");
    assertEquals(
      new URL(fake.requests[0].url).host,
      "copilot-api.acme.ghe.com",
    );
  });
}

test("The fake of a tenant does not accept its tokens at github.com's hosts", async () => {
  const { fake } = setUp({ domain: "acme.ghe.com" });
  const { value } = await fake.cache.get("ghu_a", fake);
  const headers = { ...IDENTITY, authorization: `Bearer ${value}` };
  const response = await fake.fetch(`${HOST}/models`, { headers });
  assertEquals(response.status, 421);
});
