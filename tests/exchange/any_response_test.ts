import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import process from "node:process";
import { test } from "node:test";
import { inspect } from "node:util";
import {
  CopilotTokenError,
  createCopilotFetch,
  exchangeToken,
  parseProxyEndpoint,
  TokenCache,
} from "../../mod.ts";
import {
  deferred,
  HOUR,
  rejection,
  settle,
  stubClock,
  stubFetch,
} from "../helpers/stubs.ts";

fc.configureGlobal({ seed: 20261123 });

const SECRET = "ghu_0123456789abcdefghijABCDEFGHIJ";

/** What may stand in a URL between `https://` and the path. */
const CLEAN_HOST = /^https:\/\/[a-z\d-]+(\.[a-z\d-]+)+(:\d{1,5})?$/i;

const unhandled: unknown[] = [];
process.on("unhandledRejection", (reason) => unhandled.push(reason));

/** Everything of an error that anybody can see. */
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

/** Texts that are more likely than others to mislead. */
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

test("Whatever the token is, the request goes to a clean host or nowhere", async () => {
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
        assert(CLEAN_HOST.test(origin), url);
        assertEquals(headers.authorization, `Bearer ${token}`);
      }
    }),
    { numRuns: 2000 },
  );
});

test("parseProxyEndpoint() gives a clean origin or nothing", () => {
  fc.assert(
    fc.property(token, (token) => {
      const origin = parseProxyEndpoint(token);
      if (origin === undefined) return;
      assert(CLEAN_HOST.test(origin), origin);
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

test("Whatever GitHub answers, there is a token or an error without a secret", async () => {
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
          assert(CLEAN_HOST.test(baseURL), baseURL);
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

/** One thing that may happen next. */
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("call" as const),
      credential: fc.constantFrom("ghu_a", "ghu_b"),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("abort" as const),
      which: fc.nat(),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("answer" as const),
      which: fc.nat(),
      how: fc.constantFrom(
        "token",
        "short token",
        "refused",
        "down",
        "limited",
        "reset",
        "nonsense",
      ),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("clock" as const),
      by: fc.oneof(
        fc.integer({ min: -2 * HOUR, max: 2 * HOUR }),
        fc.constantFrom(1, 30_000, 1_380_000, 1_500_000, 1_800_000),
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("revoke" as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("breathe" as const),
      turns: fc.nat({ max: 12 }),
    }),
  },
);

test("Whatever happens in whichever order, the promises of the cache hold", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      using clock = stubClock();
      const issued = new Map<string, string>();
      const revoked = new Set<string>();
      const pending: {
        settle: (how: string) => void;
      }[] = [];
      const underWay = new Map<string, number>();
      let serial = 0;

      async function github(credential: string, signal?: AbortSignal | null) {
        const count = (underWay.get(credential) ?? 0) + 1;
        underWay.set(credential, count);
        assertEquals(count, 1, "two exchanges of one entry are under way");
        const { promise, resolve, reject } = deferred<string>();
        pending.push({ settle: resolve });
        signal?.addEventListener("abort", () => reject(signal.reason));
        try {
          const how = await promise;
          if (how === "reset") throw new TypeError("reset");
          return answer(credential, how);
        } finally {
          underWay.set(credential, 0);
        }
      }

      function answer(credential: string, how: string): Response {
        switch (how) {
          case "refused":
            return new Response("", { status: 401 });
          case "down":
            return new Response("", { status: 503 });
          case "limited":
            return new Response("", {
              status: 429,
              headers: { "retry-after": "90" },
            });
          case "nonsense":
            return new Response("<html>");
        }
        const token = `tid=${++serial};proxy-ep=proxy.a.githubcopilot.com`;
        issued.set(token, credential);
        const life = how === "token" ? 1800 : 120;
        return Response.json({ token, expires_at: Date.now() / 1000 + life });
      }

      const cache = new TokenCache();
      const stub = stubFetch(
        ({ headers, signal }) =>
          github(headers.authorization.slice("Bearer ".length), signal),
        ({ headers }) => {
          const bearer = headers.authorization.slice("Bearer ".length);
          assert(issued.has(bearer), `${bearer} was never issued`);
          return new Response("", { status: revoked.has(bearer) ? 401 : 200 });
        },
      );
      const calls: {
        abort: () => void;
        done: Promise<unknown>;
      }[] = [];

      for (const step of steps) {
        switch (step.do) {
          case "call": {
            const controller = new AbortController();
            const copilot = createCopilotFetch(step.credential, {
              fetch: stub.fetch,
              cache,
            });
            const call = copilot("/x", { signal: controller.signal });
            const done = call.catch((error) => {
              assert(
                error instanceof CopilotTokenError || error === "aborted",
                String(error),
              );
            });
            calls.push({ abort: () => controller.abort("aborted"), done });
            break;
          }
          case "abort":
            calls[step.which % calls.length]?.abort();
            break;
          case "answer":
            pending.splice(step.which % pending.length, 1)[0]
              ?.settle(step.how);
            break;
          case "clock":
            clock.advance(step.by);
            break;
          case "revoke":
            for (const token of issued.keys()) revoked.add(token);
            break;
          case "breathe":
            for (let turn = 0; turn < step.turns; turn++) {
              await Promise.resolve();
            }
        }
      }
      // In the end GitHub answers everything, and everyone is served.
      let done = false;
      const all = Promise.all(calls.map(({ done }) => done)).then(() => {
        done = true;
      });
      for (let round = 0; round < 20 && !done; round++) {
        for (const { settle } of pending.splice(0)) settle("token");
        await settle();
      }
      assert(done, "a promise is not settled");
      await all;
    }),
    { numRuns: 400 },
  );
});

test("Nothing rejected unhandled", async () => {
  await settle();
  assertEquals(unhandled, []);
});

test("A credential of any kind shows in no error", async () => {
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
