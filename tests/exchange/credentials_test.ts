import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { test } from "node:test";
import {
  createClientOptions,
  createCopilotFetch,
  type ExchangeOptions,
  exchangeToken,
  TokenCache,
} from "../../mod.ts";
import { createFakeCopilot } from "../../testing/mod.ts";
import {
  apart,
  deferred,
  MINUTE,
  rejectionOf,
  stubClock,
  stubFetch,
  tokenError,
  tokenResponse,
} from "../helpers/stubs.ts";

// ── hints ─────────────────────────────────────────────────────────────────

const PAT_REFUSED = {
  message: "Resource not accessible by personal access token",
};

interface Case {
  credential: string;
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
  auth?: ExchangeOptions["auth"];
  /** What the hint has to speak of. */
  says: string[];
}

const hints: Record<string, Case> = {
  "a classic PAT": {
    credential: "ghp_abcdefabcdef",
    status: 403,
    body: PAT_REFUSED,
    says: ["Classic", "fine-grained", '"Copilot Requests"', 'auth: "direct"'],
  },
  "a classic PAT that is revoked": {
    credential: "ghp_abcdefabcdef",
    status: 401,
    says: ["Classic"],
  },
  "a classic PAT, sent directly": {
    credential: "ghp_abcdefabcdef",
    status: 401,
    auth: "direct",
    says: ["Classic", "fine-grained"],
  },
  "a fine-grained PAT": {
    credential: "github_pat_abcdefabcdef",
    status: 403,
    body: PAT_REFUSED,
    says: ['auth: "direct"', 'permission "Copilot Requests"'],
  },
  "a fine-grained PAT that is revoked, sent directly": {
    credential: "github_pat_abcdefabcdef",
    status: 401,
    auth: "direct",
    says: ["Expired or revoked"],
  },
  "an OAuth app that is not let in": {
    credential: "gho_abcdefabcdef",
    status: 404,
    body: { message: "Not Found" },
    says: ["app", "ghu_", 'auth: "direct"'],
  },
  "no seat": {
    credential: "ghu_abcdefabcdef",
    status: 403,
    body: {
      message: "Resource not accessible by integration",
      error_details: {
        message: "No access to GitHub Copilot found. " +
          "You are currently logged in as octocat.",
        url: "https://github.com/github-copilot/signup?editor={EDITOR}",
      },
    },
    says: [
      "No access to GitHub Copilot found. " +
      "You are currently logged in as octocat. ",
      "https://github.com/github-copilot/signup?editor=vscode",
    ],
  },
  "details of which only the message is there": {
    credential: "ghu_abcdefabcdef",
    status: 403,
    body: { error_details: { message: "No access" } },
    says: ["No access"],
  },
  "details that are blank": {
    credential: "ghu_abcdefabcdef",
    status: 403,
    body: { error_details: { message: " " } },
    says: ["https://github.com/settings/copilot"],
  },
  "details that are nothing": {
    credential: "ghu_abcdefabcdef",
    status: 403,
    body: { error_details: { message: "" } },
    says: ["https://github.com/settings/copilot"],
  },
  "a free plan that is exhausted": {
    credential: "ghu_abcdefabcdef",
    status: 403,
    body: { message: "Monthly quota exceeded" },
    says: ["free plan", "https://github.com/settings/copilot"],
  },
  "a 403 without a reason": {
    credential: "ghu_abcdefabcdef",
    status: 403,
    says: ["seat", "https://github.com/settings/copilot"],
  },
  "a credential that is no good": {
    credential: "ghu_abcdefabcdef",
    status: 401,
    body: { message: "Bad credentials" },
    says: ["Expired or revoked"],
  },
  "a rate limit": {
    credential: "ghu_abcdefabcdef",
    status: 429,
    headers: { "retry-after": "17" },
    says: ["17 s"],
  },
  "a credential in quotes": {
    credential: '"ghu_abcdefabcdef"',
    status: 401,
    says: ["quotes"],
  },
  "a credential in single quotes": {
    credential: "'ghp_abcdefabcdef'",
    status: 401,
    says: ["quotes"],
  },
  "a credential behind Bearer": {
    credential: "Bearer ghu_abcdefabcdef",
    status: 401,
    says: ['"Bearer"'],
  },
  "a credential with a quote at its end": {
    credential: "ghu_abcdef'",
    status: 401,
    says: ["quotes"],
  },
  "a credential with the name of a classic one in it": {
    credential: "my_ghp_abcdef",
    status: 401,
    says: ["Expired or revoked"],
  },
  "a credential with the name of a fine-grained one in it": {
    credential: "my_github_pat_abcdef",
    status: 401,
    says: ["Expired or revoked"],
  },
  "a credential behind token": {
    credential: "token ghp_abcdefabcdef",
    status: 401,
    says: ['"Bearer"'],
  },
};

