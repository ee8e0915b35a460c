import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { test } from "node:test";
import { inspect } from "node:util";
import { exchangeToken } from "../../mod.ts";
import {
  EMPTY_CREDENTIAL_HINT,
  MALFORMED_CREDENTIAL_HINT,
} from "../../internal/hints.ts";
import { CREDENTIAL } from "../helpers/failed_exchange.ts";
import {
  rejectionOf,
  stubFetch,
  tokenError,
  tokenResponse,
  tokenText,
} from "../helpers/stubs.ts";

const IDENTITY_HEADERS = {
  "copilot-integration-id": "vscode-chat",
  "editor-plugin-version": "copilot-chat/0.35.0",
  "editor-version": "vscode/1.107.0",
  "user-agent": "GitHubCopilotChat/0.35.0",
};

test("exchangeToken() sends one GET with the identity headers", async () => {
  const { fetch, exchanges } = stubFetch();
  await exchangeToken(CREDENTIAL, { fetch });
  assertEquals(exchanges.length, 1);
  const [{ url, method, headers, init }] = exchanges;
  assertEquals(url, "https://api.github.com/copilot_internal/v2/token");
  assertEquals([method, init.method], ["GET", "GET"]);
  assertEquals(headers, {
    ...IDENTITY_HEADERS,
    accept: "application/json",
    authorization: `Bearer ${CREDENTIAL}`,
  });
  assertEquals(init.redirect, "manual");
  assertEquals(init.cache, "no-store");
});

test("exchangeToken() returns the token, its host and how it was obtained", async () => {
  const { fetch } = stubFetch();
  const { value, baseURL, auth } = await exchangeToken(CREDENTIAL, { fetch });
  assertEquals(value, tokenText());
  assertEquals(baseURL, "https://api.individual.githubcopilot.com");
  assertEquals(auth, "exchange");
});

test("exchangeToken() merges the headers option over the identity headers", async () => {
  const { fetch, exchanges } = stubFetch();
  const headers = { "Editor-Version": "vim/9", "x-more": "1", Accept: "*/*" };
  await exchangeToken(CREDENTIAL, { fetch, headers });
  assertEquals(exchanges[0].headers, {
    ...IDENTITY_HEADERS,
    "editor-version": "vim/9",
    "x-more": "1",
    accept: "application/json",
    authorization: `Bearer ${CREDENTIAL}`,
  });
});

test("exchangeToken() rejects a header that cannot be sent, and sends nothing", async () => {
  const { fetch, exchanges } = stubFetch();
  const headers = { "a b": "c" };
  await rejectionOf(
    TypeError,
    () => exchangeToken(CREDENTIAL, { fetch, headers }),
  );
  assertEquals(exchanges.length, 0);
});

test("exchangeToken() looks up globalThis.fetch at each call", async () => {
  const real = globalThis.fetch;
  const { fetch, exchanges } = stubFetch();
  try {
    globalThis.fetch = fetch as typeof globalThis.fetch;
    await exchangeToken(CREDENTIAL);
  } finally {
    globalThis.fetch = real;
  }
  assertEquals(exchanges.length, 1);
});

test("exchangeToken() sends its request within one microtask", async () => {
  const { fetch, exchanges } = stubFetch();
  const token = exchangeToken(CREDENTIAL, { fetch });
  await null;
  assertEquals(exchanges.length, 1);
  await token;
});

test("exchangeToken() follows no redirect", async () => {
  const { fetch, exchanges } = stubFetch(() =>
    new Response("", {
      status: 302,
      headers: { location: "https://evil.com" },
    })
  );
  const error = await tokenError(() => exchangeToken(CREDENTIAL, { fetch }));
  assertEquals([error.code, error.status], ["invalid_response", 302]);
  assertEquals(exchanges.length, 1);
});

test("exchangeToken() trims the credential", async () => {
  const { fetch, exchanges } = stubFetch();
  await exchangeToken(` \t${CREDENTIAL}\r\n`, { fetch });
  assertEquals(exchanges[0].headers.authorization, `Bearer ${CREDENTIAL}`);
});

