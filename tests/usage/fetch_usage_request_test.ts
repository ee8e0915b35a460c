import { assert, assertEquals } from "@std/assert";
import { test } from "node:test";
import type { CopilotTokenErrorCode } from "../../mod.ts";
import { createFakeCopilot } from "../../testing/mod.ts";
import { fetchUsage, type UsageOptions } from "../../usage/mod.ts";
import { simulateTime } from "../helpers/simulated_time.ts";
import {
  type Answer,
  deferred,
  rejection,
  rejectionOf,
  stubFetch,
  tokenError,
} from "../helpers/stubs.ts";

const CREDENTIAL = "ghu_0123456789abcdef";

const identities: [credential: string, integration: string][] = [
  ["github_pat_0123456789", "copilot-developer-cli"],
  ["gho_0123456789", "vscode-chat"],
  ["ghu_0123456789", "vscode-chat"],
];

for (const [credential, integration] of identities) {
  test(`fetchUsage() sends ${credential} as ${integration}`, async () => {
    const { fetch, exchanges, requests } = stubFetch(() => Response.json({}));
    await fetchUsage(` ${credential}\n`, { fetch });
    assertEquals([exchanges.length, requests.length], [1, 0]);
    const [{ url, method, headers, init }] = exchanges;
    assertEquals([method, url], [
      "GET",
      "https://api.github.com/copilot_internal/user",
    ]);
    assertEquals(headers.authorization, `Bearer ${credential}`);
    assertEquals(headers["copilot-integration-id"], integration);
    assertEquals(init.redirect, "manual");
  });
}

test("fetchUsage() asks the tenant, with the headers of the option", async () => {
  const { fetch, exchanges } = stubFetch(() => Response.json({}));
  await fetchUsage(CREDENTIAL, {
    fetch,
    domain: "acme.ghe.com",
    headers: { "User-Agent": "tool/1" },
    auth: "exchange",
  });
  const [{ url, headers }] = exchanges;
  assertEquals(url, "https://api.acme.ghe.com/copilot_internal/user");
  assertEquals(headers["user-agent"], "tool/1");
});

test("fetchUsage() accepts a function that returns the credential", async () => {
  const { fetch, exchanges } = stubFetch(() => Response.json({}));
  await fetchUsage(() => Promise.resolve(CREDENTIAL), { fetch });
  assertEquals(exchanges[0].headers.authorization, `Bearer ${CREDENTIAL}`);
});

test("fetchUsage() works with createFakeCopilot()", async () => {
  const { fetch } = createFakeCopilot({ plan: "business" });
  const { login, plan } = await fetchUsage(CREDENTIAL, { fetch });
  assertEquals([login, plan], ["octocat", "business"]);
});

test("fetchUsage() refuses an installation token before anything is sent", async () => {
  const { fetch, exchanges } = stubFetch(() => Response.json({}));
  const error = await tokenError(() => fetchUsage("ghs_0123456789", { fetch }));
  assertEquals([error.code, error.status], ["no_access", undefined]);
  assert(error.hint?.includes("organization"), error.hint);
  assertEquals(exchanges, []);
});

test("fetchUsage() refuses a malformed credential before anything is sent", async () => {
  const { fetch, exchanges } = stubFetch(() => Response.json({}));
  for (const credential of ["", '"ghu_a"', "ghu a"]) {
    const error = await tokenError(() => fetchUsage(credential, { fetch }));
    assertEquals(error.code, "bad_credentials");
  }
  assertEquals(exchanges, []);
});

interface Refusal {
  answer: Answer;
  code: CopilotTokenErrorCode;
  status?: number;
  retryAfter?: number;
}

