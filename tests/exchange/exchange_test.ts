import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { test } from "node:test";
import { inspect } from "node:util";
import { exchangeToken } from "../../mod.ts";
import {
  deferred,
  HOUR,
  MINUTE,
  rejection,
  rejectionOf,
  SECOND,
  START,
  stubClock,
  stubFetch,
  tokenError,
  tokenResponse,
} from "../helpers/stubs.ts";

const SECRET = "ghu_secretsecretsecret";

test("exchangeToken() sends one GET with the identity headers", async () => {
  const { fetch, exchanges } = stubFetch();
  await exchangeToken(SECRET, { fetch });
  assertEquals(exchanges.length, 1);
  const [{ url, method, headers, init }] = exchanges;
  assertEquals(url, "https://api.github.com/copilot_internal/v2/token");
  assertEquals(method, "GET");
  assertEquals(headers, {
    accept: "application/json",
    authorization: `Bearer ${SECRET}`,
    "copilot-integration-id": "vscode-chat",
    "editor-plugin-version": "copilot-chat/0.35.0",
    "editor-version": "vscode/1.107.0",
    "user-agent": "GitHubCopilotChat/0.35.0",
  });
  assertEquals(init.redirect, "manual");
});

test("exchangeToken() lays the headers option over the identity", async () => {
  const { fetch, exchanges } = stubFetch();
  const headers = [["editor-version", "vim/9"], ["x-more", "1"]] as [
    string,
    string,
  ][];
  await exchangeToken(SECRET, {
    fetch,
    headers: [...headers, ["Authorization", "Bearer other"]],
  });
  const sent = exchanges[0].headers;
  assertEquals(sent["editor-version"], "vim/9");
  assertEquals(sent["x-more"], "1");
  assertEquals(sent["user-agent"], "GitHubCopilotChat/0.35.0");
  assertEquals(sent.authorization, `Bearer ${SECRET}`);
});

test("exchangeToken() looks up globalThis.fetch at each call", async () => {
  const real = globalThis.fetch;
  const { fetch, exchanges } = stubFetch();
  try {
    globalThis.fetch = fetch as typeof globalThis.fetch;
    await exchangeToken(SECRET);
  } finally {
    globalThis.fetch = real;
  }
  assertEquals(exchanges.length, 1);
});

test("exchangeToken() trims the credential", async () => {
  const { fetch, exchanges } = stubFetch();
  await exchangeToken(` \t${SECRET}\r\n`, { fetch });
  assertEquals(exchanges[0].headers.authorization, `Bearer ${SECRET}`);
});

for (
  const [what, credential] of Object.entries({
    "an empty credential": "",
    "a blank credential": " \n",
    "a credential that is missing": undefined,
    "a credential that is an object": {},
    "a credential with a line break": "ghu_sec\nret",
    "a credential with a NUL": "ghu_sec\0ret",
    "a credential that is not ASCII": "ghu_sécret",
    "a credential beyond Latin-1": "ghu_→ret",
  })
) {
  test(`exchangeToken() refuses ${what} before it sends anything`, async () => {
    const { fetch, exchanges } = stubFetch();
    const error = await tokenError(() =>
      exchangeToken(credential as string, { fetch })
    );
    assertEquals([error.code, error.status], ["bad_credentials", 401]);
    assert(error.hint);
    assert(!inspect(error).includes("ret"), inspect(error));
    assertEquals(exchanges.length, 0);
  });
}

for (
  const [what, options] of Object.entries({
    "a time limit of nothing": { exchangeTimeout: 0 },
    "a time limit below nothing": { exchangeTimeout: -1 },
    "a time limit that is no number": { exchangeTimeout: NaN },
  })
) {
  test(`exchangeToken() refuses ${what}`, async () => {
    const { fetch, exchanges } = stubFetch();
    const { message } = await rejectionOf(
      TypeError,
      () => exchangeToken(SECRET, { fetch, ...options }),
    );
    assertStringIncludes(message, "exchangeTimeout");
    assertEquals(exchanges.length, 0);
  });
}

// ── how long a token lives ────────────────────────────────────────────────

const now = START / SECOND;
const DAY = 24 * HOUR;

const lifetimes: Record<
  string,
  [answer: Record<string, unknown>, refreshIn: number, expiresIn: number]
