import { assert, assertEquals, assertMatch } from "@std/assert";
import { test } from "node:test";
import { createFakeCopilot } from "../../testing/mod.ts";
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
    "initiator  agent",
    `host       ${HOST}, from the token's proxy-ep`,
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
      "initiator  agent",
      "id         [^\n]+",
      `host       ${HOST}`,
      "request    POST /chat/completions: 200, \\d+ ms",
      "initiator  user",
      "id         ABCD:1234",
    ];
    assertMatch(stderr, new RegExp(`^${expected.join("\n")}\n`));
    assert(!stderr.includes(SECRET) && !stderr.includes("tid="), stderr);
  });
}

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
    lines[6],
    /^request {4}POST \/chat\/completions: failed, \d+ ms$/,
  );
  assertMatch(lines[8], /^copilot-fetch: .*certificate/);
  assertEquals([code, lines.length], [1, 9]);
});