for (const [what, { credential, says, ...answer }] of Object.entries(hints)) {
  test(`There is a hint for ${what}`, async () => {
    const { fetch } = stubFetch(() =>
      Response.json(answer.body ?? {}, {
        status: answer.status,
        headers: answer.headers,
      })
    );
    const { auth } = answer;
    const { hint, message } = await tokenError(() =>
      exchangeToken(credential, { fetch, auth })
    );
    for (const words of says) assertStringIncludes(hint, words);
    assertEquals(hint?.split("\n").length, 1);
    assertEquals(message.slice(message.lastIndexOf("\n") + 1), hint);
    assert(!message.includes("abcdef"), message);
  });
}

test("A failure that passes has no hint", async () => {
  for (const answer of [new Response("", { status: 503 }), new Response("")]) {
    const { fetch } = stubFetch(() => answer);
    const { hint } = await tokenError(() => exchangeToken("ghp_a", { fetch }));
    assertEquals(hint, undefined);
  }
});

// ── auth: "direct" ────────────────────────────────────────────────────────

const PAT = "github_pat_abcdefabcdef";
test("A hint of GitHub's is what it says, in short", async () => {
  const hintOf = async (error_details: unknown) => {
    const { fetch } = stubFetch(() =>
      Response.json({ error_details }, { status: 403 })
    );
    const error = await tokenError(() => exchangeToken("ghu_a", { fetch }));
    return error.hint;
  };
  assertEquals(await hintOf({ message: " a", url: "b" }), "a b");
  assertEquals(await hintOf({ url: "b" }), "b");
  assertEquals(await hintOf({ message: "x".repeat(600) }), "x".repeat(500));
  // A credential must not be cut before it is looked for.
  const cut = `${"x".repeat(495)} gho_abcdef`;
  assertEquals(await hintOf({ message: cut }), `${"x".repeat(495)} ***`);
  const odd = { message: { toString: 0 } };
  assert((await hintOf(odd))?.startsWith("No seat?"));
});

const account = (api: unknown) => () => Response.json({ endpoints: { api } });