> = {
  "refresh_in, and five minutes more": [
    { refresh_in: 1500, expires_at: undefined },
    25 * MINUTE,
    30 * MINUTE,
  ],
  "refresh_in, whatever the clock makes of expires_at": [
    { refresh_in: 1500, expires_at: now - 3 * 3600 },
    25 * MINUTE,
    30 * MINUTE,
  ],
  "a short refresh_in": [
    { refresh_in: 60, expires_at: undefined },
    MINUTE,
    6 * MINUTE,
  ],
  "expires_at less five minutes": [
    { expires_at: now + 1800 },
    25 * MINUTE,
    30 * MINUTE,
  ],
  "half of what is left where that is less": [
    { expires_at: now + 120 },
    MINUTE,
    2 * MINUTE,
  ],
  "expires_at where refresh_in is zero": [
    { refresh_in: 0, expires_at: now + 3600 },
    55 * MINUTE,
    HOUR,
  ],
  "expires_at where refresh_in is negative": [
    { refresh_in: -1, expires_at: now + 3600 },
    55 * MINUTE,
    HOUR,
  ],
  "expires_at where refresh_in is a text": [
    { refresh_in: "1500", expires_at: now + 3600 },
    55 * MINUTE,
    HOUR,
  ],
  "25 minutes where nothing is said": [
    { expires_at: undefined },
    25 * MINUTE,
    30 * MINUTE,
  ],
  "25 minutes where expires_at is past": [
    { expires_at: now },
    25 * MINUTE,
    30 * MINUTE,
  ],
  "25 minutes where expires_at is a text": [
    { expires_at: `${now + 3600}` },
    25 * MINUTE,
    30 * MINUTE,
  ],
  "a day at most by expires_at": [
    { expires_at: now + 1e9 },
    DAY - 5 * MINUTE,
    DAY,
  ],
  "a day at most by refresh_in": [{ refresh_in: 1e9 }, DAY - 5 * MINUTE, DAY],
};

for (
  const [what, [answer, refreshIn, expiresIn]] of Object.entries(lifetimes)
) {
  test(`A token lives by ${what}`, async () => {
    using _clock = stubClock();
    const { fetch } = stubFetch(() => tokenResponse(answer));
    const { refreshAt, expiresAt } = await exchangeToken(SECRET, { fetch });
    assertEquals(refreshAt - START, refreshIn);
    assertEquals(expiresAt - START, expiresIn);
  });
}

test("A life without an end is none that GitHub told", async () => {
  using _clock = stubClock();
  for (const told of ["refresh_in", "expires_at"]) {
    const body = `{"token":"tid=1","${told}":1e999}`;
    const { fetch } = stubFetch(() => new Response(body));
    const { refreshAt } = await exchangeToken(SECRET, { fetch });
    assertEquals(refreshAt, START + 25 * MINUTE);
  }
});

test("A token's life begins when it is asked for, not when it comes", async () => {
  using clock = stubClock();
  const { fetch } = stubFetch(() => {
    clock.advance(10 * SECOND);
    return tokenResponse({ refresh_in: 1500 });
  });
  const { refreshAt } = await exchangeToken(SECRET, { fetch });
  assertEquals(refreshAt, START + 25 * MINUTE);
});

// ── how it fails ──────────────────────────────────────────────────────────

interface Failure {
  answer: () => Response | Promise<Response>;
  code: string;
  status?: number;
  retryAfter?: number;
  message?: string;
}

function answering(
  status: number,
  body = "",
  headers?: Record<string, string>,
): () => Response {
  return () => new Response(body, { status, headers });
}

