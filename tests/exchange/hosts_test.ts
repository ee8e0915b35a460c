import { assertEquals } from "@std/assert";
import { test } from "node:test";
import { exchangeToken, parseProxyEndpoint } from "../../mod.ts";
import {
  accountURL,
  apiOrigin,
  baseURLsOf,
  defaultBaseURL,
} from "../../internal/hosts.ts";
import { stubFetch, tokenResponse } from "../helpers/stubs.ts";

const SIGNATURE = "0123456789abcdef".repeat(4);

const fields: Record<string, [field: string, origin: string | undefined]> = {
  "drops a leading proxy.": ["proxy.a.com", "https://api.a.com"],
  "keeps a host without proxy.": ["a.b.com", "https://api.a.b.com"],
  "drops proxy. once": ["proxy.proxy.a.com", "https://api.proxy.a.com"],
  "keeps a port": ["proxy.a.com:8443", "https://api.a.com:8443"],
  "accepts the highest port": ["proxy.a.com:65535", "https://api.a.com:65535"],
  "rejects a higher port": ["proxy.a.com:65536", undefined],
  "rejects the port 99999": ["proxy.a.com:99999", undefined],
  "ignores a signature of six digits": [
    "proxy.a.com:123456",
    "https://api.a.com",
  ],
  "ignores a signature of letters": ["proxy.a.com:abc", "https://api.a.com"],
  "ignores a signature that begins like a port": [
    "proxy.a.com:80a",
    "https://api.a.com",
  ],
  "ignores an empty signature": ["proxy.a.com:", "https://api.a.com"],
  "distinguishes a port from the signature after it": [
    `proxy.a.com:8443:${SIGNATURE}`,
    "https://api.a.com:8443",
  ],
  "ignores the signature after the last field": [
    `proxy.a.com:${SIGNATURE}`,
    "https://api.a.com",
  ],
  "keeps the letter case": ["proxy.A.com", "https://api.A.com"],
  "accepts a last label of one letter": ["proxy.a.b", "https://api.a.b"],
  "accepts a last label of two letters": ["proxy.a.io", "https://api.a.io"],
  "accepts the longest name": [
    `${"a.".repeat(125)}com`,
    `https://api.${"a.".repeat(125)}com`,
  ],
  "accepts a hyphen and digits": ["proxy.a-1.com", "https://api.a-1.com"],
  "rejects an empty host": ["", undefined],
  "rejects a host of proxy. alone": ["proxy.", undefined],
  "rejects one label": ["localhost", undefined],
  "rejects one label after proxy.": ["proxy.localhost", undefined],
  "rejects a path": ["proxy.a.com/evil", undefined],
  "rejects a query": ["proxy.a.com?evil", undefined],
  "rejects a fragment": ["proxy.a.com#evil", undefined],
  "rejects a user": ["proxy.a.com@evil.com", undefined],
  "rejects a user and a password": ["u:p@evil.com", undefined],
  "rejects a leading space": [" proxy.a.com", undefined],
  "rejects a trailing space": ["proxy.a.com ", undefined],
  "rejects a line break": ["proxy.a.com\n", undefined],
  "rejects a backslash": ["proxy.a.com\\evil.com", undefined],
  "rejects a percent sign": ["proxy.a%2ecom.com", undefined],
  "rejects an underscore": ["proxy.a_b.com", undefined],
  "rejects letters beyond ASCII": ["proxy.ä.com", undefined],
  // Node accepts it since 24: such a host does not exist, so nothing is sent.
  "leaves malformed punycode to the runtime's URL": [
    "proxy.xn--a.com",
    URL.canParse("https://api.xn--a.com") ? "https://api.xn--a.com" : undefined,
  ],
  "rejects an empty label": ["proxy.a..com", undefined],
  "rejects a trailing dot": ["proxy.a.com.", undefined],
  "rejects a leading dot": [".a.com", undefined],
  "rejects an IPv4 address": ["proxy.127.0.0.1", undefined],
  "rejects a hexadecimal address": ["proxy.a.0x7f000001", undefined],
  "rejects an IPv6 address": ["[::1]", undefined],
};

for (const [does, [field, origin]] of Object.entries(fields)) {
  test(`parseProxyEndpoint() ${does}`, () => {
    const token = `proxy-ep=${field}`;
    assertEquals(parseProxyEndpoint(token), origin);
    assertEquals(parseProxyEndpoint(`tid=1;${token};st=dotcom`), origin);
  });
}

const tokensWithoutHost: Record<string, string> = {
  "an empty token": "",
  "a token without the field": "tid=1;st=dotcom:mac",
  "a field that ends in proxy-ep": "no-proxy-ep=proxy.a.com",
  "a second field after a malformed one":
    "proxy-ep=bad/host;proxy-ep=proxy.a.com",
};

for (const [what, token] of Object.entries(tokensWithoutHost)) {
  test(`parseProxyEndpoint() finds no host in ${what}`, () => {
    assertEquals(parseProxyEndpoint(token), undefined);
  });
}

test("parseProxyEndpoint() takes linear time for a hostile field", () => {
  for (const piece of ["a", "a-", "a.", "-", ".", "1:", "proxy."]) {
    const token = `proxy-ep=${piece.repeat(200_000)}!`;
    assertEquals(parseProxyEndpoint(token), undefined);
  }
});

