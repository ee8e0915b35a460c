import { assertEquals, assertStringIncludes } from "@std/assert";
import { test } from "node:test";
import { TokenCache } from "../../mod.ts";
import { OUTAGE_HINT, PROXY_HINT } from "../../internal/hints.ts";
import {
  answering,
  CREDENTIAL,
  errorOf,
  NO,
  PAGE,
} from "../helpers/failed_exchange.ts";
import {
  type Answer,
  MINUTE,
  stubClock,
  stubFetch,
  tokenResponse,
} from "../helpers/stubs.ts";

/** Responses of a proxy or a captive portal in GitHub's place. */
const interceptions: Record<string, Answer> = {
  "a 407": answering(407, PAGE),
  "a 407 with JSON": answering(407, NO),
  "a 408": answering(408, NO),
  "a 425": answering(425, NO),
  "a 400 with a page": answering(400, PAGE),
  "a 401 with a page": answering(401, PAGE),
  "a 401 without a body": answering(401, ""),
  "a 401 with a text": answering(401, "Unauthorized"),
  "a 402 with a page": answering(402, PAGE),
  "a 403 with a page": answering(403, PAGE),
  "a 403 with JSON of another kind": answering(403, '{"error":"blocked"}'),
  "a 403 with a list": answering(403, '[{"message":"blocked"}]'),
  "a 403 with a message that is no text": answering(403, '{"message":1}'),
  "a 404 with a page": answering(404, PAGE),
  "a 418 without a body": answering(418, ""),
  "a 451 with a page": answering(451, PAGE),
  "a redirect to a login page": answering(302, "", {
    location: "https://login.example.com",
  }),
  "a login page": answering(200, PAGE),
};

for (const [what, answer] of Object.entries(interceptions)) {
  test(`exchangeToken() takes ${what} for a proxy's response`, async () => {
    const { code, hint } = await errorOf(answer);
    const isRefusal = what.startsWith("a 4");
    assertEquals(code, isRefusal ? "unavailable" : "invalid_response");
    assertEquals(hint, PROXY_HINT);
  });

  test(`TokenCache.get() returns the valid token after ${what}`, async () => {
    using clock = stubClock();
    let isIntercepted = false;
    const { fetch, exchanges } = stubFetch((call) =>
      isIntercepted ? answer(call) : tokenResponse({ refresh_in: 1500 })
    );
    const cache = new TokenCache();
    const token = await cache.get(CREDENTIAL, { fetch });
    isIntercepted = true;
    clock.advance(27 * MINUTE);
    assertEquals(await cache.get(CREDENTIAL, { fetch }), token);
    assertEquals(exchanges.length, 2);
  });
}

test("The hint for a proxy's response names the proxy", () => {
  assertStringIncludes(PROXY_HINT, "proxy");
});

for (const body of [PAGE, NO, ""]) {
  test(`exchangeToken() takes a 503 with ${body || "no body"} for an outage`, async () => {
    assertEquals((await errorOf(answering(503, body))).hint, OUTAGE_HINT);
  });
}
