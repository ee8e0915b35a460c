import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { test } from "node:test";
import { HINTS } from "../../cli/hints.ts";
import { USAGE_MESSAGES } from "../../cli/usage.ts";
import { createFakeCopilot } from "../../testing/mod.ts";
import { never, requestsTo, runMain, startMain } from "../helpers/fake_io.ts";
import { simulateTime } from "../helpers/simulated_time.ts";
import { deferred, START } from "../helpers/stubs.ts";

/** The lines that are printed for an account. */
async function linesFor(account: unknown): Promise<string[]> {
  const fake = createFakeCopilot();
  fake.answerNextExchange(Response.json(account));
  const { code, stdout, stderr } = await runMain(["--usage"], { fake });
  assertEquals([code, stderr], [0, ""]);
  return stdout.trimEnd().split("\n");
}

const snapshots = {
  premium_interactions: {
    entitlement: 1000,
    remaining: 971,
    percent_remaining: 97.1,
    quota_reset_at: 1796083200,
  },
  chat: { unlimited: true, entitlement: -1 },
  completions: { entitlement: 200, remaining: 50, overage_count: 3 },
};

test("copilot-fetch --usage prints the account, and a line with a bar for each quota", async () => {
  const lines = await linesFor({
    login: "octocat",
    copilot_plan: "business",
    token_based_billing: true,
    quota_snapshots: snapshots,
  });
  const [account, ...quotas] = lines;
  for (const part of ["octocat", "business", "AI credits"]) {
    assertStringIncludes(account, part);
  }
  assertEquals(quotas.map((line) => line.split(/ {2,}/)), [
    [
      "premium_interactions",
      "[##########]",
      "97% left, 971 of 1000",
      "resets 2026-12-01 00:00 UTC",
    ],
    ["chat", "[##########]", "unlimited"],
    ["completions", "[###.......]", "25% left, 50 of 200, 3 beyond it"],
  ]);
  assertEquals(new Set(quotas.map((line) => line.indexOf("["))).size, 1);
});

test("copilot-fetch --usage says how a plan is billed only if GitHub does", async () => {
  const [requests] = await linesFor({ token_based_billing: false });
  assertStringIncludes(requests, "premium requests");
  const [unknown, ...more] = await linesFor({});
  assert(!unknown.includes("billed"));
  assertEquals(more, [USAGE_MESSAGES.noQuota]);
});

test("copilot-fetch --usage keeps bars within their width", async () => {
  const [, negative, large] = await linesFor({
    quota_snapshots: {
      a: { percent_remaining: -5 },
      b: { percent_remaining: 250 },
    },
  });
  assertStringIncludes(negative, "[..........]");
  assertStringIncludes(large, "[##########]");
});

test("copilot-fetch --usage makes control characters visible", async () => {
  const [line] = await linesFor({ login: "\x1b[31mred\nline" });
  // deno-lint-ignore no-control-regex -- these must not be there
  assert(!/[\x00-\x1f]/.test(line), JSON.stringify(line));
});

test("copilot-fetch --usage --json prints what fetchUsage() returns", async () => {
  const { code, stdout } = await runMain(["--usage", "--json"]);
  assertEquals(code, 0);
  assertEquals(JSON.parse(stdout).login, "octocat");
});

test("copilot-fetch --usage sends one request, to GitHub", async () => {
  await using program = startMain(["--usage", "-v"]);
  const { stderr } = await program.ended;
  const expected = ["GET https://api.github.com/copilot_internal/user"];
  assertEquals(requestsTo(program.fake), expected);
  assertStringIncludes(stderr, "account");
});

test("copilot-fetch --usage names the source of a refused credential", async () => {
  const fake = createFakeCopilot({ credentials: [] });
  const { code, stderr } = await runMain(["--usage"], { fake });
  assertEquals(code, 1);
  const refused = HINTS.refusedByGitHub("in COPILOT_GITHUB_TOKEN", "401");
  assertStringIncludes(stderr, refused);
});

test("copilot-fetch --usage exits with 1 for an installation token, which has no user", async () => {
  const env = { GITHUB_TOKEN: "ghs_a" };
  await using program = startMain(["--usage"], { env });
  const { code, stderr } = await program.ended;
  assertEquals([code, requestsTo(program.fake)], [1, []]);
  assertStringIncludes(stderr, "ghs_");
  assert(!stderr.includes("refused"), stderr);
});

test("copilot-fetch --usage exits with 130 after SIGINT while GitHub does not respond", async () => {
  using time = simulateTime();
  const fake = createFakeCopilot();
  const asked = deferred();
  fake.answerNextExchange(() => {
    asked.resolve();
    return never;
  });
  await using program = startMain(["--usage"], { fake });
  await asked.promise;
  program.kill("SIGINT");
  assertEquals((await time.until(program.ended)).code, 130);
  assertEquals(Date.now(), START);
});