const endpoints: Record<string, [endpoints: unknown, origin?: string]> = {
  "an origin": [{ api: "https://api.a.com" }, "https://api.a.com"],
  "an upper-case scheme": [{ api: "HTTPS://api.a.com" }, "https://api.a.com"],
  "a port": [{ api: "https://api.a.com:444" }, "https://api.a.com:444"],
  "a slash": [{ api: "https://api.a.com/" }, "https://api.a.com"],
  "a path": [{ api: "https://api.a.com:444/v1/" }, "https://api.a.com:444"],
  "a query": [{ api: "https://api.a.com?x" }, "https://api.a.com"],
  "a fragment": [{ api: "https://api.a.com#x" }, "https://api.a.com"],
  "http": [{ api: "http://a.com" }],
  "another scheme": [{ api: "ftp://a.com" }],
  "no scheme": [{ api: "a.com" }],
  "a URL inside a text": [{ api: "see https://a.com" }],
  "a user": [{ api: "https://u@a.com" }],
  "a password": [{ api: "https://:p@a.com" }],
  "a user that looks like a host": [{ api: "https://a.com:443@evil.com" }],
  "a user and an address that look like a port": [{
    api: "https://a.com:443@1",
  }],
  "two ports": [{ api: "https://a.com:1:2" }],
  "an empty port": [{ api: "https://a.com:" }],
  "a port that is no number": [{ api: "https://a.com:8x" }],
  "a port that is too high": [{ api: "https://a.com:65536" }],
  "a backslash": [{ api: "https://evil.com\\.githubcopilot.com" }],
  "an address": [{ api: "https://127.0.0.1" }],
  "one label": [{ api: "https://localhost:8443/" }],
  "a trailing space": [{ api: "https://a.com " }],
  "an empty text": [{ api: "" }],
  "a number": [{ api: 7 }],
  "an object": [{ api: { toString: 0 } }],
  "a list of URLs": [{ api: ["https://a.com"] }],
  "null": [null],
  "no endpoints": [undefined],
  "endpoints that are a text": ["https://a.com"],
  "endpoints that are a number": [1],
  "endpoints that are a list": [[]],
};

for (const [what, [value, origin]] of Object.entries(endpoints)) {
  test(`apiOrigin() of ${what} is ${origin}`, () => {
    assertEquals(apiOrigin(value), origin);
  });
}

const NAMED = { api: "https://api.b.com" };

const candidates: Record<
  string,
  [token: string, endpoints: unknown, origins: string[]]
> = {
  "proxy-ep before endpoints.api": [
    "proxy-ep=proxy.a.com",
    NAMED,
    ["https://api.a.com", "https://api.b.com"],
  ],
  "one origin where both name the same": [
    "proxy-ep=proxy.b.com",
    NAMED,
    ["https://api.b.com"],
  ],
  "endpoints.api before a proxy-ep without proxy.": [
    "proxy-ep=a.b.com",
    NAMED,
    ["https://api.b.com", "https://api.a.b.com"],
  ],
  "endpoints.api where proxy-ep is malformed": [
    "proxy-ep=proxy.a.com/evil",
    NAMED,
    ["https://api.b.com"],
  ],
  "endpoints.api where proxy-ep is missing": [
    "tid=1",
    NAMED,
    ["https://api.b.com"],
  ],
  "proxy-ep where endpoints.api is missing": [
    "proxy-ep=proxy.a.com",
    undefined,
    ["https://api.a.com"],
  ],
  "a proxy-ep without proxy. where endpoints.api is malformed": [
    "proxy-ep=a.b.com",
    { api: "ftp://b.com" },
    ["https://api.a.b.com"],
  ],
  "nothing where neither is there": ["tid=1", {}, []],
};

for (const [what, [token, endpoints, origins]] of Object.entries(candidates)) {
  test(`baseURLsOf() returns ${what}`, () => {
    assertEquals(baseURLsOf(token, endpoints), origins);
  });
  test(`exchangeToken() uses ${what}`, async () => {
    const { fetch } = stubFetch(() => tokenResponse({ token, endpoints }));
    const { baseURL, otherBaseURL } = await exchangeToken("ghu_a", { fetch });
    const [first = "https://api.individual.githubcopilot.com", other] = origins;
    assertEquals([baseURL, otherBaseURL], [first, other]);
  });
}

test("exchangeToken() returns no otherBaseURL where GitHub names one host", async () => {
  const { fetch } = stubFetch();
  const token = await exchangeToken("ghu_a", { fetch });
  assertEquals("otherBaseURL" in token, false);
});

test("accountURL() and defaultBaseURL() are those of the domain", () => {
  assertEquals(
    [
      accountURL("github.com", "exchange"),
      accountURL("github.com", "direct"),
      accountURL("acme.ghe.com", "exchange"),
      accountURL("acme.ghe.com", "direct"),
    ],
    [
      "https://api.github.com/copilot_internal/v2/token",
      "https://api.github.com/copilot_internal/user",
      "https://api.acme.ghe.com/copilot_internal/v2/token",
      "https://api.acme.ghe.com/copilot_internal/user",
    ],
  );
  assertEquals(
    [
      defaultBaseURL("github.com", "exchange"),
      defaultBaseURL("github.com", "direct"),
      defaultBaseURL("acme.ghe.com", "exchange"),
      defaultBaseURL("acme.ghe.com", "direct"),
    ],
    [
      "https://api.individual.githubcopilot.com",
      "https://api.githubcopilot.com",
      "https://copilot-api.acme.ghe.com",
      "https://copilot-api.acme.ghe.com",
    ],
  );
});
