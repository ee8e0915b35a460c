import { assert, assertEquals, assertMatch } from "@std/assert";
import { test } from "node:test";
import { createFakeCopilot } from "../../testing/mod.ts";
import { simulateTime } from "../helpers/simulated_time.ts";
import { answerNextPrompt, runMain, SECRET } from "../helpers/fake_io.ts";

const HOST = "api.individual.githubcopilot.com";
const EXCHANGE =
  "exchange   GET https://api.github.com/copilot_internal/v2/token";

test("copilot-fetch --demo needs no credential, and prints each request on stderr", async () => {
  const args = ["--demo", "Hello", "you"];
  const { code, stdout, stderr } = await runMain(args, { env: {} });
  assertEquals([code, stdout], [0, "You said: Hello you\n"]);
  assertEquals(stderr.trimEnd().split("\n"), [
    `${EXCHANGE}: 200`,
    `host       ${HOST}, from the token's proxy-ep`,
    "request    GET /models: 200",
    "request    POST /chat/completions: 200",
    "initiator  user",
  ]);
});

for (const flag of ["--verbose", "-v"]) {
  test(`copilot-fetch ${flag} prints exchange, host, initiator, request id and durations, and no secret`, async () => {
    const fake = createFakeCopilot();
    answerNextPrompt(fake, async (request) => {
      const response = await fake.fetch(request);
      response.headers.set("x-request-id", "ABCD:1234");
      return response;
    });
    const outcome = await runMain([flag, "Hello"], { fake });
    const { code, stdout, stderr } = outcome;
    assertEquals([code, stdout], [0, "You said: Hello\n"]);
    const expected = [
      `${EXCHANGE}: 200, \\d+ ms`,
      `host       ${HOST}`,
      "request    GET /models: 200, \\d+ ms",
      "id         [^\n]+",
      "model      gpt-5-mini",
      "request    POST /chat/completions: 200, \\d+ ms",
      "initiator  user",
      "id         ABCD:1234",
    ];
    assertMatch(stderr, new RegExp(`^${expected.join("\n")}\n`));
    assert(!stderr.includes(SECRET) && !stderr.includes("tid="), stderr);
  });
}

test("copilot-fetch -v prints the host again when it is another one", async () => {
  const fake = createFakeCopilot({ plan: "business" });
  const business = "api.business.githubcopilot.com";
  fake.answerNextExchange(async (request) => {
    const response = await fake.fetch(request);
    const { token, ...others } = await response.json();
    const refused = token.replace("proxy.business", "proxy.individual");
    return Response.json({ ...others, token: refused });
  });
  const { code, stderr } = await runMain(["-v", "Hello"], { fake });
  const lines = stderr.split("\n").filter((line) => /^(host|req)/.test(line));
  const known = lines.map((line) => line.replace(/, \d+ ms$/, ""));
  assertEquals(known, [
    `host       ${HOST}`,
    "request    GET /models: 401",
    `host       ${business}`,
    "request    GET /models: 200",
    "request    POST /chat/completions: 200",
  ]);
  assertEquals(code, 0);
});

test("copilot-fetch -v prints each quota that the response states", async () => {
  const fake = createFakeCopilot();
  answerNextPrompt(fake, async (request) => {
    const response = await fake.fetch(request);
    const amounts = "ent=1000&ov=0.0&ovPerm=true&rem=97.1&totRem=971.0&" +
      "rst=2026-12-01T00%3A00%3A00Z";
    const names = [...response.headers.keys()]
      .filter((name) => /quota|limit/.test(name));
    for (const name of names) response.headers.delete(name);
    response.headers.set("x-quota-snapshot-chat", "ent=-1&rem=100");
    response.headers.set("x-quota-snapshot-premium_interactions", amounts);
    response.headers.set("x-usage-ratelimit-session", amounts);
    return response;
  });
  const { stderr } = await runMain(["-v", "Hello"], { fake });
  const left = "97.1% left, 971 of 1000, resets 2026-12-01 00:00 UTC";
  assertEquals(
    stderr.split("\n").filter((line) => /^(quota|rate limit)/.test(line)),
    [
      "quota      chat: unlimited",
      `quota      premium_interactions: ${left}`,
      `rate limit session: ${left}`,
    ],
  );
});

/** The lines about what an answer has used. */
function usageLines(stderr: string): string[] {
  const lines = stderr.trimEnd().split("\n");
  return lines.filter((line) => /^(tokens|cost|duration)/.test(line));
}

/** A model of each endpoint. */
const MODELS = ["gpt-5-mini", "gpt-5.3-codex", "claude-haiku-4.5"];

