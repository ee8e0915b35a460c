import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { test } from "node:test";
import { fetchUsage } from "../../usage/mod.ts";
import { stubFetch } from "../helpers/stubs.ts";

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
