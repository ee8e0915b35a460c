import { assertEquals } from "@std/assert";
import { test } from "node:test";
import {
  type AuthOption,
  createCopilotFetch,
  exchangeToken,
  TokenCache,
} from "../../mod.ts";
import { authPlan } from "../../internal/auth.ts";
import { CREDENTIAL, NO } from "../helpers/failed_exchange.ts";
import {
  type Answer,
  apart,
  MINUTE,
  START,
  stubClock,
  stubFetch,
  tokenError,
  tokenResponse,
} from "../helpers/stubs.ts";

const EXCHANGE_URL = "https://api.github.com/copilot_internal/v2/token";
const USER_URL = "https://api.github.com/copilot_internal/user";
const GENERIC_HOST = "https://api.githubcopilot.com";
const FINE_GRAINED = "github_pat_secretsecret";

/** GitHub's description of a user, which names `api`. */
function user(api?: unknown): Answer {
  return () => Response.json({ endpoints: { api } });
}

/** Answers the exchange with one status, and `/user` with a host. */
function refusedExchange(status: number, body = NO): Answer {
  return (call) =>
    call.url === EXCHANGE_URL
      ? new Response(body, { status })
      : user("https://api.business.githubcopilot.com")(call);
}

const plans: [option: AuthOption, credential: string, plan: string][] = [
  ["auto", "ghu_a", "exchange"],
  ["auto", "ghp_a", "exchange"],
  ["auto", "opaque", "exchange"],
  ["auto", "ghr_a", "exchange"],
  ["auto", "gho_a", "exchange-or-direct"],
  ["auto", "github_pat_a", "direct"],
  ["auto", "ghs_a", "installation"],
  ["auto", "my_ghs_a", "exchange"],
  ["auto", "my_github_pat_a", "exchange"],
  ["auto", "my_gho_a", "exchange"],
  ["direct", "ghu_a", "direct"],
  ["direct", "gho_a", "direct"],
  ["direct", "ghp_a", "direct"],
  ["direct", "github_pat_a", "direct"],
  ["direct", "opaque", "direct"],
  ["direct", "ghs_a", "installation"],
  ["exchange", "ghu_a", "exchange"],
  ["exchange", "gho_a", "exchange"],
  ["exchange", "ghp_a", "exchange"],
  ["exchange", "github_pat_a", "exchange"],
  ["exchange", "ghs_a", "exchange"],
];

for (const [option, credential, plan] of plans) {
  test(`authPlan() of "${option}" for ${credential} is ${plan}`, () => {
    assertEquals(authPlan(option, credential), plan);
  });
}

test("createCopilotFetch() with direct auth asks GitHub for the host, and sends the credential to Copilot", async () => {
  const { fetch, exchanges, requests } = stubFetch(
    user("https://api.business.githubcopilot.com"),
  );
  const copilot = createCopilotFetch(` ${FINE_GRAINED} `, apart({ fetch }));
  await copilot("/chat/completions", { method: "POST", body: "{}" });
  const identity = {
    authorization: `Bearer ${FINE_GRAINED}`,
    "copilot-integration-id": "copilot-developer-cli",
    "editor-plugin-version": "copilot-chat/0.35.0",
    "editor-version": "vscode/1.107.0",
    "user-agent": "GitHubCopilotChat/0.35.0",
  };
  assertEquals(exchanges.map(({ url }) => url), [USER_URL]);
  assertEquals(exchanges[0].headers, {
    ...identity,
    accept: "application/json",
  });
  assertEquals(
    requests[0].url,
    "https://api.business.githubcopilot.com/chat/completions",
  );
  assertEquals(requests[0].headers, {
    ...identity,
    "openai-intent": "conversation-edits",
    "x-initiator": "agent",
  });
});

const integrations: [credential: string, id: string][] = [
  ["github_pat_a", "copilot-developer-cli"],
  ["ghs_a", "copilot-developer-cli"],
  ["gho_a", "vscode-chat"],
  ["ghu_a", "vscode-chat"],
  ["opaque", "vscode-chat"],
];

for (const [credential, id] of integrations) {
  test(`createCopilotFetch() with direct auth identifies as ${id} with ${credential}`, async () => {
    const { fetch, exchanges, requests } = stubFetch(user());
    const options = apart({ fetch, auth: "direct" });
    await createCopilotFetch(credential, options)("/models");
    for (const { headers } of [...exchanges, ...requests]) {
      assertEquals(headers["copilot-integration-id"], id);
    }
  });
}

test("exchangeToken() identifies as an editor, whatever the credential", async () => {
  const { fetch, exchanges } = stubFetch();
  await exchangeToken(FINE_GRAINED, { fetch, auth: "exchange" });
  assertEquals(exchanges[0].headers["copilot-integration-id"], "vscode-chat");
});

