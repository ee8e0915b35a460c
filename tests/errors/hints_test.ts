import { assert, assertEquals } from "@std/assert";
import { test } from "node:test";
import type { AuthOption } from "../../mod.ts";
import * as hints from "../../internal/hints.ts";
import {
  BAD_CREDENTIALS_HINT,
  CLASSIC_TOKEN_HINT,
  explanationOf,
  NO_SUBSCRIPTION_HINT,
  NOT_EXCHANGEABLE_HINT,
  OUTAGE_HINT,
  QUOTA_HINT,
  refusalHint,
  UNKNOWN_REFUSAL_HINT,
  withDelay,
} from "../../internal/hints.ts";
import { answering, errorOf, NO } from "../helpers/failed_exchange.ts";

const TOKEN_REFUSED = JSON.stringify({
  message: "Resource not accessible by personal access token",
});
const NOT_FOUND = JSON.stringify({ message: "Not Found" });
const BAD_CREDENTIALS = JSON.stringify({ message: "Bad credentials" });
const QUOTA = JSON.stringify({ message: "Monthly quota exceeded" });
const LIMIT = JSON.stringify({ message: "Limit reached" });

interface Case {
  credential?: string;
  auth?: AuthOption;
  status: number;
  body?: string;
  hint: string;
}

const cases: Record<string, Case> = {
  "a credential that GitHub does not know": {
    status: 401,
    body: BAD_CREDENTIALS,
    hint: BAD_CREDENTIALS_HINT,
  },
  "an unknown kind of credential that GitHub does not know": {
    credential: "my_ghp_secretsecret",
    status: 401,
    body: BAD_CREDENTIALS,
    hint: BAD_CREDENTIALS_HINT,
  },
  "a revoked fine-grained token": {
    credential: "github_pat_secretsecret",
    status: 401,
    body: BAD_CREDENTIALS,
    hint: BAD_CREDENTIALS_HINT,
  },
  "a classic token": {
    credential: "ghp_secretsecret",
    status: 403,
    body: TOKEN_REFUSED,
    hint: CLASSIC_TOKEN_HINT,
  },
  "a classic token where GitHub knows no such page": {
    credential: "ghp_secretsecret",
    status: 404,
    body: NOT_FOUND,
    hint: CLASSIC_TOKEN_HINT,
  },
  "a revoked classic token": {
    credential: "ghp_secretsecret",
    status: 401,
    body: BAD_CREDENTIALS,
    hint: CLASSIC_TOKEN_HINT,
  },
  "a revoked classic token that is sent directly": {
    credential: "ghp_secretsecret",
    auth: "direct",
    status: 401,
    body: BAD_CREDENTIALS,
    hint: CLASSIC_TOKEN_HINT,
  },
  "a fine-grained token that is exchanged": {
    credential: "github_pat_secretsecret",
    auth: "exchange",
    status: 403,
    body: TOKEN_REFUSED,
    hint: NOT_EXCHANGEABLE_HINT,
  },
  "an installation token that is exchanged": {
    credential: "ghs_secretsecret",
    auth: "exchange",
    status: 404,
    body: NOT_FOUND,
    hint: NOT_EXCHANGEABLE_HINT,
  },
  "the token of an app that GitHub has not approved": {
    credential: "gho_secretsecret",
    auth: "exchange",
    status: 404,
    body: NOT_FOUND,
    hint: NOT_EXCHANGEABLE_HINT,
  },
  "an unknown kind of credential that is not exchanged": {
    credential: "secretsecret",
    status: 404,
    body: NOT_FOUND,
    hint: NOT_EXCHANGEABLE_HINT,
  },
  "a plan whose quota is used up": {
    status: 403,
    body: QUOTA,
    hint: QUOTA_HINT,
  },
  "a plan whose limit is reached": {
    status: 403,
    body: LIMIT,
    hint: QUOTA_HINT,
  },
  "a 402": { status: 402, hint: QUOTA_HINT },
  "a 403 without a reason": { status: 403, hint: NO_SUBSCRIPTION_HINT },
  "a 422": { status: 422, hint: UNKNOWN_REFUSAL_HINT },
  "a 400": { status: 400, hint: UNKNOWN_REFUSAL_HINT },
  "a rate limit": { status: 429, hint: withDelay("", 60) },
  "a 500": { status: 500, hint: OUTAGE_HINT },
  "a 200 without a token": { status: 200, body: "{}", hint: OUTAGE_HINT },
  "a 200 with a malformed token": {
    status: 200,
    body: '{"token":7}',
    hint: OUTAGE_HINT,
  },
};

