import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { test } from "node:test";
import type { CopilotTokenErrorCode } from "../../mod.ts";
import { createFakeCopilot } from "../../testing/mod.ts";
import { fetchUsage, type UsageOptions } from "../../usage/mod.ts";
import { simulateTime } from "../helpers/simulated_time.ts";
import {
  type Answer,
  deferred,
  rejection,
  rejectionOf,
  stubFetch,
  tokenError,
} from "../helpers/stubs.ts";

fc.configureGlobal({ seed: 20261123 });

const CREDENTIAL = "ghu_0123456789abcdef";
const DECEMBER = Date.UTC(2026, 11, 1);

/** A paid plan, as GitHub describes it in November 2026. */
const PAID = {
  login: "octocat",
  copilot_plan: "individual",
  access_type_sku: "plus_monthly_subscriber_quota",
  token_based_billing: true,
  quota_reset_date: "2026-12-01",
  quota_reset_date_utc: "2026-12-01T00:00:00.000Z",
  endpoints: { api: "https://api.individual.githubcopilot.com" },
  quota_snapshots: {
    chat: {
      entitlement: 0,
      overage_count: 0,
      overage_permitted: false,
      percent_remaining: 100,
      quota_id: "chat",
      remaining: 0,
      unlimited: true,
    },
    premium_interactions: {
      entitlement: 1000,
      has_quota: true,
      overage_count: 1.5,
      overage_permitted: true,
      percent_remaining: 97.1,
      quota_id: "premium_interactions",
      quota_remaining: 971.2,
      remaining: 971,
      unlimited: false,
    },
  },
};

/** Asks a GitHub that answers with a user. */
function usageOf(user: unknown) {
  const { fetch } = stubFetch(() => Response.json(user));
  return fetchUsage(CREDENTIAL, { fetch });
}

// ── what is read ──────────────────────────────────────────────────────────

test("fetchUsage() reads the account, the plan and its quotas", async () => {
  assertEquals(await usageOf(PAID), {
    login: "octocat",
    plan: "individual",
    isBilledByTokens: true,
    quotas: [
      {
        name: "chat",
        kind: "plan",
        isUnlimited: true,
        percentRemaining: 100,
        overage: 0,
        isOveragePermitted: false,
        resetAtMs: DECEMBER,
      },
      {
        name: "premium_interactions",
        kind: "plan",
        isUnlimited: false,
        entitlement: 1000,
        remaining: 971,
        percentRemaining: 97.1,
        overage: 1.5,
        isOveragePermitted: true,
        resetAtMs: DECEMBER,
      },
    ],
  });
});

test("fetchUsage() reads an entitlement of -1 as unlimited", async () => {
  const { quotas } = await usageOf({
    quota_snapshots: { chat: { entitlement: -1, remaining: 0 } },
  });
  assertEquals(quotas, [{ name: "chat", kind: "plan", isUnlimited: true }]);
});

test("fetchUsage() reads the quotas of a free plan", async () => {
  const usage = await usageOf({
    login: "octocat",
    copilot_plan: "individual",
    token_based_billing: false,
    limited_user_quotas: { chat: 410, completions: 4000 },
    monthly_quotas: { chat: 500, completions: 4000 },
    limited_user_reset_date: "2026-12-01",
  });
  assertEquals(usage.isBilledByTokens, false);
  assertEquals(usage.quotas, [
    {
      name: "chat",
      kind: "plan",
      isUnlimited: false,
      entitlement: 500,
      remaining: 410,
      resetAtMs: DECEMBER,
    },
    {
      name: "completions",
      kind: "plan",
      isUnlimited: false,
      entitlement: 4000,
      remaining: 4000,
      resetAtMs: DECEMBER,
    },
  ]);
});

test("fetchUsage() reads what is left on a free plan without the whole", async () => {
  const { quotas } = await usageOf({ limited_user_quotas: { chat: 410 } });
  assertEquals(quotas, [
    { name: "chat", kind: "plan", isUnlimited: false, remaining: 410 },
  ]);
});

test("fetchUsage() takes a quota that is stated twice from its snapshot", async () => {
  const { quotas } = await usageOf({
    quota_snapshots: { chat: { remaining: 1 } },
    limited_user_quotas: { chat: 2, completions: 3 },
  });
  assertEquals(quotas.map(({ name, remaining }) => [name, remaining]), [
    ["chat", 1],
    ["completions", 3],
  ]);
});

const resetTimes: [what: string, user: Record<string, unknown>][] = [
  ["a quota's own text", { quota_reset_at: "2026-12-01T00:00:00Z" }],
  ["a quota's own seconds", { quota_reset_at: DECEMBER / 1000 }],
];

for (const [what, snapshot] of resetTimes) {
  test(`fetchUsage() reads when a quota is reset from ${what}`, async () => {
    const { quotas } = await usageOf({
      quota_reset_date_utc: "2027-01-01T00:00:00Z",
      quota_snapshots: { chat: { remaining: 1, ...snapshot } },
    });
    assertEquals(quotas[0].resetAtMs, DECEMBER);
  });
}

