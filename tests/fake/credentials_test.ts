import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { test } from "node:test";
import { exchangeToken } from "../../mod.ts";
import {
  createFakeCopilot,
  type FakeCopilotOptions,
} from "../../testing/mod.ts";
import {
  CLI_IDENTITY,
  EXCHANGE,
  HOST,
  IDENTITY,
  issued,
  USER,
} from "../helpers/fake.ts";
import {
  MINUTE,
  rejectionOf,
  SECOND,
  stubClock,
  tokenError,
} from "../helpers/stubs.ts";

function bearer(credential: string, identity = IDENTITY) {
  return { headers: { ...identity, authorization: `Bearer ${credential}` } };
}

test("createFakeCopilot() exchanges a credential as GitHub does", async () => {
  using _clock = stubClock();
  const { fetch } = createFakeCopilot({ plan: "enterprise" });
  const response = await fetch(EXCHANGE, bearer("ghu_a"));
  const body = await response.json();
  assertStringIncludes(
    body.token,
    ";proxy-ep=proxy.enterprise.githubcopilot.com;",
  );
  assert(/:[\da-f]{64}$/.test(body.token), body.token);
  assertEquals(body.expires_at, Date.now() / SECOND + 1800);
  assertEquals(body.refresh_in, 1500);
  assertEquals(body.endpoints.api, "https://api.enterprise.githubcopilot.com");
  assertEquals(body.individual, false);
});

test("createFakeCopilot() names no refresh_in for a token of ten minutes", async () => {
  const { fetch } = createFakeCopilot({ tokenLifetime: 600 });
  const { refresh_in } = await (await fetch(EXCHANGE, bearer("ghu_a"))).json();
  assertEquals(refresh_in, undefined);
});

type Row = [
  credential: string,
  options: FakeCopilotOptions,
  exchange: number,
  user: number,
];

const KINDS: Row[] = [
  ["ghu_a", {}, 200, 200],
  ["gho_a", {}, 404, 200],
  ["gho_a", { approvedApp: true }, 200, 200],
  ["github_pat_a", {}, 403, 200],
  ["ghs_a", {}, 403, 403],
  ["ghp_a", {}, 403, 403],
  ["unknown-kind", {}, 200, 200],
  ["ghu_b", { credentials: ["ghu_a"] }, 401, 401],
  ["ghu_a", { credentials: ["ghu_a"] }, 200, 200],
  ["ghu_a", { subscription: false }, 403, 403],
];

for (const [credential, options, exchange, user] of KINDS) {
  const name = `${credential} with ${JSON.stringify(options)}`;
  test(`The fake GitHub exchanges ${name}: ${exchange}, user: ${user}`, async () => {
    const { fetch } = createFakeCopilot(options);
    const statusOf = async (url: string) => {
      const response = await fetch(url, bearer(credential));
      const body = await response.json();
      // GitHub's own JSON, which a proxy's refusals do not have.
      if (response.status !== 200) assertEquals(typeof body.message, "string");
      return response.status;
    };
    assertEquals([await statusOf(EXCHANGE), await statusOf(USER)], [
      exchange,
      user,
    ]);
  });
}

test("The fake GitHub refuses a request without a credential", async () => {
  const { fetch } = createFakeCopilot();
  for (const url of [EXCHANGE, USER]) {
    assertEquals((await fetch(url, { headers: IDENTITY })).status, 401);
  }
});

test("The fake GitHub describes a free plan as an individual one with limits", async () => {
  const { fetch } = createFakeCopilot({ plan: "free" });
  const token = await (await fetch(EXCHANGE, bearer("ghu_a"))).json();
  assertEquals(token.individual, true);
  assert(token.limited_user_quotas.chat > 0);
  const user = await (await fetch(USER, bearer("ghu_a"))).json();
  assertEquals(user.copilot_plan, "individual");
  assertEquals(user.access_type_sku, "free_limited_copilot");
});

test("The fake GitHub explains why an account has no subscription", async () => {
  const { fetch } = createFakeCopilot({ subscription: false });
  const error = await tokenError(() => exchangeToken("ghu_a", { fetch }));
  assertEquals([error.code, error.status], ["no_access", 403]);
  const response = await fetch(EXCHANGE, bearer("ghu_a"));
  const { error_details } = await response.json();
  assertEquals(error_details.notification_id, "no_copilot_access");
});

test("The fake GitHub has no other path and no other method", async () => {
  const { fetch } = createFakeCopilot();
  const post = await fetch(EXCHANGE, { ...bearer("ghu_a"), method: "POST" });
  const other = await fetch("https://api.github.com/user", bearer("ghu_a"));
  for (const response of [post, other]) {
    assertEquals(response.status, 404);
    assertEquals((await response.json()).message, "Not Found");
  }
});