test("exchangeToken() with direct auth takes another integration id from the headers option", async () => {
  const { fetch, exchanges, requests } = stubFetch(user());
  const headers = { "Copilot-Integration-Id": "my-tool" };
  const options = apart({ fetch, headers });
  await createCopilotFetch(FINE_GRAINED, options)("/models");
  for (const { headers } of [...exchanges, ...requests]) {
    assertEquals(headers["copilot-integration-id"], "my-tool");
  }
});

const users: Record<string, [answer: Answer, host: string]> = {
  "GitHub names a host": [
    user("https://api.enterprise.githubcopilot.com"),
    "https://api.enterprise.githubcopilot.com",
  ],
  "GitHub names a host with a path": [
    user("https://api.enterprise.githubcopilot.com/v1?x"),
    "https://api.enterprise.githubcopilot.com",
  ],
  "GitHub names no host": [user(), GENERIC_HOST],
  "the host is no text": [user(7), GENERIC_HOST],
  "the host is http": [user("http://api.githubcopilot.com"), GENERIC_HOST],
  "the host has a user": [
    user("https://u@api.business.githubcopilot.com"),
    GENERIC_HOST,
  ],
  "the host is not Copilot's": [user("https://evil.com"), GENERIC_HOST],
  "the host ends like Copilot's": [
    user("https://evilgithubcopilot.com"),
    GENERIC_HOST,
  ],
  "the response has no endpoints": [() => Response.json({}), GENERIC_HOST],
  "the response is a page": [() => new Response("<html>"), GENERIC_HOST],
  "GitHub refuses with 402": [
    () => Response.json({ message: "" }, { status: 402 }),
    GENERIC_HOST,
  ],
  "GitHub refuses with 403": [
    () => new Response(NO, { status: 403 }),
    GENERIC_HOST,
  ],
  "GitHub refuses with 404": [
    () => new Response(NO, { status: 404 }),
    GENERIC_HOST,
  ],
};

for (const [what, [answer, host]] of Object.entries(users)) {
  test(`exchangeToken() with direct auth uses ${new URL(host).host} when ${what}`, async () => {
    using _clock = stubClock();
    const { fetch } = stubFetch(answer);
    assertEquals(await exchangeToken(FINE_GRAINED, { fetch }), {
      value: FINE_GRAINED,
      baseURL: host,
      ...(host !== GENERIC_HOST && { otherBaseURL: GENERIC_HOST }),
      auth: "direct",
      refreshAt: START + 25 * MINUTE,
      expiresAt: START + 30 * MINUTE,
    });
  });
}

test("exchangeToken() with direct auth ignores a lifetime in GitHub's response", async () => {
  using _clock = stubClock();
  const { fetch } = stubFetch(() =>
    Response.json({ refresh_in: 60, expires_at: 2e9 })
  );
  const token = await exchangeToken(FINE_GRAINED, { fetch });
  assertEquals(token.refreshAt, START + 25 * MINUTE);
});

test("exchangeToken() with direct auth reads no host from the credential itself", async () => {
  const credential = "tid=1;proxy-ep=proxy.evil.com";
  const { fetch } = stubFetch(user());
  const token = await exchangeToken(credential, { fetch, auth: "direct" });
  assertEquals([token.baseURL, token.otherBaseURL], [GENERIC_HOST, undefined]);
});

const userFailures: [status: number, body: string, code: string][] = [
  [302, "", "invalid_response"],
  [401, NO, "bad_credentials"],
  [403, "<html>", "unavailable"],
  [404, "", "unavailable"],
  [429, NO, "rate_limited"],
  [503, "", "unavailable"],
];

for (const [status, body, code] of userFailures) {
  test(`exchangeToken() with direct auth fails as ${code} after a ${status} of GitHub with ${body || "nothing"}`, async () => {
    const { fetch, requests } = stubFetch(() => new Response(body, { status }));
    const copilot = createCopilotFetch(FINE_GRAINED, apart({ fetch }));
    const error = await tokenError(() => copilot("/x"));
    assertEquals([error.code, error.status], [code, status]);
    assertEquals(requests.length, 0);
  });
}

test("createCopilotFetch() with direct auth shares one request to GitHub, and refreshes the host like a token", async () => {
  using clock = stubClock();
  let isDown = false;
  const { fetch, exchanges } = stubFetch((call) =>
    isDown ? new Response("", { status: 503 }) : user()(call)
  );
  const copilot = createCopilotFetch(FINE_GRAINED, apart({ fetch }));
  await Promise.all(Array.from({ length: 100 }, () => copilot("/x")));
  assertEquals(exchanges.length, 1);
  clock.advance(22 * MINUTE);
  await copilot("/x");
  assertEquals(exchanges.length, 1);
  isDown = true;
  clock.advance(4 * MINUTE);
  assertEquals((await copilot("/x")).status, 200);
  assertEquals(exchanges.length, 2);
});