test("fetchUsage() reads when quotas are reset from a date without a time", async () => {
  const { quotas } = await usageOf({
    quota_reset_date: "2026-12-01",
    quota_snapshots: { chat: { remaining: 1, quota_reset_at: 0 } },
  });
  assertEquals(quotas[0].resetAtMs, DECEMBER);
});

test("fetchUsage() reports no more than GitHub does", async () => {
  const empty: unknown[] = [
    {},
    { login: null, copilot_plan: 1, token_based_billing: "true" },
    { quota_snapshots: null, limited_user_quotas: null },
    { quota_snapshots: { chat: null, completions: "many", other: {} } },
    { quota_snapshots: { chat: { remaining: "1", unlimited: 1 } } },
    { limited_user_quotas: { chat: "410" } },
  ];
  for (const user of empty) assertEquals(await usageOf(user), { quotas: [] });
});

test("fetchUsage() skips a number that is too large", async () => {
  const body =
    '{"quota_snapshots":{"chat":{"remaining":1,"overage_count":1e999}}}';
  const { fetch } = stubFetch(() => new Response(body));
  const { quotas } = await fetchUsage(CREDENTIAL, { fetch });
  assertEquals(quotas, [
    { name: "chat", kind: "plan", isUnlimited: false, remaining: 1 },
  ]);
});

test("fetchUsage() accepts any JSON object", async () => {
  const members = {
    login: fc.jsonValue(),
    token_based_billing: fc.jsonValue(),
    quota_reset_date_utc: fc.jsonValue(),
    quota_snapshots: fc.oneof(
      fc.jsonValue(),
      fc.dictionary(
        fc.string(),
        fc.record({
          entitlement: fc.jsonValue(),
          remaining: fc.jsonValue(),
          unlimited: fc.jsonValue(),
          quota_reset_at: fc.jsonValue(),
        }, { requiredKeys: [] }),
      ),
    ),
    limited_user_quotas: fc.jsonValue(),
    monthly_quotas: fc.jsonValue(),
  };
  await fc.assert(
    fc.asyncProperty(
      fc.record(members, { requiredKeys: [] }),
      async (user) => {
        const { quotas } = await usageOf(user);
        assert(quotas.every(({ isUnlimited }) => isUnlimited !== undefined));
      },
    ),
    { numRuns: 300 },
  );
});

// ── what is sent ──────────────────────────────────────────────────────────

const identities: [credential: string, integration: string][] = [
  ["github_pat_0123456789", "copilot-developer-cli"],
  ["gho_0123456789", "vscode-chat"],
  ["ghu_0123456789", "vscode-chat"],
];

for (const [credential, integration] of identities) {
  test(`fetchUsage() sends ${credential} as ${integration}`, async () => {
    const { fetch, exchanges, requests } = stubFetch(() => Response.json({}));
    await fetchUsage(` ${credential}\n`, { fetch });
    assertEquals([exchanges.length, requests.length], [1, 0]);
    const [{ url, method, headers, init }] = exchanges;
    assertEquals([method, url], [
      "GET",
      "https://api.github.com/copilot_internal/user",
    ]);
    assertEquals(headers.authorization, `Bearer ${credential}`);
    assertEquals(headers["copilot-integration-id"], integration);
    assertEquals(init.redirect, "manual");
  });
}

test("fetchUsage() asks the tenant, with the headers of the option", async () => {
  const { fetch, exchanges } = stubFetch(() => Response.json({}));
  await fetchUsage(CREDENTIAL, {
    fetch,
    domain: "acme.ghe.com",
    headers: { "User-Agent": "tool/1" },
    auth: "exchange",
  });
  const [{ url, headers }] = exchanges;
  assertEquals(url, "https://api.acme.ghe.com/copilot_internal/user");
  assertEquals(headers["user-agent"], "tool/1");
});

test("fetchUsage() accepts a function that returns the credential", async () => {
  const { fetch, exchanges } = stubFetch(() => Response.json({}));
  await fetchUsage(() => Promise.resolve(CREDENTIAL), { fetch });
  assertEquals(exchanges[0].headers.authorization, `Bearer ${CREDENTIAL}`);
});

test("fetchUsage() works with createFakeCopilot()", async () => {
  const { fetch } = createFakeCopilot({ plan: "business" });
  const { login, plan } = await fetchUsage(CREDENTIAL, { fetch });
  assertEquals([login, plan], ["octocat", "business"]);
});

// ── errors ────────────────────────────────────────────────────────────────

test("fetchUsage() refuses an installation token before anything is sent", async () => {
  const { fetch, exchanges } = stubFetch(() => Response.json({}));
  const error = await tokenError(() => fetchUsage("ghs_0123456789", { fetch }));
  assertEquals([error.code, error.status], ["no_access", undefined]);
  assert(error.hint?.includes("organization"), error.hint);
  assertEquals(exchanges, []);
});