const refusals: Record<string, Refusal> = {
  "an unknown credential": {
    answer: () =>
      Response.json({ message: "Bad credentials" }, { status: 401 }),
    code: "bad_credentials",
    status: 401,
  },
  "a credential without access": {
    answer: () => Response.json({ message: "Not Found" }, { status: 404 }),
    code: "no_access",
    status: 404,
  },
  "a rate limit": {
    answer: () =>
      new Response("", { status: 429, headers: { "retry-after": "7" } }),
    code: "rate_limited",
    status: 429,
    retryAfter: 7,
  },
  "an outage": {
    answer: () => new Response("", { status: 503 }),
    code: "unavailable",
    status: 503,
  },
  "a redirect": {
    answer: () =>
      new Response("", { status: 302, headers: { location: "/login" } }),
    code: "invalid_response",
    status: 302,
  },
  "a page in place of JSON": {
    answer: () => new Response("<title>Sign in</title>"),
    code: "invalid_response",
    status: 200,
  },
  "a connection that fails": {
    answer: () => Promise.reject(new TypeError(`no route for ${CREDENTIAL}`)),
    code: "network",
  },
};

for (
  const [what, { answer, code, status, retryAfter }] of Object.entries(refusals)
) {
  test(`fetchUsage() reports ${what} as ${code}`, async () => {
    const { fetch } = stubFetch(answer);
    const error = await tokenError(() => fetchUsage(CREDENTIAL, { fetch }));
    assertEquals(
      [error.code, error.status, error.retryAfter],
      [code, status, retryAfter],
    );
    assert(error.hint, "without a hint");
    assert(!String(error).includes(CREDENTIAL), String(error));
  });
}

test("fetchUsage() has a hint of its own for a credential without access", async () => {
  const refuse = (body: unknown) =>
    tokenError(() =>
      fetchUsage("github_pat_0123456789", {
        fetch: stubFetch(() => Response.json(body, { status: 403 })).fetch,
      })
    );
  const message = "Resource not accessible by github_pat_0123456789";
  const bare = await refuse({ message });
  assert(bare.hint?.includes('"Copilot Requests"'), bare.hint);
  assert(!bare.hint?.includes("exchange"), bare.hint);
  assert(!bare.message.includes("0123456789"), bare.message);
  const explained = await refuse({
    message,
    error_details: { message: "Billing is locked." },
  });
  assertEquals(explained.hint, "Billing is locked.");
});

test("fetchUsage() ends a request that takes longer than exchangeTimeout", async () => {
  using time = simulateTime();
  let signal: AbortSignal | null | undefined;
  const fetch: UsageOptions["fetch"] = (_, init) => {
    signal = init?.signal;
    return new Promise(() => {});
  };
  const asked = tokenError(() =>
    fetchUsage(CREDENTIAL, { fetch, exchangeTimeout: 1234 })
  );
  await time.advance(1233);
  assertEquals(signal?.aborted, false);
  await time.advance(1);
  const { code, message } = await asked;
  assertEquals(code, "timeout");
  assert(message.includes("1234 ms"), message);
  assertEquals(signal?.aborted, true);
});

test("fetchUsage() rejects with the signal's reason, and ends the request", async () => {
  const controller = new AbortController();
  const started = deferred<AbortSignal | null | undefined>();
  const fetch: UsageOptions["fetch"] = (_, init) => {
    started.resolve(init?.signal);
    return new Promise(() => {});
  };
  const asked = rejection(() =>
    fetchUsage(CREDENTIAL, { fetch, signal: controller.signal })
  );
  const inner = await started.promise;
  const reason = new Error("stop");
  controller.abort(reason);
  assertEquals(await asked, reason);
  assertEquals(inner?.aborted, true);
});

test("fetchUsage() sends nothing if its signal has aborted", async () => {
  const { fetch, exchanges } = stubFetch(() => Response.json({}));
  const reason = new Error("stop");
  const signal = AbortSignal.abort(reason);
  const asked = () => fetchUsage(CREDENTIAL, { fetch, signal });
  assertEquals(await rejection(asked), reason);
  assertEquals(exchanges, []);
});

test("fetchUsage() rejects an invalid option", async () => {
  const error = await rejectionOf(
    TypeError,
    () => fetchUsage(CREDENTIAL, { domain: "example.com" }),
  );
  assert(error.message.includes("'domain'"), error.message);
});
