import { assert, assertEquals } from "@std/assert";
import { test } from "node:test";
import { CopilotTokenError, type CopilotTokenErrorCode } from "../../mod.ts";
import { isTransient } from "../../internal/errors.ts";
import { parseJSON } from "../../internal/json.ts";
import { answering, errorOf, NO, PAGE } from "../helpers/failed_exchange.ts";

const refusals: [
  status: number,
  body: string,
  code: CopilotTokenErrorCode,
][] = [
  [401, NO, "bad_credentials"],
  [400, NO, "no_access"],
  [402, NO, "no_access"],
  [403, NO, "no_access"],
  [404, NO, "no_access"],
  [406, NO, "no_access"],
  [409, NO, "no_access"],
  [418, NO, "no_access"],
  [422, NO, "no_access"],
  [424, NO, "no_access"],
  [426, NO, "no_access"],
  [499, NO, "no_access"],
  [429, NO, "rate_limited"],
  [429, PAGE, "rate_limited"],
  [429, "", "rate_limited"],
  [407, NO, "unavailable"],
  [408, NO, "unavailable"],
  [425, NO, "unavailable"],
  [500, NO, "unavailable"],
  [502, PAGE, "unavailable"],
  [503, "", "unavailable"],
  [599, "", "unavailable"],
  [201, NO, "invalid_response"],
  [202, "", "invalid_response"],
  [301, "", "invalid_response"],
  [302, PAGE, "invalid_response"],
  [399, NO, "invalid_response"],
];

for (const [status, body, code] of refusals) {
  test(`exchangeToken() reports ${status} with ${body || "no body"} as ${code}`, async () => {
    const error = await errorOf(answering(status, body));
    assertEquals([error.code, error.status], [code, status]);
    assertEquals(error.retryAfter, code === "rate_limited" ? 60 : undefined);
    assert(error.hint);
    assert(error.message.includes(`http ${status}: `), error.message);
  });
}

for (const status of [204, 304]) {
  test(`exchangeToken() reports ${status} without a body as invalid_response`, async () => {
    const error = await errorOf(() => new Response(null, { status }));
    assertEquals([error.code, error.status], ["invalid_response", status]);
  });
}

test("exchangeToken() reports a status beyond 599 as unavailable", async () => {
  const response = { status: 999, headers: new Headers(), text: () => NO };
  const error = await errorOf(() => response as unknown as Response);
  assertEquals([error.code, error.status], ["unavailable", 999]);
});

test("exchangeToken() quotes GitHub's JSON up to 500 characters", async () => {
  const body = JSON.stringify({ message: "x".repeat(1000) });
  const error = await errorOf(answering(400, body));
  assertEquals(quotationIn(error), body.slice(0, 500));
});

/** What an error's message quotes of the body. */
function quotationIn({ message, hint }: CopilotTokenError): string {
  assert(message.endsWith(`\n${hint}`), message);
  return message.slice(0, -`\n${hint}`.length).split(/http \d+: /)[1];
}

const quotations: Record<string, [body: string, quotation: string]> = {
  "a text up to 200 characters": ["x".repeat(1000), "x".repeat(200)],
  "JSON without a message up to 200 characters": [
    JSON.stringify({ error: "x".repeat(1000) }),
    `{"error":"${"x".repeat(190)}`,
  ],
  "JSON with a message that is no text": ['{"message":7}', '{"message":7}'],
  "a text without the white space around it": ["\n one\t \n", "one"],
  "a page by its title": [PAGE, "Sign in to the network"],
  "a page by its title, with attributes and line breaks": [
    '<HTML><TITLE lang="en">\n  Sign in\n</TITLE>',
    "Sign in",
  ],
  "a page with an empty title up to 200 characters": [
    "<title> </title><p>Sign in",
    "<title> </title><p>Sign in",
  ],
  "a page without a title": ["<h1>502</h1>", "<h1>502</h1>"],
  "a page with half a title": ["<title>Sign in", "Sign in"],
  "no body": ["", ""],
};

for (const [what, [body, quotation]] of Object.entries(quotations)) {
  test(`exchangeToken() quotes ${what}`, async () => {
    const error = await errorOf(answering(502, body));
    assertEquals(quotationIn(error), quotation);
  });
}

test("exchangeToken() reports a large hostile body in linear time", async () => {
  for (const piece of ["<title", "<title>", "<title ", '{"a":', "[", "\\"]) {
    const error = await errorOf(answering(502, piece.repeat(150_000)));
    assertEquals(error.code, "unavailable");
  }
});

const transient: Record<CopilotTokenErrorCode, boolean> = {
  bad_credentials: false,
  no_access: false,
  rate_limited: true,
  unavailable: true,
  network: true,
  timeout: true,
  invalid_response: true,
};

for (const [code, expected] of Object.entries(transient)) {
  test(`isTransient() is ${expected} for ${code}`, () => {
    const error = { code: code as CopilotTokenErrorCode };
    assertEquals(isTransient(error), expected);
  });
}

const texts: [text: string, value: Record<string, unknown> | undefined][] = [
  ['{"a":1}', { a: 1 }],
  ["{}", {}],
  [" {} ", {}],
  ["[]", undefined],
  ["null", undefined],
  ["7", undefined],
  ['"{}"', undefined],
  ["{", undefined],
  ["", undefined],
];

for (const [text, value] of texts) {
  test(`parseJSON() of ${JSON.stringify(text)} is ${JSON.stringify(value)}`, () => {
    assertEquals(parseJSON(text), value);
  });
}

test("CopilotTokenError has the members that are known, and a name", () => {
  const details = { code: "network", status: undefined } as const;
  const error = new CopilotTokenError("text", details);
  assertEquals(Object.keys(error), ["code"]);
  assertEquals("cause" in error, false);
  assertEquals([error.name, error.message], ["CopilotTokenError", "text"]);
  assertEquals(String(error), "CopilotTokenError: text");
  assertEquals(error instanceof Error, true);
});

test("CopilotTokenError takes all members, and ends with its hint", () => {
  const cause = new Error("reason");
  const members = {
    code: "unavailable",
    status: 503,
    retryAfter: 5,
    hint: "Do this.",
  } as const;
  const error = new CopilotTokenError("text", { ...members, cause });
  assertEquals(Object.fromEntries(Object.entries(error)), members);
  assertEquals(error.cause, cause);
  assertEquals(error.message, "text\nDo this.");
});