for (
  const [what, { hint, status, body = NO, ...options }] of Object.entries(cases)
) {
  test(`exchangeToken() gives the hint that fits ${what}`, async () => {
    const error = await errorOf(answering(status, body), options);
    assertEquals(error.hint, hint);
    assertEquals(error.message.split("\n").at(-1), hint);
  });
}

test("refusalHint() recognizes a kind of credential by its beginning alone", () => {
  for (const credential of ["my_ghp_a", "my_github_pat_a", "my_ghs_a", "ghs"]) {
    assertEquals(refusalHint(403, NO, credential), NO_SUBSCRIPTION_HINT);
  }
});

const MESSAGE = "No access to GitHub Copilot found. You are octocat.";

const explanations: Record<string, [details: unknown, hint?: string]> = {
  "the message and its page": [
    {
      message: MESSAGE,
      url: "https://github.com/x?editor={EDITOR}&e={EDITOR}",
    },
    `${MESSAGE} https://github.com/x?editor=vscode&e=vscode`,
  ],
  "the message alone": [{ message: MESSAGE }, MESSAGE],
  "the message where the page is no text": [
    { message: MESSAGE, url: 7 },
    MESSAGE,
  ],
  "the message on one line": [{ message: "No\r\n  access" }, "No access"],
  "nothing where the message is empty": [{ message: "" }],
  "nothing where the message is blank": [{ message: " \n", url: "x" }],
  "nothing where the message is missing": [{ url: "https://github.com" }],
  "nothing where the message is no text": [{ message: { toString: 0 } }],
  "nothing where the details are null": [null],
  "nothing where the details are a text": [MESSAGE],
  "nothing where the details are a list": [[MESSAGE]],
};

for (const [what, [error_details, hint]] of Object.entries(explanations)) {
  test(`explanationOf() is ${what}`, () => {
    assertEquals(explanationOf({ error_details }), hint);
  });
}

test("explanationOf() is nothing without a body", () => {
  assertEquals(explanationOf(undefined), undefined);
  assertEquals(explanationOf({}), undefined);
});

for (const status of [401, 403, 404, 422, 500]) {
  test(`exchangeToken() shows GitHub's own explanation of a ${status}`, async () => {
    const body = { message: "No", error_details: { message: MESSAGE } };
    const error = await errorOf(answering(status, JSON.stringify(body)));
    assertEquals(error.hint, MESSAGE);
  });
}

test("exchangeToken() shortens GitHub's explanation, and redacts it before", async () => {
  const explained = (message: string) =>
    answering(403, JSON.stringify({ message: "", error_details: { message } }));
  const long = await errorOf(explained("x".repeat(600)));
  assertEquals(long.hint, "x".repeat(500));
  const cut = await errorOf(explained(`${"x".repeat(490)} gho_otherother`));
  assertEquals(cut.hint, `${"x".repeat(490)} ***`);
});

test("exchangeToken() appends the delay to GitHub's explanation", async () => {
  const body = { message: "", error_details: { message: MESSAGE } };
  const headers = { "retry-after": "17" };
  const error = await errorOf(answering(403, JSON.stringify(body), headers));
  assertEquals(error.hint, withDelay(MESSAGE, 17));
  assert(error.hint?.startsWith(MESSAGE));
});

const delays: [hint: string, seconds: number, result: string][] = [
  ["Do this.", 5, "Do this. Try again in 5 s."],
  ["", 5, "Try again in 5 s."],
  ["Do this. Try again in 60 s.", 5, "Do this. Try again in 5 s."],
  ["Try again in 60 s.", 5, "Try again in 5 s."],
  [
    "Try again in 60 s. Do this.",
    5,
    "Try again in 60 s. Do this. Try again in 5 s.",
  ],
];

for (const [hint, seconds, result] of delays) {
  test(`withDelay() makes ${JSON.stringify(result)} of ${JSON.stringify(hint)}`, () => {
    assertEquals(withDelay(hint, seconds), result);
  });
}

for (const [name, hint] of Object.entries(hints)) {
  if (typeof hint !== "string") continue;
  test(`${name} is one line of sentences`, () => {
    assert(/^[A-Z].+\.$/.test(hint), hint);
  });
}