const failures: Record<string, Failure> = {
  "a 401": {
    answer: answering(401, '{"message":"Bad credentials"}'),
    code: "bad_credentials",
    status: 401,
    message: 'copilot token exchange: http 401: {"message":"Bad credentials"}',
  },
  "a 403": { answer: answering(403, "no"), code: "no_access", status: 403 },
  "a 404": { answer: answering(404, "no"), code: "no_access", status: 404 },
  "a 418": { answer: answering(418, "no"), code: "no_access", status: 418 },
  "a 429 with a wait": {
    answer: answering(429, "slow down", { "retry-after": "17" }),
    code: "rate_limited",
    status: 429,
    retryAfter: 17,
    message: "copilot token exchange: http 429: slow down",
  },
  "a 429 with a wait of a second and a half": {
    answer: answering(429, "", { "retry-after": "1.5" }),
    code: "rate_limited",
    status: 429,
    retryAfter: 2,
  },
  "a 429 without one": {
    answer: answering(429),
    code: "rate_limited",
    status: 429,
    retryAfter: 60,
  },
  "a 403 with a wait": {
    answer: answering(403, "", { "retry-after": "60" }),
    code: "rate_limited",
    status: 403,
    retryAfter: 60,
  },
  "a 403 with nothing remaining": {
    answer: answering(403, "API rate limit exceeded for user ID 1", {
      "x-ratelimit-remaining": "0",
      "x-ratelimit-reset": `${now + 1234}`,
    }),
    code: "rate_limited",
    status: 403,
    retryAfter: 1234,
  },
  "a 403 whose reset is past": {
    answer: answering(403, "", {
      "x-ratelimit-remaining": "0",
      "x-ratelimit-reset": `${now - 1}`,
    }),
    code: "rate_limited",
    status: 403,
    retryAfter: 60,
  },
  "a 403 with some remaining": {
    answer: answering(403, "", { "x-ratelimit-remaining": "10" }),
    code: "no_access",
    status: 403,
  },
  "a 401 with a wait": {
    answer: answering(401, "", { "retry-after": "60" }),
    code: "bad_credentials",
    status: 401,
    retryAfter: 60,
  },
  "a 999": {
    answer: () =>
      ({ status: 999, headers: new Headers(), text: () => "" }) as never,
    code: "unavailable",
    status: 999,
  },
  "a wait of a year": {
    answer: answering(429, "", { "retry-after": "31536000" }),
    code: "rate_limited",
    status: 429,
    retryAfter: 31_536_000,
  },
  "a 500": { answer: answering(500), code: "unavailable", status: 500 },
  "a 503 with a wait": {
    answer: answering(503, "", { "retry-after": "5" }),
    code: "unavailable",
    status: 503,
    retryAfter: 5,
  },
  "a gateway's page": {
    answer: answering(502, "<html><h1>502</h1></html>"),
    code: "unavailable",
    status: 502,
    message: "copilot token exchange: http 502: <html><h1>502</h1></html>",
  },
  "a redirect": {
    answer: answering(302, "", { location: "https://evil.com" }),
    code: "invalid_response",
    status: 302,
  },
  "a 204": {
    answer: () => new Response(null, { status: 204 }),
    code: "invalid_response",
    status: 204,
  },
  "a page": {
    answer: answering(200, "<html>"),
    code: "invalid_response",
    status: 200,
    message: "copilot token: parse: no usable token",
  },
  "an empty answer": {
    answer: answering(200),
    code: "invalid_response",
    status: 200,
  },
  "half an answer": {
    answer: answering(200, '{"token":"tid=1;proxy-ep='),
    code: "invalid_response",
    status: 200,
  },
  "a list": {
    answer: answering(200, "[]"),
    code: "invalid_response",
    status: 200,
  },
  "null": {
    answer: answering(200, "null"),
    code: "invalid_response",
    status: 200,
    message: "copilot token: empty",
  },
  "a token that is a number": {
    answer: answering(200, '{"token":7}'),
    code: "invalid_response",
    status: 200,
    message: "copilot token: parse: no usable token",
  },
  ...Object.fromEntries(
    ["[]", '"text"', "7", "true", '[{"token":"tid=1"}]'].map((body) => [
      `${body} for an answer`,
      {
        answer: answering(200, body),
        code: "invalid_response",
        status: 200,
        message: "copilot token: empty",
      },
    ]),
  ),
  "a 201": {
    answer: answering(201, "made"),
    code: "invalid_response",
    status: 201,
    message: "copilot token exchange: http 201: made",
  },
  "a rate limit that is over before it began": {
    answer: answering(429, "", { "retry-after": "-5" }),
    code: "rate_limited",
    status: 429,
    retryAfter: 60,
  },
  "a token that is null": {
    answer: answering(200, '{"token":null}'),
    code: "invalid_response",
    status: 200,
    message: "copilot token: empty",
  },
  "a token with a line break": {
    answer: answering(200, '{"token":"a\\nb"}'),
    code: "invalid_response",
    status: 200,
  },
  "a token with a blank behind it": {
    answer: answering(200, '{"token":"a "}'),
    code: "invalid_response",
    status: 200,
  },
  "a token that is not ASCII": {
    answer: answering(200, '{"token":"ä"}'),
    code: "invalid_response",
    status: 200,
  },
  "a megabyte of nonsense": {
    answer: answering(400, "x".repeat(1_000_000)),
    code: "no_access",
    status: 400,
    message: `copilot token exchange: http 400: ${"x".repeat(500)}`,
  },
  "a fetch that throws": {
    answer: () => Promise.reject(new TypeError("fetch failed")),
    code: "network",
    message: "copilot token exchange: fetch failed",
  },
  "a fetch that throws for a reason": {
    answer: () =>
      Promise.reject(
        new TypeError("fetch failed", { cause: new Error("ECONNREFUSED") }),
      ),
    code: "network",
    message: "copilot token exchange: fetch failed: ECONNREFUSED",
  },
  "a fetch that throws a text": {
    answer: () => Promise.reject("no route"),
    code: "network",
    message: "copilot token exchange: failed",
  },
  "a fetch that throws nothing": {
    answer: () => Promise.reject(undefined),
    code: "network",
    message: "copilot token exchange: failed",
  },
  "a body that breaks off": {
    answer: () =>
      new Response(
        new ReadableStream({
          start: (controller) => controller.error(new Error("reset")),
        }),
      ),
    code: "network",
    message: "copilot token exchange: reset",
  },
};

