import { assertEquals } from "@std/assert";
import { test } from "node:test";
import { inspect } from "node:util";
import { type CopilotTokenError, TokenCache } from "../../mod.ts";
import { errorResponse } from "../../internal/error_response.ts";
import { answering, CREDENTIAL, errorOf } from "../helpers/failed_exchange.ts";
import { type Answer, stubFetch, tokenError } from "../helpers/stubs.ts";

/** The part of the credential and of the tokens that must not be shown. */
const SECRET = CREDENTIAL.slice(4);
const TOKEN = `tid=1;exp=2;note=${SECRET};st=x:${"0".repeat(64)}`;

const json = (value: unknown) => JSON.stringify(value);

/** Failures that repeat the credential, or a token with the same text. */
const failures: Record<string, Answer> = {
  "a 400 that repeats the credential": answering(
    400,
    json({ message: `no ${CREDENTIAL}, no ${CREDENTIAL}` }),
  ),
  "a 401 that repeats the request's headers": ({ headers }) =>
    Response.json({ message: "no", headers }, { status: 401 }),
  "a proxy's page that repeats the request's headers": ({ headers }) =>
    new Response(`<pre>${json(headers)}</pre>`, { status: 502 }),
  "a proxy's page with the credential as its title": answering(
    403,
    `<title>${CREDENTIAL}</title>`,
  ),
  "a 500 that repeats the credential in another letter case": answering(
    500,
    CREDENTIAL.toUpperCase(),
  ),
  "a 500 that repeats the credential in base64": answering(
    500,
    btoa(`user:${CREDENTIAL}`),
  ),
  "a 500 whose text is cut inside the credential": answering(
    500,
    "x".repeat(190) + CREDENTIAL,
  ),
  "a 500 with another credential": answering(500, `ghp_${SECRET}`),
  "a 500 with a token": answering(500, json({ token: TOKEN })),
  "a 500 with a token in a text": answering(500, `see ${TOKEN}`),
  "a 403 that explains with the credential": answering(
    403,
    json({
      message: "no",
      error_details: {
        message: CREDENTIAL,
        url: `https://a.com/${CREDENTIAL}`,
      },
    }),
  ),
  "a 200 with half a token": answering(200, `{"token":"${TOKEN}`),
  "a 200 with a malformed token": answering(200, json({ token: `${TOKEN}\n` })),
  "a fetch that throws the credential": () =>
    Promise.reject(new TypeError(`bad header: Bearer ${CREDENTIAL}`)),
  "a fetch that throws the credential as a text": () =>
    Promise.reject(CREDENTIAL),
  "a fetch that throws the credential in a cause": () =>
    Promise.reject(new Error("a", { cause: new Error(CREDENTIAL) })),
  "a fetch that throws the credential in a cause of a cause": () =>
    Promise.reject(
      new Error("a", {
        cause: new Error("b", { cause: new Error(CREDENTIAL) }),
      }),
    ),
  "a fetch that throws the credential in its members": () =>
    Promise.reject(
      Object.assign(new Error("a"), {
        code: CREDENTIAL,
        name: CREDENTIAL,
        config: { headers: CREDENTIAL },
        request: { url: CREDENTIAL },
      }),
    ),
  "a fetch that throws an object": () =>
    Promise.reject({ headers: { authorization: CREDENTIAL } }),
  "a fetch that throws the request": (call) => Promise.reject(call),
};

/** Everything of an error that a program may print. */
function printed(error: CopilotTokenError): string {
  const { cause } = error;
  return [
    error.message,
    error.hint,
    error.stack,
    String(error),
    json({ ...error }),
    json(cause),
    cause instanceof Error ? cause.stack : "",
    inspect(error, { depth: 10, showHidden: true }),
  ].join("\n");
}

for (const [what, answer] of Object.entries(failures)) {
  test(`CopilotTokenError shows no secret after ${what}`, async () => {
    const error = await errorOf(answer);
    const shown = printed(error) + await errorResponse(error).text();
    // The halves too, in case one was cut off.
    assertEquals(shown.toLowerCase().includes(SECRET.slice(0, 9)), false);
    assertEquals(shown.includes(btoa(SECRET).slice(0, 9)), false);
    assertEquals(shown.includes("0".repeat(16)), false);
  });

  test(`TokenCache.get() shows no secret during the cooldown after ${what}`, async () => {
    const { fetch, exchanges } = stubFetch(answer);
    const cache = new TokenCache();
    const attempt = () => tokenError(() => cache.get(CREDENTIAL, { fetch }));
    await attempt();
    const shown = printed(await attempt());
    assertEquals(exchanges.length, 1);
    assertEquals(shown.toLowerCase().includes(SECRET.slice(0, 9)), false);
  });
}
