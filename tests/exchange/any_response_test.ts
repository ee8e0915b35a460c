import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { test } from "node:test";
import { inspect } from "node:util";
import {
  CopilotTokenError,
  createCopilotFetch,
  exchangeToken,
  parseProxyEndpoint,
  TokenCache,
} from "../../mod.ts";
import { HOUR, rejection, stubClock, stubFetch } from "../helpers/stubs.ts";

fc.configureGlobal({ seed: 20261123 });

const SECRET = "ghu_0123456789abcdefghijABCDEFGHIJ";

/** An origin without user, path or anything else. */
const PLAIN_ORIGIN = /^https:\/\/[a-z\d-]+(\.[a-z\d-]+)+(:\d{1,5})?$/i;

/** Everything of an error that a program can print. */
function shown(error: unknown): string {
  const { message, stack, cause } = error as Error;
  return [
    message,
    stack,
    String(cause),
    inspect(error, { depth: 9, showHidden: true }),
    JSON.stringify({ ...(error as Error) }),
  ].join("\n");
}

/** Texts that are likely to mislead a parser. */
const field = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.webUrl(),
  fc.domain(),
  fc.stringMatching(/^(proxy\.)?[a-z.@/:?#\\ 0-9-]{0,30}$/),
);

const token = fc.oneof(
  fc.string({ unit: "binary" }),
  field.map((host) => `tid=1;proxy-ep=${host};st=dotcom:0123`),
  field.map((host) => `proxy-ep=proxy.${host}`),
);

test("createCopilotFetch() sends a request to a plain host or nowhere, whatever the token", async () => {
  await fc.assert(
    fc.asyncProperty(token, fc.jsonValue(), field, async (token, api, path) => {
      const { fetch, requests } = stubFetch(() =>
        Response.json({ token, endpoints: { api }, expires_at: 1 })
      );
      const copilot = createCopilotFetch(SECRET, {
        fetch,
        cache: new TokenCache(),
      });
      await copilot(`https://a.com/${path}`).catch((error) => {
        assert(
          error instanceof CopilotTokenError || error instanceof TypeError,
        );
      });
      for (const { url, headers } of requests) {
        const { origin } = new URL(url);
        assert(url.startsWith(origin), url);
        assert(PLAIN_ORIGIN.test(origin), url);
        assertEquals(headers.authorization, `Bearer ${token}`);
      }
    }),
    { numRuns: 2000 },
  );
});

test("parseProxyEndpoint() returns a plain origin or nothing, whatever the token", () => {
  fc.assert(
    fc.property(token, (token) => {
      const origin = parseProxyEndpoint(token);
      if (origin === undefined) return;
      assert(PLAIN_ORIGIN.test(origin), origin);
      const { username, password, pathname, host } = new URL(origin);
      assertEquals([username, password, pathname], ["", "", "/"]);
      assertEquals(
        host.replace(/:.*/, ""),
        origin.slice(8).replace(/:.*/, "").toLowerCase(),
      );
    }),
    { numRuns: 5000 },
  );
});

test("exchangeToken() returns a valid token or throws an error without a secret, whatever GitHub responds", async () => {
  const status = fc.oneof(
    { weight: 3, arbitrary: fc.constant(200) },
    fc.constantFrom(201, 206, 301, 302, 400, 401, 403, 404, 429, 500, 503),
  );
  const member = fc.oneof(
    fc.jsonValue(),
    token,
    fc.constantFrom(SECRET, -1, 1e308, 1790000000),
  );
  const answer = fc.oneof(
    fc.jsonValue().map((value) => JSON.stringify(value)),
    fc.record({
      token: member,
      expires_at: member,
      refresh_in: member,
      endpoints: fc.oneof(member, fc.record({ api: fc.oneof(member, field) })),
      error_details: fc.oneof(
        member,
        fc.record({ message: member, title: member, url: member }),
      ),
    }, { requiredKeys: [] }).map((value) => JSON.stringify(value)),
    fc.string({ unit: "binary" }),
    fc.string().map((text) => text + SECRET),
  );
  const headers = fc.dictionary(
    fc.constantFrom(
      "retry-after",
      "x-ratelimit-remaining",
      "x-ratelimit-reset",
      "date",
    ),
    fc.oneof(fc.stringMatching(/^[ -~]{0,20}$/), fc.nat().map(String)),
  );
  using _clock = stubClock();
  await fc.assert(
    fc.asyncProperty(status, answer, headers, async (status, body, headers) => {
      const { fetch, exchanges } = stubFetch(() =>
        new Response(body, { status, headers })
      );
      for (const auth of ["exchange", "direct"] as const) {
        try {
          const token = await exchangeToken(SECRET, { fetch, auth });
          const { value, baseURL, refreshAt, expiresAt } = token;
          assert(value.length > 0);
          assert(PLAIN_ORIGIN.test(baseURL), baseURL);
          assert(Date.now() <= refreshAt && refreshAt < expiresAt);
          assert(expiresAt <= Date.now() + 24 * HOUR);
        } catch (error) {
          assert(error instanceof CopilotTokenError, String(error));
          const { retryAfter } = error as CopilotTokenError;
          if (retryAfter !== undefined) {
            assert(Number.isSafeInteger(retryAfter) && retryAfter > 0);
          }
          assert(!shown(error).includes(SECRET.slice(4)), shown(error));
        }
      }
      for (const { url } of exchanges) {
        assertEquals(new URL(url).origin, "https://api.github.com");
      }
    }),
    { numRuns: 2000 },
  );
});

test("exchangeToken() shows no credential in an error, whatever its form", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: "binary", minLength: 12 }),
      async (credential) => {
        const { fetch } = stubFetch(({ headers }) =>
          new Response(`no ${headers.authorization}`, { status: 401 })
        );
        const error = await rejection(() =>
          exchangeToken(credential, { fetch })
        );
        assert(!shown(error).includes(credential.trim()), shown(error));
      },
    ),
    { numRuns: 1000 },
  );
});