for (const [what, failure] of Object.entries(failures)) {
  test(`exchangeToken() tells ${what} as ${failure.code}`, async () => {
    using _clock = stubClock();
    const { fetch, exchanges } = stubFetch(failure.answer);
    const error = await tokenError(() => exchangeToken(SECRET, { fetch }));
    assertEquals(error.name, "CopilotTokenError");
    assertEquals(error.code, failure.code);
    assertEquals(error.status, failure.status);
    assertEquals(error.retryAfter, failure.retryAfter);
    const [first] = error.message.split(error.hint ? `\n${error.hint}` : "\0");
    if (failure.message) assertEquals(first, failure.message);
    assert(first.startsWith("copilot token"), first);
    assertEquals(exchanges.length, 1);
  });
}

test("An error's message has the whole body where it is short", async () => {
  const { fetch } = stubFetch(answering(500, "\n one\n two \n"));
  const { message } = await tokenError(() => exchangeToken(SECRET, { fetch }));
  assertEquals(message, "copilot token exchange: http 500: one\n two");
});

test("An error has no member for what is not known", async () => {
  const { fetch } = stubFetch(answering(500));
  const error = await tokenError(() => exchangeToken(SECRET, { fetch }));
  assertEquals(Object.keys(error).sort(), ["code", "status"]);
});