for (const name of Object.keys(IDENTITY)) {
  test(`The fake refuses an exchange and a request without ${name}`, async () => {
    const fake = createFakeCopilot();
    const headers = new Headers(await issued(fake));
    headers.set(name, "");
    const request = await fake.fetch(`${HOST}/models`, { headers });
    assertEquals(request.status, 400);
    assertStringIncludes(await request.text(), name);
    headers.set("authorization", "Bearer ghu_a");
    assertEquals((await fake.fetch(EXCHANGE, { headers })).status, 403);
  });
}

test("The fake refuses identity headers that are not of the form name/version", async () => {
  const { fetch } = createFakeCopilot();
  for (const name of ["User-Agent", "Editor-Version"]) {
    const identity = { ...IDENTITY, [name]: "x" };
    const response = await fetch(EXCHANGE, bearer("ghu_a", identity));
    assertEquals(response.status, 403);
  }
});

const DIRECT: [credential: string, editor: number, commandLine: number][] = [
  ["ghu_a", 200, 200],
  ["gho_a", 200, 200],
  ["ghs_a", 200, 200],
  ["github_pat_a", 400, 200],
  ["ghp_a", 400, 400],
  ["unknown-kind", 401, 401],
];

for (const [credential, editor, commandLine] of DIRECT) {
  test(`The fake Copilot accepts ${credential} directly: ${editor} for an editor, ${commandLine} for the command line`, async () => {
    const { fetch } = createFakeCopilot();
    const statusOf = async (identity: Readonly<Record<string, string>>) =>
      (await fetch(`${HOST}/models`, bearer(credential, identity))).status;
    assertEquals(await statusOf(IDENTITY), editor);
    assertEquals(await statusOf(CLI_IDENTITY), commandLine);
  });
}

test("The fake Copilot words the refusal of a personal access token as Copilot does", async () => {
  const { fetch } = createFakeCopilot();
  const response = await fetch(`${HOST}/models`, bearer("github_pat_a"));
  assertEquals(
    await response.text(),
    "Personal Access Tokens are not supported for this endpoint",
  );
});

test("The fake Copilot refuses a direct credential that GitHub does not know", async () => {
  const { fetch } = createFakeCopilot({ credentials: ["ghu_b"] });
  const response = await fetch(`${HOST}/models`, bearer("ghu_a"));
  assertEquals(response.status, 401);
});

test("The fake Copilot refuses a direct credential without a subscription", async () => {
  const { fetch } = createFakeCopilot({ subscription: false });
  const response = await fetch(`${HOST}/models`, bearer("ghu_a"));
  assertEquals(response.status, 403);
  assertEquals((await response.json()).error.code, "no_copilot_access");
});

test("The fake Copilot refuses a token that is unknown, expired or revoked", async () => {
  using clock = stubClock();
  const fake = createFakeCopilot({ tokenLifetime: 120 });
  const headers = await issued(fake);
  const statusOf = async (headers: Record<string, string>) => {
    const response = await fake.fetch(`${HOST}/models`, { headers });
    const text = await response.text();
    if (response.status === 401) assertStringIncludes(text, "unauthorized: ");
    return response.status;
  };
  assertEquals(await statusOf(headers), 200);
  assertEquals(await statusOf({ ...headers, authorization: "Bearer x" }), 401);
  assertEquals(await statusOf({ ...headers, authorization: "x" }), 401);
  assertEquals(await statusOf(IDENTITY), 401);
  clock.advance(2 * MINUTE - 1);
  assertEquals(await statusOf(headers), 200);
  clock.advance(1);
  assertEquals(await statusOf(headers), 401);
  const fresh = await issued(fake);
  assertEquals(await statusOf(fresh), 200);
  fake.revokeTokens();
  assertEquals(await statusOf(fresh), 401);
  assertEquals(await statusOf(await issued(fake)), 200);
});

const INVALID: FakeCopilotOptions[] = [
  { tokenLifetime: 0 },
  { tokenLifetime: -1 },
  { tokenLifetime: NaN },
  { plan: "team" as "business" },
  { billing: "credits" as "tokens" },
];

for (const options of INVALID) {
  const [[name, value]] = Object.entries(options);
  test(`createFakeCopilot() refuses the option ${name}: ${value}`, async () => {
    const create = () =>
      Promise.resolve().then(() => createFakeCopilot(options));
    const { message } = await rejectionOf(TypeError, create);
    assertStringIncludes(message, name);
  });
}
