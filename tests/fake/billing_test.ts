import { assertEquals } from "@std/assert";
import { test } from "node:test";
import {
  type Answer,
  CHAT_PATHS,
  IDENTITY,
  REQUESTS,
  setUp,
  USER,
} from "../helpers/fake.ts";
import { stubClock } from "../helpers/stubs.ts";

const PREMIUM = "x-quota-snapshot-premium_interactions";

const NAMES = [
  PREMIUM,
  "x-quota-snapshot-chat",
  "x-quota-snapshot-premium_models",
  "x-usage-ratelimit-session",
  "x-usage-ratelimit-weekly",
];

async function userOf({ fake }: ReturnType<typeof setUp>): Promise<Answer> {
  const headers = { ...IDENTITY, authorization: "Bearer ghu_a" };
  return await (await fake.fetch(USER, { headers })).json();
}

for (const path of CHAT_PATHS) {
  for (const stream of [false, true]) {
    test(`The fake Copilot states the quotas in a success at ${path} with stream: ${stream}`, async () => {
      using _clock = stubClock(Date.UTC(2026, 10, 15));
      const { post } = setUp({ billing: "requests" });
      const { headers } = await post(path, { ...REQUESTS[path], stream }, {
        "x-initiator": "agent",
      });
      assertEquals(
        headers.get(PREMIUM),
        "ent=1000&ov=0.0&ovPerm=true&rem=100.0" +
          "&rst=2026-12-01T00%3A00%3A00Z&totRem=1000.0",
      );
      for (const name of NAMES) assertEquals(headers.has(name), true, name);
    });
  }
}

test("The fake Copilot states no quotas in errors, models and embeddings", async () => {
  const { post, send } = setUp();
  const responses = [
    await send("/models"),
    await post("/chat/completions", {}),
    await post("/embeddings", REQUESTS["/embeddings"]),
  ];
  for (const { headers } of responses) {
    for (const name of NAMES) assertEquals(headers.has(name), false, name);
  }
});

const TURNS: [initiator: string | undefined, model: string, cost: number][] = [
  ["user", "claude-opus-5.5", 3],
  ["agent", "claude-opus-5.5", 0],
  [undefined, "claude-opus-5.5", 3],
  ["nobody", "claude-opus-5.5", 3],
  ["user", "claude-haiku-4.5", 0.33],
];

for (const [initiator, model, cost] of TURNS) {
  test(`The fake of a request-based plan counts ${cost} premium requests for a turn of ${model} with X-Initiator: ${initiator}`, async () => {
    const scene = setUp({ billing: "requests" });
    const body = { ...REQUESTS["/v1/messages"], model };
    const headers = initiator === undefined
      ? undefined
      : { "x-initiator": initiator };
    await scene.post("/v1/messages", body, headers);
    const user = await userOf(scene);
    const { remaining } = user.quota_snapshots.premium_interactions;
    assertEquals(Math.round(100 * (1000 - remaining)) / 100, cost);
  });
}

test("The fake of a plan that is billed by tokens is charged what each answer reports", async () => {
  const scene = setUp();
  const headers = { "x-initiator": "agent" };
  const path = "/chat/completions";
  const response = await scene.post(path, REQUESTS[path], headers);
  const { copilot_usage } = await response.json();
  const user = await userOf(scene);
  const { remaining } = user.quota_snapshots.premium_interactions;
  assertEquals(remaining, 1000 - copilot_usage.total_nano_aiu / 1e9);
});

test("The fake of a request-based plan reports what exceeds the entitlement as overage", async () => {
  const scene = setUp({
    billing: "requests",
    models: [{
      id: "claude-opus-5.5",
      billing: {
        is_premium: true,
        multiplier: 1001,
        token_prices: {
          batch_size: 1,
          default: { input_price: 1, output_price: 1 },
        },
      },
    }],
  });
  const body = { ...REQUESTS["/v1/messages"], model: "claude-opus-5.5" };
  const { headers } = await scene.post("/v1/messages", body);
  const quota = new URLSearchParams(headers.get(PREMIUM) ?? "");
  assertEquals([quota.get("ov"), quota.get("rem")], ["1.0", "0.0"]);
  const user = await userOf(scene);
  assertEquals(user.quota_snapshots.premium_interactions.overage_count, 1);
});

test("The fake GitHub describes a user with the plan, the billing and the quotas", async () => {
  using _clock = stubClock(Date.UTC(2026, 11, 15));
  const user = await userOf(setUp({ plan: "business" }));
  assertEquals(user.login, "octocat");
  assertEquals(user.copilot_plan, "business");
  assertEquals(user.token_based_billing, true);
  assertEquals(user.quota_reset_date_utc, "2027-01-01T00:00:00Z");
  assertEquals(user.limited_user_quotas, null);
  assertEquals(user.quota_snapshots.chat.unlimited, true);
  assertEquals(user.quota_snapshots.completions.entitlement, -1);
  const { premium_interactions } = user.quota_snapshots;
  assertEquals(premium_interactions.percent_remaining, 100);
  assertEquals(premium_interactions.unlimited, false);
  const other = await userOf(setUp({ billing: "requests" }));
  assertEquals(other.token_based_billing, false);
});

test("The fake of a free plan has limited quotas, of which each chat takes one", async () => {
  const scene = setUp({ plan: "free" });
  const before = (await userOf(scene)).limited_user_quotas.chat;
  const path = "/chat/completions";
  await scene.post(path, REQUESTS[path]);
  assertEquals((await userOf(scene)).limited_user_quotas.chat, before - 1);
});