test("Direct auth asks GitHub for the host, and sends the credential itself", async () => {
  const { fetch, exchanges, requests } = stubFetch(
    account("https://api.business.githubcopilot.com"),
  );
  const copilot = createCopilotFetch(
    ` ${PAT} `,
    apart({ fetch, auth: "direct" }),
  );
  await copilot("/chat/completions", { method: "POST", body: "{}" });
  const identity = {
    authorization: `Bearer ${PAT}`,
    "copilot-integration-id": "copilot-developer-cli",
    "editor-plugin-version": "copilot-chat/0.35.0",
    "editor-version": "vscode/1.107.0",
    "user-agent": "GitHubCopilotChat/0.35.0",
  };
  assertEquals(
    exchanges[0].url,
    "https://api.github.com/copilot_internal/user",
  );
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

test("Direct auth takes another integration from the headers option", async () => {
  const { fetch, exchanges, requests } = stubFetch(account(undefined));
  const headers = { "Copilot-Integration-Id": "my-tool" };
  const options = apart({ fetch, headers, auth: "direct" });
  await createCopilotFetch(PAT, options)("/models");
  for (const { headers } of [...exchanges, ...requests]) {
    assertEquals(headers["copilot-integration-id"], "my-tool");
  }
});

const accounts: Record<string, [() => Response, host: string]> = {
  "GitHub names one": [
    account("https://api.enterprise.githubcopilot.com"),
    "https://api.enterprise.githubcopilot.com",
  ],
  "GitHub names one with a path": [
    account("https://api.enterprise.githubcopilot.com/v1?x"),
    "https://api.enterprise.githubcopilot.com",
  ],
  "GitHub names none": [account(undefined), "https://api.githubcopilot.com"],
  "it is http": [account("http://a.com"), "https://api.githubcopilot.com"],
  "it has a user": [
    account("https://u@a.com"),
    "https://api.githubcopilot.com",
  ],
  "the answer tells of a lifetime": [
    () => Response.json({ refresh_in: 60, expires_at: 2e9 }),
    "https://api.githubcopilot.com",
  ],
  "the answer is a page": [
    () => new Response("<html>"),
    "https://api.githubcopilot.com",
  ],
  "the answer is a 403": [
    () => Response.json(PAT_REFUSED, { status: 403 }),
    "https://api.githubcopilot.com",
  ],
  "the answer is a 404": [
    () => new Response("", { status: 404 }),
    "https://api.githubcopilot.com",
  ],
};

for (const [what, [answer, host]] of Object.entries(accounts)) {
  test(`The host of direct auth is ${new URL(host).host} where ${what}`, async () => {
    using _clock = stubClock();
    const { fetch } = stubFetch(answer);
    const token = await exchangeToken(PAT, { fetch, auth: "direct" });
    const now = Date.now();
    assertEquals(token, {
      value: PAT,
      baseURL: host,
      refreshAt: now + 25 * MINUTE,
      expiresAt: now + 30 * MINUTE,
    });
  });
}

const lookUpFailures: [status: number, code: string][] = [
  [302, "invalid_response"],
  [401, "bad_credentials"],
  [429, "rate_limited"],
  [503, "unavailable"],
];

for (const [status, code] of lookUpFailures) {
  test(`A ${status} of the look-up is ${code}`, async () => {
    const { fetch, requests } = stubFetch(() => new Response("", { status }));
    const copilot = createCopilotFetch(PAT, apart({ fetch, auth: "direct" }));
    assertEquals((await tokenError(() => copilot("/x"))).code, code);
    assertEquals(requests.length, 0);
  });
}

test("Concurrent callers share one look-up, which is renewed like a token", async () => {
  using clock = stubClock();
  let down = false;
  const { fetch, exchanges } = stubFetch(() =>
    down
      ? new Response("", { status: 503 })
      : account("https://api.business.githubcopilot.com")()
  );
  const copilot = createCopilotFetch(PAT, apart({ fetch, auth: "direct" }));
  await Promise.all(Array.from({ length: 100 }, () => copilot("/x")));
  assertEquals(exchanges.length, 1);
  clock.advance(22 * MINUTE);
  await copilot("/x");
  assertEquals(exchanges.length, 1);
  down = true;
  clock.advance(4 * MINUTE);
  assertEquals((await copilot("/x")).status, 200);
  assertEquals(exchanges.length, 2);
});

test("With direct auth a 401 of Copilot's is handed on", async () => {
  const { fetch, exchanges, requests } = stubFetch(
    account(undefined),
    () => new Response("no", { status: 401 }),
  );
  const copilot = createCopilotFetch(PAT, apart({ fetch, auth: "direct" }));
  assertEquals((await copilot("/x")).status, 401);
  assertEquals((await copilot("/x")).status, 401);
  assertEquals([exchanges.length, requests.length], [1, 2]);
});

test("Direct auth has an entry of its own, and is never chosen by itself", async () => {
  const { fetch, exchanges, requests } = stubFetch(({ url }) =>
    url.endsWith("/user")
      ? account(undefined)()
      : Response.json(PAT_REFUSED, { status: 403 })
  );
  const cache = new TokenCache();
  await createCopilotFetch(PAT, { fetch, cache, auth: "direct" })("/x");
  const exchange = createCopilotFetch(PAT, { fetch, cache });
  const { hint } = await tokenError(() => exchange("/x"));
  assertStringIncludes(hint, 'auth: "direct"');
  assertEquals([exchanges.length, requests.length], [2, 1]);
});

// ── tenants ───────────────────────────────────────────────────────────────

const TENANT = "acme.ghe.com";

for (
  const domain of [
    TENANT,
    `https://${TENANT}/`,
    `https://${TENANT}`,
    "ACME.ghe.com",
    "HTTPS://Acme.GHE.com/",
  ]
) {
  test(`A tenant may be given as ${domain}`, async () => {
    const { fetch, exchanges } = stubFetch();
    await exchangeToken("ghu_a", { fetch, domain });
    await exchangeToken("ghu_a", { fetch, domain, auth: "direct" });
    assertEquals(exchanges.map(({ url }) => url), [
      "https://api.acme.ghe.com/copilot_internal/v2/token",
      "https://api.acme.ghe.com/copilot_internal/user",
    ]);
    const client = createClientOptions("ghu_a", { domain });
    assertEquals(client.baseURL, "https://copilot-api.acme.ghe.com");
  });
}

for (
  const domain of [
    "",
    " ",
    "localhost",
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
  ]
) {
  test(`${JSON.stringify(domain)} is no domain`, async () => {
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
      assertStringIncludes(message, "domain must be a host name");
    }
    assertEquals(exchanges.length, 0);
  });
}

const tenants: [what: string, answer: Record<string, unknown>, host: string][] =
  [
    ["endpoints.api", {
      token: "tid=1;proxy-ep=copilot-proxy.acme.ghe.com;st=x:mac",
      endpoints: { api: "https://copilot-api.acme.ghe.com" },
    }, "https://copilot-api.acme.ghe.com"],
    ["proxy-ep alone, by the original's rule", {
      token: "tid=1;proxy-ep=copilot-proxy.acme.ghe.com;st=x:mac",
    }, "https://api.copilot-proxy.acme.ghe.com"],
    ["nothing", { token: "tid=1" }, "https://copilot-api.acme.ghe.com"],
  ];

for (const [what, answer, host] of tenants) {
  test(`A tenant's host comes from ${what}`, async () => {
    const { fetch, requests } = stubFetch(() => tokenResponse(answer));
    const options = apart({ fetch, domain: TENANT });
    await createCopilotFetch("ghu_a", options)("/models");
    assertEquals(requests[0].url, `${host}/models`);
  });
}

test("A tenant's host of direct auth", async () => {
  for (
    const [api, host] of [
      ["https://copilot-api.acme.ghe.com", "https://copilot-api.acme.ghe.com"],
      [undefined, "https://copilot-api.acme.ghe.com"],
    ]
  ) {
    const { fetch } = stubFetch(account(api));
    const options = { fetch, domain: TENANT, auth: "direct" } as const;
    assertEquals((await exchangeToken(PAT, options)).baseURL, host);
  }
});

test("A tenant has an entry of its own", async () => {
  const { fetch, exchanges } = stubFetch();
  const cache = new TokenCache();
  await createCopilotFetch("ghu_a", { fetch, cache })("/x");
  await createCopilotFetch("ghu_a", { fetch, cache, domain: TENANT })("/x");
  assertEquals(exchanges.length, 2);
});

// ── the same against the fake, which knows the service's rules ────────────

const kinds: [
  credential: string,
  auth: "exchange" | "direct",
  outcome: number | string,
][] = [
  ["ghu_a", "exchange", 200],
  ["ghu_a", "direct", 200],
  ["gho_a", "exchange", 200],
  ["gho_a", "direct", 200],
  ["github_pat_a", "exchange", "no_access"],
  ["github_pat_a", "direct", 200],
  ["ghp_a", "exchange", "no_access"],
  ["ghp_a", "direct", 401],
];

for (const domain of ["github.com", TENANT]) {
  for (const [credential, auth, outcome] of kinds) {
    test(`${credential} at ${domain} by ${auth}: ${outcome}`, async () => {
      const fake = createFakeCopilot({ plan: "business", domain });
      const copilot = createCopilotFetch(
        credential,
        apart({ fetch: fake.fetch, domain, auth }),
      );
      if (typeof outcome === "string") {
        const { code } = await tokenError(() => copilot("/models"));
        assertEquals(code, outcome);
      } else {
        assertEquals((await copilot("/models")).status, outcome);
        const { host } = new URL(fake.requests[0].url);
        assertEquals(
          host,
          domain === TENANT
            ? "copilot-api.acme.ghe.com"
            : "api.business.githubcopilot.com",
        );
      }
    });
  }
}

test("The fake takes a fine-grained PAT of the right integration alone", async () => {
  const { fetch } = createFakeCopilot();
  const headers = { "Copilot-Integration-Id": "vscode-chat" };
  const options = apart({ fetch, auth: "direct", headers });
  const copilot = createCopilotFetch(PAT, options);
  assertEquals((await copilot("/models")).status, 401);
});

test("The fake's generic host takes credentials, but no tokens", async () => {
  const { fetch } = createFakeCopilot();
  const answering = { fetch: lost(fetch), auth: "direct" } as const;
  const copilot = createCopilotFetch(PAT, apart(answering));
  assertEquals((await copilot("/models")).status, 200);
});

/** GitHub that knows nothing of accounts, so that the usual host is used. */
function lost(fetch: typeof globalThis.fetch): typeof globalThis.fetch {
  return (input, init) =>
    String(input).endsWith("/user")
      ? Promise.resolve(new Response("", { status: 404 }))
      : fetch(input, init);
}

test("A credential function may change between accounts in mid-run", async () => {
  const fake = createFakeCopilot({ credentials: ["ghu_a", "ghu_b"] });
  const next = deferred<string>();
  let credential: string | Promise<string> = "ghu_a";
  const copilot = createCopilotFetch(
    () => credential,
    apart({ fetch: fake.fetch }),
  );
  await copilot("/models");
  credential = next.promise;
  const call = copilot("/models");
  next.resolve("ghu_b");
  await call;
  assertEquals(
    fake.exchanges.map(({ headers }) => headers.get("authorization")),
    ["Bearer ghu_a", "Bearer ghu_b"],
  );
});

test("A credential that is sent itself names no host", async () => {
  const credential = "tid=1;proxy-ep=proxy.evil.com";
  for (const api of ["https://api.b.com", undefined]) {
    const { fetch } = stubFetch(account(api));
    const token = await exchangeToken(credential, { fetch, auth: "direct" });
    assertEquals(token.baseURL, api ?? "https://api.githubcopilot.com");
  }
});
