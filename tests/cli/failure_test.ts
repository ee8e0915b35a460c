import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { test } from "node:test";
import { NETWORK_HINT, OUTAGE_HINT } from "../../internal/hints.ts";
import { HINTS, withProgramHint } from "../../cli/hints.ts";
import { RESPONSE_MESSAGES } from "../../cli/response.ts";
import { CopilotTokenError } from "../../mod.ts";
import {
  createFakeCopilot,
  type FakeAnswer,
  type FakeCopilot,
} from "../../testing/mod.ts";
import {
  answerNextPrompt,
  commandLine,
  type FakeIOOptions,
  runMain,
  SECRET,
} from "../helpers/fake_io.ts";

/** Runs a command that fails, and returns the lines on stderr. */
async function failure(
  fake: FakeCopilot,
  args = ["Hello"],
  options: FakeIOOptions = {},
): Promise<string[]> {
  const outcome = await runMain(args, { fake, ...options });
  const { code, stdout, stderr } = outcome;
  assertEquals([code, stdout], [1, ""], stderr);
  assert(!stderr.includes(SECRET) && !stderr.includes("tid="), stderr);
  const lines = stderr.trimEnd().split("\n");
  for (const line of lines) assert(line.startsWith("copilot-fetch: "), line);
  return lines.map((line) => line.slice("copilot-fetch: ".length));
}

/** A fake whose next exchange, prompt or list of models ends like this. */
function withExchange(answer: FakeAnswer): FakeCopilot {
  const fake = createFakeCopilot();
  fake.answerNextExchange(answer);
  return fake;
}

function withAnswer(body: BodyInit | null, status: number): FakeCopilot {
  const fake = createFakeCopilot();
  answerNextPrompt(fake, new Response(body, { status }));
  return fake;
}

function withModels(body: BodyInit | null, status: number): FakeCopilot {
  const fake = createFakeCopilot();
  fake.answerNextRequest(new Response(body, { status }));
  return fake;
}

for (const args of [["Hello"], ["--json", "Hello"], ["--models"]]) {
  const command = commandLine(args);
  const withResponse = args[0] === "--models" ? withModels : withAnswer;

  test(`${command} exits with 1 and Copilot's status and message in one line`, async () => {
    const message = "The model is not supported.";
    const body = JSON.stringify({ error: { message, code: "x" } });
    const expected = [RESPONSE_MESSAGES.refused(400, message)];
    assertEquals(await failure(withResponse(body, 400), args), expected);
    const text = withResponse("Bad\r\nday\n", 400);
    const line = RESPONSE_MESSAGES.refused(400, "Bad day");
    assertEquals(await failure(text, args), [line]);
  });

  test(`${command} exits with 1 and GitHub's explanation if there is no subscription`, async () => {
    const fake = createFakeCopilot({ subscription: false });
    const [line, ...more] = await failure(fake, args);
    assertStringIncludes(line, "No access to GitHub Copilot found");
    assertEquals(more, []);
  });
}

/** Refusals whose cause is no credential, and what to do about each. */
const ADVICE: [what: string, status: number, hint: string][] = [
  ["how to see the quota that is used up", 402, HINTS.quotaExceeded],
  ["that the plan may have changed", 421, HINTS.misdirected],
  ["that it is too old for Copilot's API version", 466, HINTS.outdated],
  ["that Copilot may have a problem", 500, OUTAGE_HINT],
  ["that a gateway may have a problem", 502, OUTAGE_HINT],
];

for (const [what, status, hint] of ADVICE) {
  test(`copilot-fetch prints ${what} after Copilot's ${status}`, async () => {
    const expected = [RESPONSE_MESSAGES.refused(status, "No"), hint];
    assertEquals(await failure(withAnswer("No", status)), expected);
  });
}

test("copilot-fetch prints GitHub's response if no hint explains the refusal", async () => {
  const fake = createFakeCopilot();
  fake.answerNextExchange(Response.json({ message: "Why" }, { status: 422 }));
  const [line, ...hints] = await failure(fake);
  assertStringIncludes(line, '{"message":"Why"}');
  assertEquals(hints.length, 1);
});

