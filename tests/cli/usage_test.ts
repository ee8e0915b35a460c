import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { test } from "node:test";
import { HINTS } from "../../cli/hints.ts";
import { USAGE_MESSAGES } from "../../cli/usage.ts";
import { createFakeCopilot } from "../../testing/mod.ts";
import { never, requestsTo, runMain, startMain } from "../helpers/fake_io.ts";
import { simulateTime } from "../helpers/simulated_time.ts";
import { deferred, START } from "../helpers/stubs.ts";

/** What is printed for an account: a line, and those of the table. */
async function linesFor(
  account: unknown,
  columns?: number,
): Promise<{ account: string; table: string[] }> {
  const fake = createFakeCopilot();
  fake.answerNextExchange(Response.json(account));
  const outcome = await runMain(["--usage"], { fake, columns });
  const { code, stdout, stderr } = outcome;
  assertEquals([code, stderr], [0, ""]);
  const [first, empty, ...table] = stdout.trimEnd().split("\n");
  assertEquals(empty, "");
  return { account: first, table };
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

/** The cells of a line. */
function cellsOf(line: string): string[] {
  return line.split(/ {2,}/);
}

test("copilot-fetch --usage prints the account, and a line with a bar for each quota", async () => {
  const { account, table } = await linesFor({
    login: "octocat",
    copilot_plan: "business",
    token_based_billing: true,
    quota_snapshots: snapshots,
  });
  for (const part of ["octocat", "business", "AI credits"]) {
    assertStringIncludes(account, part);
  }
  const [head, ...quotas] = table;
  assertEquals(cellsOf(head), ["QUOTA", "LEFT", "RESETS (UTC)"]);
  assertEquals(quotas.map(cellsOf), [
    [
      "premium_interactions",
      "[##########]",
      "97.1%",
      "971 of 1000",
      "2026-12-01 00:00",
    ],
    ["chat", "[##########]", "unlimited"],
    ["completions", "[###.......]", "50 of 200", "3 over"],
  ]);
  assertEquals(new Set(table.map((line) => line.search(/LEFT|\[/))).size, 1);
  assertEquals(head.indexOf("RESETS"), quotas[0].indexOf("2026"));
});

test("copilot-fetch --usage prints no figure that GitHub does not", async () => {
  const { table } = await linesFor({
    quota_snapshots: {
      a: { entitlement: 3, remaining: 1 },
      b: { percent_remaining: 33.300000000000004 },
      c: { overage_count: 2, overage_permitted: true },
      d: { remaining: 7 },
    },
  });
  assertEquals(table.slice(1).map(cellsOf), [
    ["a", "[#######.............]", "1 of 3"],
    ["b", "[#######.............]", "33.3%"],
    ["c", "2 over"],
    ["d", "7 left"],
  ]);
});

/** Terminals, and the bar and the longest name that they have space for. */
const WIDTHS: [columns: number, bar: string, name: string][] = [
  [200, "[###################.]", "premium_interactions"],
  [80, "[##########]", "premium_interactions"],
  [70, "[####]", "premium_interac…"],
  [20, "[####]", "premium…"],
];

for (const [columns, bar, name] of WIDTHS) {
  test(`copilot-fetch --usage shortens bars, then names on a terminal of ${columns} columns`, async () => {
    const account = { quota_snapshots: snapshots };
    const { table } = await linesFor(account, columns);
    assertEquals(cellsOf(table[1]).slice(0, 2), [name, bar]);
    const longest = Math.max(...table.map((line) => line.length));
    assert(longest <= Math.max(columns, 70), table.join("\n"));
  });
}

test("copilot-fetch --usage keeps a table with the largest figures within 80 columns", async () => {
  const { table } = await linesFor({
    quota_snapshots: {
      premium_interactions: {
        entitlement: 1_000_000,
        remaining: 123_456.78,
        percent_remaining: 12.35,
        overage_count: 1234.5,
        quota_reset_at: 1796083200,
      },
    },
  });
  for (const line of table) assert(line.length <= 80, line);
});

test("copilot-fetch --usage prints how a plan is billed only if GitHub reports it", async () => {
  const requests = await linesFor({ token_based_billing: false });
  assertStringIncludes(requests.account, "premium requests");
  const unknown = await linesFor({});
  assert(!unknown.account.includes("billed"));
  assertEquals(unknown.table, [USAGE_MESSAGES.noQuota]);
});

test("copilot-fetch --usage keeps bars within their width, and shows the least that is left", async () => {
  const { table } = await linesFor({
    quota_snapshots: {
      a: { percent_remaining: -5 },
      b: { percent_remaining: 250 },
      c: { percent_remaining: 0.1 },
    },
  });
  assertEquals(table.slice(1).map((line) => cellsOf(line)[1]), [
    `[${".".repeat(20)}]`,
    `[${"#".repeat(20)}]`,
    `[#${".".repeat(19)}]`,
  ]);
});

test("copilot-fetch --usage makes control characters visible", async () => {
  const { account, table } = await linesFor({
    login: "\x1b[31mred\nline",
    quota_snapshots: { "\x1b]52;c;aGk=\x07\n": { remaining: 1 } },
  });
  for (const line of [account, ...table]) {
    // deno-lint-ignore no-control-regex -- these must not be there
    assert(!/[\x00-\x1f]/.test(line), JSON.stringify(line));
  }
  assertEquals(table.length, 2);
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
  using _ = simulateTime();
  const fake = createFakeCopilot();
  const asked = deferred();
  fake.answerNextExchange(() => {
    asked.resolve();
    return never;
  });
  await using program = startMain(["--usage"], { fake });
  await asked.promise;
  program.kill("SIGINT");
  assertEquals((await program.ended).code, 130);
  assertEquals(Date.now(), START);
});