test("createCopilotFetch() with direct auth returns Copilot's 401, and keeps the host", async () => {
  const { fetch, exchanges, requests } = stubFetch(
    user(),
    () => new Response("no", { status: 401 }),
  );
  const copilot = createCopilotFetch(FINE_GRAINED, apart({ fetch }));
  assertEquals((await copilot("/x")).status, 401);
  assertEquals((await copilot("/x")).status, 401);
  assertEquals([exchanges.length, requests.length], [1, 2]);
});

test("createCopilotFetch() sends an installation token to Copilot without any request to GitHub", async () => {
  using clock = stubClock();
  const { fetch, exchanges, requests } = stubFetch();
  const options = apart({ fetch });
  const copilot = createCopilotFetch("ghs_a", options);
  await copilot("/models");
  clock.advance(24 * 60 * MINUTE);
  await copilot("/models");
  assertEquals(exchanges.length, 0);
  assertEquals(
    requests.map(({ url, headers }) => [url, headers.authorization]),
    [
      [`${GENERIC_HOST}/models`, "Bearer ghs_a"],
      [`${GENERIC_HOST}/models`, "Bearer ghs_a"],
    ],
  );
  assertEquals(await exchangeToken("ghs_a", { fetch }), {
    value: "ghs_a",
    baseURL: GENERIC_HOST,
    auth: "direct",
    refreshAt: Date.now() + 25 * MINUTE,
    expiresAt: Date.now() + 30 * MINUTE,
  });
});

test("exchangeToken() exchanges an OAuth token where GitHub allows it", async () => {
  const { fetch, exchanges } = stubFetch();
  const { auth } = await exchangeToken("gho_a", { fetch });
  assertEquals(auth, "exchange");
  assertEquals(exchanges.map(({ url }) => url), [EXCHANGE_URL]);
});

test("createCopilotFetch() sends an OAuth token directly after GitHub's 404, which it remembers", async () => {
  using clock = stubClock();
  const { fetch, exchanges, requests } = stubFetch(refusedExchange(404));
  const copilot = createCopilotFetch("gho_a", apart({ fetch }));
  await copilot("/models");
  assertEquals(exchanges.map(({ url }) => url), [EXCHANGE_URL, USER_URL]);
  assertEquals(requests[0].headers.authorization, "Bearer gho_a");
  assertEquals(
    requests[0].url,
    "https://api.business.githubcopilot.com/models",
  );
  clock.advance(31 * MINUTE);
  await copilot("/models");
  assertEquals(exchanges.slice(2).map(({ url }) => url), [USER_URL]);
});

const otherRefusals: [status: number, body: string, code: string][] = [
  [404, "Not Found", "unavailable"],
  [404, "<html>", "unavailable"],
  [401, NO, "bad_credentials"],
  [403, NO, "no_access"],
  [422, NO, "no_access"],
  [500, NO, "unavailable"],
];

for (const [status, body, code] of otherRefusals) {
  test(`exchangeToken() does not take an OAuth token for a Copilot token after a ${status} with ${body}`, async () => {
    const { fetch, exchanges } = stubFetch(refusedExchange(status, body));
    const error = await tokenError(() => exchangeToken("gho_a", { fetch }));
    assertEquals([error.code, error.status], [code, status]);
    assertEquals(exchanges.map(({ url }) => url), [EXCHANGE_URL]);
  });
}

for (const credential of ["ghu_a", "ghp_a", "opaque"]) {
  test(`exchangeToken() does not take ${credential} for a Copilot token after GitHub's 404`, async () => {
    const { fetch, exchanges } = stubFetch(refusedExchange(404));
    const error = await tokenError(() => exchangeToken(credential, { fetch }));
    assertEquals(error.code, "no_access");
    assertEquals(exchanges.length, 1);
  });
}

test('TokenCache.get() keeps a token for auth: "exchange" and another for "direct"', async () => {
  const { fetch, exchanges } = stubFetch(({ url }) =>
    url === USER_URL ? Response.json({}) : tokenResponse()
  );
  const cache = new TokenCache();
  const direct = await cache.get(CREDENTIAL, { fetch, auth: "direct" });
  const exchanged = await cache.get(CREDENTIAL, { fetch, auth: "exchange" });
  assertEquals([direct.auth, exchanged.auth], ["direct", "exchange"]);
  assertEquals(exchanges.length, 2);
});
