import { assertEquals } from "@std/assert";
import { test } from "node:test";
import { exchangeToken, parseProxyEndpoint } from "../../mod.ts";
import { stubFetch, tokenResponse } from "../helpers/stubs.ts";

const SIGNATURE = "0123456789abcdef".repeat(4);

const origins: Record<string, [field: string, origin: string | undefined]> = {
  "drops a leading proxy.": ["proxy.a.com", "https://api.a.com"],
  "keeps a host that does not begin so": ["a.b.com", "https://api.a.b.com"],
  "drops proxy. only once": ["proxy.proxy.a.com", "https://api.proxy.a.com"],
  "keeps a port": ["proxy.a.com:8443", "https://api.a.com:8443"],
  "takes the highest port": ["proxy.a.com:65535", "https://api.a.com:65535"],
  "refuses a higher port": ["proxy.a.com:65536", undefined],
  "refuses five nines": ["proxy.a.com:99999", undefined],
  "takes six digits for a signature": [
    "proxy.a.com:123456",
    "https://api.a.com",
  ],
  "takes letters for a signature": ["proxy.a.com:abc", "https://api.a.com"],
  "takes digits and letters for one": ["proxy.a.com:80a", "https://api.a.com"],
  "takes nothing behind a colon for one": ["proxy.a.com:", "https://api.a.com"],
  "knows a port from the signature behind it": [
    `proxy.a.com:8443:${SIGNATURE}`,
    "https://api.a.com:8443",
  ],
  "drops the signature behind the last field": [
    `proxy.a.com:${SIGNATURE}`,
    "https://api.a.com",
  ],
  "keeps the case": ["proxy.A.com", "https://api.A.com"],
  "takes a last label of one letter": ["proxy.a.b", "https://api.a.b"],
  "takes a last label of two": ["proxy.a.io", "https://api.a.io"],
  "takes as much as a name can hold": [
    `${"a.".repeat(125)}com`,
    `https://api.${"a.".repeat(125)}com`,
  ],
  "takes a hyphen and digits": ["proxy.a-1.com", "https://api.a-1.com"],
  "refuses an empty host": ["", undefined],
  "refuses a host that is proxy. alone": ["proxy.", undefined],
  "refuses one label": ["localhost", undefined],
  "refuses one label behind proxy.": ["proxy.localhost", undefined],
  "refuses a path": ["proxy.a.com/evil", undefined],
  "refuses a query": ["proxy.a.com?evil", undefined],
  "refuses a fragment": ["proxy.a.com#evil", undefined],
  "refuses user information": ["proxy.a.com@evil.com", undefined],
  "refuses a password": ["u:p@evil.com", undefined],
  "refuses a leading blank": [" proxy.a.com", undefined],
  "refuses a trailing blank": ["proxy.a.com ", undefined],
  "refuses a line break": ["proxy.a.com\n", undefined],
  "refuses a backslash": ["proxy.a.com\\evil.com", undefined],
  "refuses a percent sign": ["proxy.a%2ecom.com", undefined],
  "refuses an underscore": ["proxy.a_b.com", undefined],
  "refuses letters that are not ASCII": ["proxy.ä.com", undefined],
  "refuses broken punycode": ["proxy.xn--a.com", undefined],
  "refuses an empty label": ["proxy.a..com", undefined],
  "refuses a trailing dot": ["proxy.a.com.", undefined],
  "refuses a leading dot": [".a.com", undefined],
  "refuses an address": ["proxy.127.0.0.1", undefined],
  "refuses an address as a number": ["proxy.a.0x7f000001", undefined],
  "refuses an IPv6 address": ["[::1]", undefined],
};

for (const [does, [field, origin]] of Object.entries(origins)) {
  test(`parseProxyEndpoint() ${does}`, () => {
    assertEquals(parseProxyEndpoint(`proxy-ep=${field}`), origin);
    assertEquals(
      parseProxyEndpoint(`tid=1;proxy-ep=${field};st=dotcom`),
      origin,
    );
  });
}