test("exchangeToken() accepts every visible ASCII character but quotes in a credential", async () => {
  const characters = Array.from(
    { length: 94 },
    (_, index) => String.fromCharCode(33 + index),
  ).join("").replace(/["'`]/g, "");
  const { fetch, exchanges } = stubFetch();
  await exchangeToken(characters, { fetch });
  assertEquals(exchanges[0].headers.authorization, `Bearer ${characters}`);
});

const BARE = "0123456789secret";

const unusableCredentials: Record<
  string,
  [credential: unknown, hint: string]
> = {
  "an empty credential": ["", EMPTY_CREDENTIAL_HINT],
  "a blank credential": [" \n", EMPTY_CREDENTIAL_HINT],
  "a missing credential": [undefined, EMPTY_CREDENTIAL_HINT],
  "a credential that is an object": [{}, EMPTY_CREDENTIAL_HINT],
  ...Object.fromEntries(
    [
      "xyzzy\nplugh",
      "xyzzy\0plugh",
      "xyzzéplugh",
      "xyzzy→plugh",
      `Bearer ${BARE}`,
      `Bearer   ${BARE}`,
      `token ${BARE}`,
      `"${BARE}"`,
      `'${BARE}'`,
      `${BARE}""`,
      `${BARE}'`,
      `\`${BARE}`,
      `token '${BARE}'`,
    ].map((credential) => [
      `the credential ${JSON.stringify(credential)}`,
      [credential, MALFORMED_CREDENTIAL_HINT],
    ]),
  ),
};

for (const [what, [credential, hint]] of Object.entries(unusableCredentials)) {
  test(`exchangeToken() rejects ${what}, and sends nothing`, async () => {
    const { fetch, exchanges } = stubFetch();
    const error = await tokenError(() =>
      exchangeToken(credential as string, { fetch })
    );
    assertEquals([error.code, error.status], ["bad_credentials", 401]);
    assertEquals(error.hint, hint);
    const shown = inspect(error);
    assert(!shown.includes(BARE) && !shown.includes("plugh"), shown);
    assertEquals(exchanges.length, 0);
  });
}

const unusableLimits = [0, -1, NaN];

for (const exchangeTimeout of unusableLimits) {
  test(`exchangeToken() rejects a time limit of ${exchangeTimeout}, and sends nothing`, async () => {
    const { fetch, exchanges } = stubFetch();
    const { message } = await rejectionOf(
      TypeError,
      () => exchangeToken(CREDENTIAL, { fetch, exchangeTimeout }),
    );
    assertStringIncludes(message, "exchangeTimeout");
    assertEquals(exchanges.length, 0);
  });
}

const usableTokens: Record<string, string> = {
  "of one character": "!",
  "with spaces inside": "tid=a b;c",
  "without any field": "opaque",
  "of 100 000 characters": "~".repeat(100_000),
};

for (const [what, token] of Object.entries(usableTokens)) {
  test(`exchangeToken() accepts a token ${what}`, async () => {
    const { fetch } = stubFetch(() => tokenResponse({ token }));
    assertEquals((await exchangeToken(CREDENTIAL, { fetch })).value, token);
  });
}

const unusableBodies: Record<string, string> = {
  "an empty body": "",
  "a page": "<html>",
  "half an object": '{"token":"tid=1;proxy-ep=',
  "a list": "[]",
  "a list with a token": '[{"token":"tid=1"}]',
  "a string": '"tid=1"',
  "a number": "7",
  "true": "true",
  "null": "null",
  "an object without a token": "{}",
  "a token that is null": '{"token":null}',
  "a token that is empty": '{"token":""}',
  "a token that is a number": '{"token":7}',
  "a token that is zero": '{"token":0}',
  "a token that is an object": '{"token":{}}',
  "a token that is a list": '{"token":["tid=1"]}',
  "a token with a line break": '{"token":"a\\nb"}',
  "a token with a space before it": '{"token":" a"}',
  "a token with a space after it": '{"token":"a "}',
  "a token with a tab inside": '{"token":"a\\tb"}',
  "a token that is not ASCII": '{"token":"ä"}',
};

for (const [what, body] of Object.entries(unusableBodies)) {
  test(`exchangeToken() rejects a 200 with ${what}`, async () => {
    const { fetch, exchanges } = stubFetch(() => new Response(body));
    const error = await tokenError(() => exchangeToken(CREDENTIAL, { fetch }));
    assertEquals([error.code, error.status], ["invalid_response", 200]);
    assertEquals(error.retryAfter, undefined);
    assertEquals(exchanges.length, 1);
  });
}
