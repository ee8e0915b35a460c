import { assertEquals } from "@std/assert";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  createCopilotFetch,
  parseProxyEndpoint,
  TokenCache,
} from "../../mod.ts";
import {
  MINUTE,
  SECOND,
  START,
  stubClock,
  stubFetch,
  tokenError,
} from "../helpers/stubs.ts";

/** What was given, and what the original did: see docs/comparison.md. */
interface Vector {
  name: string;
  given: {
    pat: string;
    status: number;
    body: string;
    method: string;
    url: string;
    headers: Record<string, string>;
    request: string;
  };
  seed: {
    proxyEp: string;
    exchange: Sent;
    value?: string;
    baseURL?: string;
    expiresIn: number;
    inference?: Sent;
    error?: string;
  };
}

interface Sent {
  method: string;
  url: string;
  headers: Record<string, string>;
  body?: string;
}

const vectors: Vector[] = JSON.parse(
  readFileSync(new URL("../fixtures/seed.json", import.meta.url), "utf8"),
);

/**
 * What a request to Copilot has here, and the original's did not.
 *
 * `X-GitHub-Api-Version` brings the long context windows of `/models`.
 */
function headersAdded({ pathname }: URL): Record<string, string> {
  return pathname.startsWith("/models")
    ? { "x-github-api-version": "2026-06-01" }
    : {};
}

test("tests/fixtures/seed.json has 24 vectors", () => {
  assertEquals(vectors.length, 24);
});

for (const { name, given, seed } of vectors) {
  test(`createCopilotFetch() does what the original did: ${name}`, async () => {
    using clock = stubClock();
    const body = given.body.replace(
      /\{\{now([+-]\d+)\}\}/g,
      (_, seconds) => String(START / SECOND + Number(seconds)),
    );
    const { fetch, exchanges, requests } = stubFetch(
      () => new Response(body, { status: given.status }),
      () => new Response("a response"),
    );
    const cache = new TokenCache();
    const copilot = createCopilotFetch(given.pat, { cache, fetch });
    const call = () =>
      copilot(given.url, {
        method: given.method,
        headers: given.headers,
        body: given.request || undefined,
      });

    if (seed.error === undefined) {
      assertEquals(await (await call()).text(), "a response");
    } else {
      const { message, hint } = await tokenError(call);
      assertEquals(message, seed.error + (hint ? `\n${hint}` : ""));
    }

    assertEquals(exchanges.map(sent), [seed.exchange]);
    assertEquals(requests.map(sent), expectedRequests(seed));

    if (seed.value === undefined) return;
    assertEquals(parseProxyEndpoint(seed.value) ?? "", seed.proxyEp);
    const token = await cache.get(given.pat, { fetch });
    assertEquals(token.value, seed.value);
    assertEquals(token.baseURL, seed.baseURL);
    assertEquals(token.refreshAt, START + seed.expiresIn * SECOND);

    // The token is kept until then, and no longer.
    clock.advance(seed.expiresIn * SECOND - 2 * MINUTE - 1);
    await call();
    assertEquals(exchanges.length, 1);
    clock.advance(2 * MINUTE + 1);
    await call();
    assertEquals(exchanges.length, 2);
  });
}

function expectedRequests({ inference }: Vector["seed"]): Sent[] {
  if (!inference) return [];
  const { headers, url } = inference;
  const added = headersAdded(new URL(url));
  return [{ ...inference, headers: { ...headers, ...added } }];
}

function sent(
  { method, url, headers, body }: {
    method: string;
    url: string;
    headers: Record<string, string>;
    body: unknown;
  },
): Sent {
  return typeof body === "string"
    ? { method, url, headers, body }
    : { method, url, headers };
}