test("parseProxyEndpoint() finds no field in an empty token", () => {
  assertEquals(parseProxyEndpoint(""), undefined);
});

test("parseProxyEndpoint() ignores a field that merely ends in proxy-ep", () => {
  assertEquals(parseProxyEndpoint("no-proxy-ep=proxy.a.com"), undefined);
});

test("parseProxyEndpoint() does not go on to a second field", () => {
  assertEquals(
    parseProxyEndpoint("proxy-ep=bad/host;proxy-ep=proxy.a.com"),
    undefined,
  );
});

test("parseProxyEndpoint() is quick with a long hostile field", () => {
  for (const piece of ["a", "a-", "a.", "-", ".", "1:", "proxy."]) {
    assertEquals(
      parseProxyEndpoint(`proxy-ep=${piece.repeat(200_000)}!`),
      undefined,
    );
  }
});

const INDIVIDUAL = "https://api.individual.githubcopilot.com";

const hosts: Record<string, [proxy: string, api: unknown, host: string]> = {
  "from proxy-ep, whatever endpoints.api says": [
    "proxy.a.com",
    "https://other.com",
    "https://api.a.com",
  ],
  "from endpoints.api where proxy-ep is not of the form proxy.<host>": [
    "copilot-proxy.acme.ghe.com",
    "https://copilot-api.acme.ghe.com",
    "https://copilot-api.acme.ghe.com",
  ],
  "from endpoints.api where proxy-ep is not clean": [
    "proxy.a.com/evil",
    "https://api.b.com",
    "https://api.b.com",
  ],
  "from endpoints.api without its path and query": [
    "",
    "https://api.b.com:444/v1/?x#y",
    "https://api.b.com:444",
  ],
  "from the original's rule where there is no endpoints.api": [
    "edge.a.com",
    undefined,
    "https://api.edge.a.com",
  ],
  "the usual one where endpoints.api is http": ["", "http://b.com", INDIVIDUAL],
  "the usual one where endpoints.api has a user": [
    "",
    "https://u@b.com",
    INDIVIDUAL,
  ],
  "the usual one where endpoints.api has a password": [
    "",
    "https://:p@b.com",
    INDIVIDUAL,
  ],
  "the usual one where endpoints.api is an address": [
    "",
    "https://127.0.0.1",
    INDIVIDUAL,
  ],
  "the usual one where endpoints.api is one label": [
    "",
    "https://localhost:8443/",
    INDIVIDUAL,
  ],
  "the usual one where endpoints.api is no URL": ["", "b.com", INDIVIDUAL],
  "the usual one where endpoints.api is no text": ["", 7, INDIVIDUAL],
  "the usual one where endpoints.api is an object": [
    "",
    { toString: 0 },
    INDIVIDUAL,
  ],
  "the usual one where endpoints.api has a URL in the middle": [
    "",
    "see https://b.com",
    INDIVIDUAL,
  ],
  "the original's where endpoints.api is no use": [
    "a.b.com",
    "ftp://b.com",
    "https://api.a.b.com",
  ],
};

for (const [does, [proxy, api, host]] of Object.entries(hosts)) {
  test(`The host is ${does}`, async () => {
    const { fetch } = stubFetch(() =>
      tokenResponse({ token: `tid=1;proxy-ep=${proxy}`, endpoints: { api } })
    );
    assertEquals((await exchangeToken("ghu_a", { fetch })).baseURL, host);
  });
}

for (const endpoints of [null, "x", 1, [], {}]) {
  test(`The host is the usual one for endpoints ${JSON.stringify(endpoints)}`, async () => {
    const { fetch } = stubFetch(() =>
      tokenResponse({ token: "tid=1", endpoints })
    );
    assertEquals((await exchangeToken("ghu_a", { fetch })).baseURL, INDIVIDUAL);
  });
}