test("copilot-fetch prints the wait that Copilot asks for", async () => {
  const fake = createFakeCopilot();
  const headers = { "retry-after": "7" };
  fake.answerNextRequest(new Response("Slow down", { status: 429, headers }));
  assertEquals(await failure(fake), [
    RESPONSE_MESSAGES.refused(429, "Slow down"),
    RESPONSE_MESSAGES.wait(7),
  ]);
});

test("copilot-fetch prints the host of a redirect, and not its path", async () => {
  const fake = createFakeCopilot();
  const headers = { location: "https://login.example.com/a?b=c" };
  fake.answerNextRequest(new Response("Moved", { status: 302, headers }));
  const expected = RESPONSE_MESSAGES.redirected(302, "login.example.com");
  assertEquals(await failure(fake), [expected]);
});

for (const location of ["/login", "javascript:alert(1)"]) {
  test(`copilot-fetch prints a redirect to ${location}, which names no host, as a refusal`, async () => {
    const fake = createFakeCopilot();
    const headers = { location };
    fake.answerNextRequest(new Response("Moved", { status: 302, headers }));
    const expected = RESPONSE_MESSAGES.refused(302, "Moved");
    assertEquals(await failure(fake), [expected]);
  });
}

/** Bodies of refusals, and what is printed of each. */
const BODIES: [body: string, printed: string][] = [
  ["x".repeat(5000), "x".repeat(200)],
  ["<html><title>\n Denied </title>".padEnd(5000, "<br>"), "Denied"],
  ['{"error":{"message":""},"message":"No"}', "No"],
  ['{"error":"No"}', "No"],
  ['{"error":{}}', '{"error":{}}'],
  ["[1]", "[1]"],
];

for (const [body, printed] of BODIES) {
  test(`copilot-fetch prints a refusal in one short line: ${body.slice(0, 40)}`, async () => {
    const expected = [RESPONSE_MESSAGES.refused(400, printed)];
    assertEquals(await failure(withAnswer(body, 400)), expected);
  });
}

test("copilot-fetch prints 500 characters of a refusal with a long message", async () => {
  const body = JSON.stringify({ message: "y".repeat(5000) });
  const [line] = await failure(withAnswer(body, 400));
  assertEquals(line.length, 500);
});

test("copilot-fetch reads a refusal that does not end only in part", async () => {
  let isCancelled = false;
  const endless = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(50_000).fill(120)),
    cancel() {
      isCancelled = true;
    },
  });
  const expected = [RESPONSE_MESSAGES.refused(400, "x".repeat(200))];
  assertEquals(await failure(withAnswer(endless, 400)), expected);
  assertEquals(isCancelled, true);
});

test("copilot-fetch prints the status of a refusal without a message", async () => {
  const expected = [RESPONSE_MESSAGES.refusedSilently(400)];
  assertEquals(await failure(withAnswer(null, 400)), expected);
});

test("copilot-fetch redacts the message of a refusal", async () => {
  for (const secret of [SECRET, "tid=1;exp=2;proxy-ep=x"]) {
    const [line] = await failure(withAnswer(`Not for ${secret}`, 400));
    assertStringIncludes(line, "Not for ***");
  }
});

test("copilot-fetch makes control characters of a refusal visible", async () => {
  const [line] = await failure(
    withAnswer("\x1b]0;title\x07\x9b31mred\x00", 400),
  );
  // deno-lint-ignore no-control-regex -- these must not be there
  assert(!/[\x00-\x1f\x7f-\x9f]/.test(line), JSON.stringify(line));
  assertStringIncludes(line, "title");
});

/** The environment, what gh prints, and the hint after GitHub's 401. */
const REJECTED: [env: Record<string, string>, gh: string, hint: string][] = [
  [{ COPILOT_GITHUB_TOKEN: "a" }, "", "COPILOT_GITHUB_TOKEN"],
  [{ GH_TOKEN: "a" }, "", "GH_TOKEN"],
  [{ GITHUB_TOKEN: "a" }, "", "GITHUB_TOKEN"],
  [{}, "gho_a", HINTS.ghRejected("github.com")],
];