for (
  const [what, answer] of Object.entries({
    "a 4xx that repeats it": answering(400, `no ${SECRET}, no ${SECRET}`),
    "a 5xx that repeats it": answering(500, `${SECRET}`),
    "a body in which it is cut": answering(
      500,
      "x".repeat(490) + SECRET + "x".repeat(100),
    ),
    "a body with another credential": answering(500, "ghp_secretsecret"),
    "a 5xx with a token": answering(500, '{"token":"tid=secret;exp=1"}'),
    "a 5xx with any token": answering(500, '{"token" : "a\\"secret"}'),
    "a body with fields in front of a token's tid": answering(
      500,
      "exp=1;secret=1;tid=secret a;proxy-ep=x:secret",
    ),
    "a body with a token that has no tid": answering(
      500,
      "exp=1;proxy-ep=proxy.a.com;secret=1:secret",
    ),
    "a body with a token in a JSON text": answering(
      500,
      JSON.stringify({ message: JSON.stringify({ token: "secret secret" }) }),
    ),
    "a body with a token in a query": answering(500, "?token=secret&a=b"),
    "a token that is encoded": answering(500, "?t=tid%3Dsecret%3Bexp"),
    "error details that repeat it": answering(
      403,
      JSON.stringify({ error_details: { message: SECRET, url: SECRET } }),
    ),
    "half a token": answering(200, '{"token":"tid=secret'),
    "a fetch that throws it": () =>
      Promise.reject(new TypeError(`bad header: Bearer ${SECRET}`)),
    "a fetch that throws it as a text": () => Promise.reject(SECRET),
    "a fetch that throws it deep down": () =>
      Promise.reject(
        new Error("a", { cause: new Error("b", { cause: new Error(SECRET) }) }),
      ),
    "a fetch that throws it beside the message": () =>
      Promise.reject(
        Object.assign(new Error("a"), {
          code: SECRET,
          config: { headers: SECRET },
          request: { url: SECRET },
        }),
      ),
    "a fetch that throws an object": () =>
      Promise.reject({ headers: { authorization: SECRET } }),
    "a fetch that throws it as a name": () => {
      const error = new Error("a");
      error.name = SECRET;
      return Promise.reject(error);
    },
  } as Record<string, () => Response | Promise<Response>>)
) {
  test(`No secret shows after ${what}`, async () => {
    const { fetch } = stubFetch(answer);
    const error = await tokenError(() => exchangeToken(SECRET, { fetch }));
    const shown = [
      error.message,
      error.stack,
      String(error),
      JSON.stringify({ ...error }),
      inspect(error, { depth: 10, showHidden: true }),
    ].join("\n");
    assert(!shown.includes(SECRET.slice(4)), shown);
    assert(!/tid=secret|a\\?"secret/.test(shown), shown);
  });
}

test("A credential with a slip is not sent, and does not show", async () => {
  const bare = "0123456789secret";
  for (
    const slip of [
      `Bearer ${bare}`,
      `Bearer   ${bare}`,
      `"${bare}"`,
      `${bare}""`,
      `\`${bare}`,
      `token '${bare}'`,
    ]
  ) {
    const { fetch, exchanges } = stubFetch(answering(401, `no ${bare}`));
    const error = await tokenError(() => exchangeToken(slip, { fetch }));
    assertEquals([error.code, exchanges.length], ["bad_credentials", 0]);
    assertEquals(
      error.hint,
      'Set COPILOT_GITHUB_TOKEN, without quotes or "Bearer"',
    );
    assert(!inspect(error).includes("secret"), inspect(error));
  }
});

test("A credential may hold any other sign that a header can", async () => {
  const signs = Array.from(
    { length: 94 },
    (_, i) => String.fromCharCode(33 + i),
  )
    .join("").replace(/["'`]/g, "");
  const { fetch, exchanges } = stubFetch();
  await exchangeToken(signs, { fetch });
  assertEquals(exchanges[0].headers.authorization, `Bearer ${signs}`);
});

const cleaned: [said: string, shown: string][] = [
  ["no opaque one", "no *** one"],
  ["no opaque, opaque one", "no ***, *** one"],
  ["plain words: a token expired", "plain words: a token expired"],
  ["no ghu_other here", "no ***"],
  ["no GHP_OTHER, here", "no ***"],
  ["no github_pat_other_1 here", "no ***"],
  ["?t=ghu_other&b", "?t=***"],
  ["laughu_other is a word", "laughu_other is a word"],
  ["partid=5 is none", "partid=5 is none"],
  ["see tid=1;x=a b; and\nmore", "see ***"],
  ["a proxy-ep=proxy.a.com", "a ***"],
  ['{"token":"a b","x":1}', '{"***'],
  ['{"token" : "a b"}', '{"***'],
  ['{\\"token\\":\\"a b\\"}', '{\\"***'],
  ["a=b&token=c", "a=b&***"],
  ["TOKEN: c", "***"],
  ["a tid%3D1%3Bexp", "a ***"],
  [
    "see https://a.com/v2/token): closed",
    "see https://a.com/v2/token): closed",
  ],
];

for (const [said, shown] of cleaned) {
  test(`Of ${JSON.stringify(said)} an error shows ${shown}`, async () => {
    const { fetch } = stubFetch(answering(500, said));
    const { message } = await tokenError(() =>
      exchangeToken("opaque", { fetch })
    );
    assertEquals(message, `copilot token exchange: http 500: ${shown}`);
  });
}

const thrown: Record<string, [thrown: unknown, message: string]> = {
  "an object": [{}, "failed"],
  "an object with a message": [{ message: "odd" }, "odd"],
  "a symbol": [Symbol(SECRET), "failed"],
  "a number": [7, "failed"],
  "an error for a reason": [
    new Error("a", { cause: new Error("b", { cause: new Error("c") }) }),
    "a: b",
  ],
  "an error for a reason with a code alone": [
    new Error("a", { cause: Object.assign(new Error(""), { code: "B" }) }),
    "a: B",
  ],
};

for (const [what, [reason, message]] of Object.entries(thrown)) {
  test(`A fetch that throws ${what} has failed`, async () => {
    const { fetch } = stubFetch(() => Promise.reject(reason));
    const error = await tokenError(() => exchangeToken(SECRET, { fetch }));
    assertEquals(error.code, "network");
    assertEquals(error.message, `copilot token exchange: ${message}`);
    const shown = inspect(error, { depth: 10, showHidden: true });
    assert(!shown.includes(SECRET), shown);
  });
}

test("An answer that is no refusal has no hint", async () => {
  for (const status of [201, 300, 500]) {
    const { fetch } = stubFetch(answering(status));
    const error = await tokenError(() => exchangeToken(SECRET, { fetch }));
    assert(!("hint" in error));
  }
});

test("exchangeToken() asks within a turn", async () => {
  const { fetch, exchanges } = stubFetch();
  const token = exchangeToken(SECRET, { fetch });
  await null;
  assertEquals(exchanges.length, 1);
  await token;
});

test("What fetch throws is shown in short", async () => {
  const { fetch } = stubFetch(() => Promise.reject(new Error("x".repeat(1e6))));
  const { message } = await tokenError(() => exchangeToken(SECRET, { fetch }));
  assertEquals(message, `copilot token exchange: ${"x".repeat(500)}`);
});

test("Cleaning takes no time with a long body", async () => {
  for (const piece of ["x", "tid=", 'token:"', "a ", "ghu_", "\\"]) {
    const body = piece.repeat(1e6);
    const { fetch } = stubFetch(answering(500, body));
    await tokenError(() => exchangeToken(SECRET, { fetch }));
  }
});

test("A header that cannot be sent is told as what it is", async () => {
  const { fetch, exchanges } = stubFetch();
  const headers = { "a b": "c" };
  await rejectionOf(TypeError, () => exchangeToken(SECRET, { fetch, headers }));
  assertEquals(exchanges.length, 0);
});

test("A cause has no code where there is none", async () => {
  const { fetch } = stubFetch(() => Promise.reject(new Error("a")));
  const { cause } = await tokenError(() => exchangeToken(SECRET, { fetch }));
  assertEquals(Object.keys(cause as Error), []);
});

test("A cause keeps the code that says why", async () => {
  const refused = Object.assign(new Error("connect"), { code: "ECONNREFUSED" });
  for (const thrown of [refused, new TypeError("a", { cause: refused })]) {
    const { fetch } = stubFetch(() => Promise.reject(thrown));
    const error = await tokenError(() => exchangeToken(SECRET, { fetch }));
    const { message, code } = error.cause as Error & { code: string };
    assertEquals(error.message, `copilot token exchange: ${message}`);
    assertEquals(code, "ECONNREFUSED");
  }
});

// ── how it is ended ───────────────────────────────────────────────────────

test("An exchange that takes too long is a timeout, and is cancelled", async () => {
  const { fetch, exchanges } = stubFetch(() => new Promise(() => {}));
  const error = await tokenError(() =>
    exchangeToken(SECRET, { fetch, exchangeTimeout: 5 })
  );
  assertEquals(error.code, "timeout");
  assertEquals(error.status, undefined);
  assertEquals(
    error.message,
    "copilot token exchange: no answer in time",
  );
  assertEquals(exchanges[0].signal?.aborted, true);
});

test("The time limit includes the body", async () => {
  const { fetch } = stubFetch(() =>
    new Response(new ReadableStream({ pull: () => new Promise(() => {}) }))
  );
  const { code } = await tokenError(() =>
    exchangeToken(SECRET, { fetch, exchangeTimeout: 5 })
  );
  assertEquals(code, "timeout");
});

test("No time limit is too long for a timer", async () => {
  for (const exchangeTimeout of [Infinity, 1e12]) {
    const { fetch } = stubFetch(async () => {
      await new Promise((resolve) => setTimeout(resolve, 10));
      return tokenResponse();
    });
    await exchangeToken(SECRET, { fetch, exchangeTimeout });
  }
});

test("An aborted signal sends nothing", async () => {
  const { fetch, exchanges } = stubFetch();
  const reason = new Error("enough");
  const error = await rejection(() =>
    exchangeToken(SECRET, { fetch, signal: AbortSignal.abort(reason) })
  );
  assertEquals(error, reason);
  assertEquals(exchanges.length, 0);
});

test("A signal that aborts ends the exchange with its own reason", async () => {
  const controller = new AbortController();
  const begun = deferred();
  const { fetch } = stubFetch(({ signal }) => {
    begun.resolve();
    return new Promise((_, reject) => {
      signal?.addEventListener("abort", () => reject(new Error("aborted")));
    });
  });
  const exchange = rejection(() =>
    exchangeToken(SECRET, { fetch, signal: controller.signal })
  );
  await begun.promise;
  const reason = { any: "thing" };
  controller.abort(reason);
  assertEquals(await exchange, reason);
});
