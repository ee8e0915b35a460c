import { assertEquals } from "@std/assert";
import { test } from "node:test";
import { type AuthOption, createCopilotFetch } from "../../mod.ts";
import { isTrustedWithCredential } from "../../internal/hosts.ts";
import { NO, PAGE } from "../helpers/failed_exchange.ts";
import { apart, tokenResponse } from "../helpers/stubs.ts";

const CREDENTIALS = ["ghu", "gho", "ghp", "github_pat", "ghs", "unknown"];
const AUTH_OPTIONS: AuthOption[] = ["auto", "exchange", "direct"];
const COPILOT_STATUSES = [200, 302, 401, 421, 500];

/** Hosts that GitHub may name; most must not get a credential. */
const NAMED_HOSTS = [
  "https://api.business.githubcopilot.com",
  "https://evil.com",
  "https://githubcopilot.com.evil.com",
  "https://evilgithubcopilot.com",
  "https://copilot-api.acme.ghe.com",
  "https://copilot-api.other.ghe.com",
  "https://evilacme.ghe.com",
];

/** GitHub's responses: a token and a host, or a refusal, its own or a proxy's. */
const gitHubResponses: (() => Response)[] = [
  ...NAMED_HOSTS.map((api) => () =>
    tokenResponse({
      token: `tid=1;proxy-ep=${api.replace("https://", "proxy.")};st=x:mac`,
      endpoints: { api },
    })
  ),
  ...[201, 302, 401, 402, 403, 404, 407, 418, 422, 429, 500].flatMap((status) =>
    [NO, PAGE].map((body) => () => {
      const headers = { location: "https://evil.com/login" };
      return new Response(body, { status, headers });
    })
  ),
];

/** The hosts that saw `credential` in any part of a request. */
async function destinations(
  credential: string,
  auth: AuthOption,
  domain: string,
  gitHub: () => Response,
  copilotStatus: number,
): Promise<Set<string>> {
  const hosts = new Set<string>();
  const fetch = (
    input: string | URL | Request,
    init?: RequestInit,
  ): Promise<Response> => {
    const { host, pathname } = new URL(String(input));
    const sent = JSON.stringify([input, init]);
    if (sent.includes(credential)) hosts.add(host);
    const isToGitHub = pathname.startsWith("/copilot_internal/");
    const response = isToGitHub ? gitHub() : new Response("", {
      status: copilotStatus,
      headers: { location: "https://evil.com" },
    });
    return Promise.resolve(response);
  };
  const options = { fetch, auth, domain, exchangeErrors: "response" } as const;
  const copilot = createCopilotFetch(credential, apart(options));
  await copilot("https://evil.com/models");
  await copilot("https://evil.com/models");
  return hosts;
}

function isAllowed(host: string, domain: string, auth: AuthOption): boolean {
  if (host === `api.${domain}`) return true;
  if (auth === "exchange") return false;
  const isTenantHost = domain !== "github.com" && host.endsWith(`.${domain}`);
  return isTenantHost || host.endsWith(".githubcopilot.com");
}

for (const domain of ["github.com", "acme.ghe.com"]) {
  for (const kind of CREDENTIALS) {
    for (const auth of AUTH_OPTIONS) {
      test(`createCopilotFetch() with auth "${auth}" at ${domain} sends ${kind}_ to permitted hosts only, whatever GitHub's response`, async () => {
        const credential = `${kind}_secretsecretsecret`;
        const refused = new Set<string>();
        for (const gitHub of gitHubResponses) {
          for (const status of COPILOT_STATUSES) {
            for (
              const host of await destinations(
                credential,
                auth,
                domain,
                gitHub,
                status,
              )
            ) {
              if (!isAllowed(host, domain, auth)) refused.add(host);
            }
          }
        }
        assertEquals([...refused], []);
      });
    }
  }
}

const seenBy: [kind: string, auth: AuthOption, hosts: string[]][] = [
  ["ghu", "auto", ["api.github.com"]],
  ["ghu", "exchange", ["api.github.com"]],
  ["ghu", "direct", ["api.github.com", "api.githubcopilot.com"]],
  ["unknown", "auto", ["api.github.com"]],
  ["ghp", "auto", ["api.github.com"]],
  ["gho", "auto", ["api.github.com"]],
  ["github_pat", "auto", ["api.github.com", "api.githubcopilot.com"]],
  ["github_pat", "exchange", ["api.github.com"]],
  ["ghs", "auto", ["api.githubcopilot.com"]],
  ["ghs", "direct", ["api.githubcopilot.com"]],
  ["ghs", "exchange", ["api.github.com"]],
];

for (const [kind, auth, expected] of seenBy) {
  test(`createCopilotFetch() with auth "${auth}" shows ${kind}_ to ${expected.join(" and ")}`, async () => {
    const hosts = await destinations(
      `${kind}_secretsecretsecret`,
      auth,
      "github.com",
      () => tokenResponse(),
      200,
    );
    assertEquals([...hosts], expected);
  });
}

const origins: [origin: string, domain: string, isTrusted: boolean][] = [
  ["https://api.githubcopilot.com", "github.com", true],
  ["https://API.GitHubCopilot.com", "github.com", true],
  ["https://api.githubcopilot.com:8443", "github.com", true],
  ["https://api.githubcopilot.com", "acme.ghe.com", true],
  ["https://githubcopilot.com", "github.com", false],
  ["https://evilgithubcopilot.com", "github.com", false],
  ["https://githubcopilot.com.evil.com", "github.com", false],
  ["https://api.evil.com:8443", "github.com", false],
  ["https://evil.github.com", "github.com", false],
  ["https://copilot-api.acme.ghe.com", "acme.ghe.com", true],
  ["https://copilot-api.acme.ghe.com", "github.com", false],
  ["https://copilot-api.other.ghe.com", "acme.ghe.com", false],
  ["https://evilacme.ghe.com", "acme.ghe.com", false],
  ["https://acme.ghe.com", "acme.ghe.com", false],
];

for (const [origin, domain, isTrusted] of origins) {
  test(`isTrustedWithCredential() at ${domain} is ${isTrusted} for ${origin}`, () => {
    assertEquals(isTrustedWithCredential(origin, domain), isTrusted);
  });
}