for (const [env, gh, source] of REJECTED) {
  test(`copilot-fetch names the source of a credential that GitHub rejects: ${source}`, async () => {
    const fake = createFakeCopilot({ credentials: ["ghu_other"] });
    const run = () => Promise.resolve({ code: 0, stdout: gh });
    const [line, ...more] = await failure(fake, ["Hello"], { env, run });
    assertStringIncludes(line, source);
    assertStringIncludes(line, "401");
    assertEquals(more, []);
  });
}

test("copilot-fetch names the file of a credential that GitHub rejects, and other ways", async () => {
  const path = "/home/me/.config/github-copilot/hosts.json";
  const content = '{"github.com":{"oauth_token":"ghu_old"}}';
  const fake = createFakeCopilot({ credentials: ["ghu_other"] });
  const lines = await failure(fake, ["--from-editor", "Hello"], {
    env: { HOME: "/home/me" },
    files: { [path]: content },
  });
  const refused = HINTS.refusedByGitHub(`in ${path}`, "401");
  assertEquals(lines, [`${refused} ${HINTS.editorRejected}`]);
});

test("copilot-fetch names the source of a credential that cannot be sent, and reports that nothing was sent", async () => {
  const env = { GH_TOKEN: '"ghu_a"' };
  const fake = createFakeCopilot();
  const lines = await failure(fake, ["Hello"], { env });
  assertEquals(lines, [HINTS.malformed("in GH_TOKEN")]);
  assertEquals(fake.exchanges, []);
});

test("copilot-fetch names the tenant in the command that signs in again", async () => {
  const domain = "acme.ghe.com";
  const fake = createFakeCopilot({ domain, credentials: [] });
  const run = () => Promise.resolve({ code: 0, stdout: "gho_a" });
  const args = ["--domain", domain, "Hello"];
  const [line] = await failure(fake, args, { env: {}, run });
  assertStringIncludes(line, HINTS.ghRejected(domain));
});

test("copilot-fetch names the source of a credential without a subscription", async () => {
  const fake = createFakeCopilot({ subscription: false });
  const [line] = await failure(fake);
  const refused = HINTS.refusedByGitHub("in COPILOT_GITHUB_TOKEN", "403");
  assert(line.startsWith(`${refused} No access`), line);
});

test("copilot-fetch names a fine-grained token as the only personal token that works", async () => {
  const env = { COPILOT_GITHUB_TOKEN: "ghp_a" };
  const lines = await failure(createFakeCopilot(), ["Hello"], { env });
  const refused = HINTS.refusedByGitHub("in COPILOT_GITHUB_TOKEN", "403");
  assertEquals(lines, [`${refused} ${HINTS.classicToken("github.com")}`]);
});

test("copilot-fetch names --direct for a credential that GitHub does not exchange", async () => {
  const notFound = () =>
    Response.json({ message: "Not Found" }, { status: 404 });
  const lines = await failure(withExchange(notFound));
  const refused = HINTS.refusedByGitHub("in COPILOT_GITHUB_TOKEN", "404");
  assertEquals(lines, [`${refused} ${HINTS.notExchangeable}`]);
  assertStringIncludes(HINTS.notExchangeable, "--direct");
});

/** A credential, the status of Copilot's refusal, and what helps, if known. */
const REFUSED_BY_COPILOT: [
  credential: string,
  status: number,
  advice: string | undefined,
][] = [
  ["github_pat_a", 401, HINTS.fineGrainedRefused],
  ["github_pat_a", 403, undefined],
  ["ghs_a", 401, HINTS.installationRefused],
  ["ghs_a", 403, HINTS.installationRefused],
  ["ghs_a", 400, undefined],
  ["ghp_a", 400, HINTS.classicToken("github.com")],
  ["ghp_a", 401, HINTS.classicToken("github.com")],
  ["ghu_a", 401, HINTS.variableRejected],
  ["ghu_a", 403, undefined],
  ["ghu_a", 400, undefined],
];