test("fetchUsage() refuses a malformed credential before anything is sent", async () => {
  const { fetch, exchanges } = stubFetch(() => Response.json({}));
  for (const credential of ["", '"ghu_a"', "ghu a"]) {
    const error = await tokenError(() => fetchUsage(credential, { fetch }));
    assertEquals(error.code, "bad_credentials");
  }
  assertEquals(exchanges, []);
});

interface Refusal {
  answer: Answer;
  code: CopilotTokenErrorCode;
  status?: number;
  retryAfter?: number;
}

const refusals: Record<string, Refusal> = {
  "an unknown credential": {
    answer: () =>
      Response.json({ message: "Bad credentials" }, { status: 401 }),
    code: "bad_credentials",
    status: 401,
  },
  "a credential without access": {
    answer: () => Response.json({ message: "Not Found" }, { status: 404 }),
    code: "no_access",
    status: 404,
  },
  "a rate limit": {
    answer: () =>
      new Response("", { status: 429, headers: { "retry-after": "7" } }),
    code: "rate_limited",
    status: 429,
    retryAfter: 7,
  },
  "an outage": {
    answer: () => new Response("", { status: 503 }),
    code: "unavailable",
    status: 503,
  },
  "a redirect": {
    answer: () =>
      new Response("", { status: 302, headers: { location: "/login" } }),
    code: "invalid_response",
    status: 302,
  },
  "a page in place of JSON": {
    answer: () => new Response("<title>Sign in</title>"),
    code: "invalid_response",
    status: 200,
  },
  "a connection that fails": {
    answer: () => Promise.reject(new TypeError(`no route for ${CREDENTIAL}`)),
    code: "network",
  },
};

for (
  const [what, { answer, code, status, retryAfter }] of Object.entries(refusals)
) {
  test(`fetchUsage() reports ${what} as ${code}`, async () => {
    const { fetch } = stubFetch(answer);
    const error = await tokenError(() => fetchUsage(CREDENTIAL, { fetch }));
    assertEquals(
      [error.code, error.status, error.retryAfter],
      [code, status, retryAfter],
    );
    assert(error.hint, "without a hint");
    assert(!String(error).includes(CREDENTIAL), String(error));
  });
}

test("fetchUsage() has a hint of its own for a credential without access", async () => {
  const refuse = (body: unknown) =>
    tokenError(() =>
      fetchUsage("github_pat_0123456789", {
        fetch: stubFetch(() => Response.json(body, { status: 403 })).fetch,
      })
    );
  const message = "Resource not accessible by github_pat_0123456789";
  const bare = await refuse({ message });
  assert(bare.hint?.includes('"Copilot Requests"'), bare.hint);
  assert(!bare.hint?.includes("exchange"), bare.hint);
  assert(!bare.message.includes("0123456789"), bare.message);
  const explained = await refuse({
    message,
    error_details: { message: "Billing is locked." },
  });
  assertEquals(explained.hint, "Billing is locked.");
});

test("fetchUsage() ends a request that takes longer than exchangeTimeout", async () => {
  using time = simulateTime();
  let signal: AbortSignal | null | undefined;
  const fetch: UsageOptions["fetch"] = (_, init) => {
    signal = init?.signal;
    return new Promise(() => {});
  };
  const asked = tokenError(() =>
    fetchUsage(CREDENTIAL, { fetch, exchangeTimeout: 1234 })
  );
  await time.advance(1233);
  assertEquals(signal?.aborted, false);
  await time.advance(1);
  const { code, message } = await asked;
  assertEquals(code, "timeout");
  assert(message.includes("1234 ms"), message);
  assertEquals(signal?.aborted, true);
});

test("fetchUsage() rejects with the signal's reason, and ends the request", async () => {
  const controller = new AbortController();
  const started = deferred<AbortSignal | null | undefined>();
  const fetch: UsageOptions["fetch"] = (_, init) => {
    started.resolve(init?.signal);
    return new Promise(() => {});
  };
  const asked = rejection(() =>
    fetchUsage(CREDENTIAL, { fetch, signal: controller.signal })
  );
  const inner = await started.promise;
  const reason = new Error("stop");
  controller.abort(reason);
  assertEquals(await asked, reason);
  assertEquals(inner?.aborted, true);
});

test("fetchUsage() sends nothing if its signal has aborted", async () => {
  const { fetch, exchanges } = stubFetch(() => Response.json({}));
  const reason = new Error("stop");
  const signal = AbortSignal.abort(reason);
  const asked = () => fetchUsage(CREDENTIAL, { fetch, signal });
  assertEquals(await rejection(asked), reason);
  assertEquals(exchanges, []);
});

test("fetchUsage() rejects an invalid option", async () => {
  const error = await rejectionOf(
    TypeError,
    () => fetchUsage(CREDENTIAL, { domain: "example.com" }),
  );
  assert(error.message.includes("'domain'"), error.message);
});