for (const model of MODELS) {
  for (const flag of ["--effort=low", "--no-stream", "--json"]) {
    test(`copilot-fetch -v ${flag} prints tokens, cost and duration of an answer of ${model}`, async () => {
      using time = simulateTime();
      const fake = createFakeCopilot({ reply: "One two" });
      let reported: { total_nano_aiu?: number } = {};
      answerNextPrompt(fake, async (request) => {
        time.block(1234);
        const response = await fake.fetch(request);
        const text = await response.clone().text();
        const [cost] = /\{[^{}]*"token_details":\[.*?\][^{}]*\}/.exec(text) ??
          [];
        reported = JSON.parse(cost ?? "{}");
        return response;
      });
      const args = ["-v", flag, "-m", model, "Hello"];
      const { code, stderr } = await runMain(args, { fake });
      assertEquals(code, 0, stderr);
      const { total_nano_aiu = NaN } = reported;
      const [tokens, cost, duration] = usageLines(stderr);
      assertMatch(tokens, /^tokens {5}[1-9]\d* in, [1-9]\d* out$/);
      assertMatch(cost, /^cost {7}0\.\d+ AIU$/);
      assertEquals(Math.round(parseFloat(cost.slice(4)) * 1e9), total_nano_aiu);
      assertEquals(duration, "duration   1234 ms");
    });
  }
}

/** What Chat Completions and Copilot report, and the lines about it. */
const REPORTS: [
  what: string,
  body: Record<string, unknown>,
  lines: string[],
][] = [
  ["cached and reasoning tokens", {
    usage: {
      prompt_tokens: 12,
      prompt_tokens_details: { cached_tokens: 4 },
      completion_tokens: 30,
      completion_tokens_details: { reasoning_tokens: 8 },
    },
    copilot_usage: { total_nano_aiu: 2_000_000_000 },
  }, ["tokens     12 in (4 cached), 30 out (8 reasoning)", "cost       2 AIU"]],
  ["a cost of nothing", {
    copilot_usage: { total_nano_aiu: 0 },
  }, ["cost       0 AIU"]],
  ["the smallest cost without an exponent", {
    copilot_usage: { total_nano_aiu: 1 },
  }, ["cost       0.000000001 AIU"]],
  ["nothing that is not a number", {
    usage: { prompt_tokens: "\x1b[2J", completion_tokens: 3 },
    copilot_usage: { total_nano_aiu: "1" },
  }, ["tokens     3 out"]],
  ["nothing that is missing", { copilot_usage: null }, []],
];

for (const [what, body, lines] of REPORTS) {
  test(`copilot-fetch -v prints ${what}`, async () => {
    const fake = createFakeCopilot();
    const message = { role: "assistant", content: "Hi" };
    const choices = [{ index: 0, message, finish_reason: "stop" }];
    answerNextPrompt(fake, Response.json({ choices, ...body }));
    const args = ["-v", "--no-stream", "Hello"];
    const { code, stderr } = await runMain(args, { fake });
    assertEquals([code, usageLines(stderr).slice(0, -1)], [0, lines]);
  });
}

test("copilot-fetch prints what an answer has used only with -v", async () => {
  for (const args of [["Hello"], ["--demo", "Hello"]]) {
    assertEquals(usageLines((await runMain(args)).stderr), []);
  }
});

test("copilot-fetch -v prints what a cut answer has used", async () => {
  const fake = createFakeCopilot();
  const message = { role: "assistant", content: "Hi" };
  const choices = [{ index: 0, message, finish_reason: "length" }];
  const usage = { prompt_tokens: 1, completion_tokens: 2 };
  answerNextPrompt(fake, Response.json({ choices, usage }));
  const { code, stderr } = await runMain(["-v", "Hello"], { fake });
  assertEquals([code, usageLines(stderr)[0]], [1, "tokens     1 in, 2 out"]);
});

test("copilot-fetch -v prints no secret that a request id echoes", async () => {
  for (const secret of [SECRET, "tid=1;exp=2;proxy-ep=x"]) {
    const fake = createFakeCopilot();
    const headers = { "x-request-id": `1 ${secret}` };
    answerNextPrompt(fake, new Response("No", { status: 400, headers }));
    const { stderr } = await runMain(["-v", "Hello"], { fake });
    assertMatch(stderr, /^id {9}1 \*\*\*$/m);
  }
});

test("copilot-fetch -v prints the request for the account of a direct credential", async () => {
  const env = { COPILOT_GITHUB_TOKEN: "github_pat_a" };
  const { stderr } = await runMain(["-v", "Hello"], { env });
  assertMatch(
    stderr,
    /^account {4}GET https:\/\/api\.github\.com\/copilot_internal\/user: 200, /,
  );
});

test("copilot-fetch -v prints a request that fails", async () => {
  const fake = createFakeCopilot();
  answerNextPrompt(fake, new TypeError("certificate"));
  const { code, stderr } = await runMain(["-v", "Hello"], { fake });
  const lines = stderr.trimEnd().split("\n");
  assertMatch(
    lines[5],
    /^request {4}POST \/chat\/completions: failed, \d+ ms$/,
  );
  assertMatch(lines[7], /^copilot-fetch: .*certificate/);
  assertEquals([code, lines.length], [1, 9]);
});