for (const [credential, status, advice] of REFUSED_BY_COPILOT) {
  test(`copilot-fetch --direct ${advice ? "names the source and what helps" : "prints no hint"} after Copilot's ${status} for ${credential}`, async () => {
    const env = { GITHUB_TOKEN: credential };
    const fake = withModels("unauthorized", status);
    const args = ["--direct", "Hello"];
    const [line, ...hints] = await failure(fake, args, { env });
    assertEquals(line, RESPONSE_MESSAGES.refused(status, "unauthorized"));
    const refused = HINTS.refusedByCopilot("in GITHUB_TOKEN", `${status}`);
    assertEquals(hints, advice ? [`${refused} ${advice}`] : []);
  });
}

test("copilot-fetch prints the wait that GitHub asks for", async () => {
  const limited = Response.json({ message: "API rate limit exceeded" }, {
    status: 429,
    headers: { "retry-after": "77" },
  });
  const [line, hint, ...more] = await failure(withExchange(limited));
  assertStringIncludes(line, "API rate limit exceeded");
  assertStringIncludes(hint, "77");
  assertEquals(more, []);
});

test("copilot-fetch appends the wait to its own hint", async () => {
  const response = Response.json({ message: "Bad credentials" }, {
    status: 401,
    headers: { "retry-after": "77" },
  });
  const [line] = await failure(withExchange(response));
  assertStringIncludes(line, "COPILOT_GITHUB_TOKEN");
  assertStringIncludes(line, "77");
});

test("withProgramHint() names no option of the library after a timeout", () => {
  const error = new CopilotTokenError("timeout", { code: "timeout" });
  const credential = {
    value: SECRET,
    source: "GH_TOKEN",
    domain: "github.com",
  };
  assertEquals(withProgramHint(error, credential).hint, HINTS.timeout);
});

/** Failures whose hint alone does not say what happened. */
const UNEXPLAINED: [
  code: string,
  answer: () => Response | Error,
  what: string,
][] = [
  ["unavailable", () => new Response("<title>Oops", { status: 503 }), "Oops"],
  ["network", () => new TypeError("fetch failed"), "fetch failed"],
  ["invalid_response", () => new Response("[]"), "not a JSON object"],
];

for (const [code, answer, what] of UNEXPLAINED) {
  test(`copilot-fetch prints what happened and a hint for ${code}`, async () => {
    const lines = await failure(withExchange(answer()));
    assertEquals(lines.length, 2);
    assertStringIncludes(lines[0], what);
    assertEquals(lines[1].includes(what), false);
  });
}

test("copilot-fetch -v prints GitHub's message also where the hint explains it", async () => {
  const fake = createFakeCopilot({ credentials: [] });
  const outcome = await runMain(["-v", "Hello"], { fake });
  assertStringIncludes(outcome.stderr, "http 401: ");
  assertStringIncludes(outcome.stderr, HINTS.variableRejected);
});

test("copilot-fetch prints the cause of a request that fails", async () => {
  const fake = createFakeCopilot();
  const cause = Object.assign(new Error(""), { code: "ECONNREFUSED" });
  const wrapped = new Error("connect", { cause });
  answerNextPrompt(fake, new TypeError("fetch failed", { cause: wrapped }));
  const expected = ["fetch failed: connect: ECONNREFUSED", NETWORK_HINT];
  assertEquals(await failure(fake), expected);
});

test("copilot-fetch exits with 2 if Deno denies a permission, and prints only which flag grants it", async () => {
  for (const where of ["answerNextExchange", "answerNextRequest"] as const) {
    const fake = createFakeCopilot();
    const denied =
      'Requires net access to "x", run again with the --allow-net flag';
    fake[where](Object.assign(new Error(denied), { name: "NotCapable" }));
    const { code, stderr } = await runMain(["Hello"], { fake });
    assertEquals([code, stderr.trimEnd().split("\n").length], [2, 1], stderr);
    assertStringIncludes(stderr, denied);
  }
});
