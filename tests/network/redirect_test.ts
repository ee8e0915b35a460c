import { assertEquals } from "@std/assert";
import { test } from "node:test";
import { createCopilotFetch, type FetchLike } from "../../mod.ts";
import { apart, stubFetch } from "../helpers/stubs.ts";

/** Follows as workerd does before its date 2025-09-01: bearer, body and all. */
function careless(fetch: FetchLike): FetchLike {
  return async (input, init) => {
    const response = await fetch(input, init);
    const location = response.headers.get("location");
    if (!location || init?.redirect === "manual") return response;
    return await fetch(location, init);
  };
}

for (const said of [undefined, "follow"] as const) {
  test(`A careless fetch is not left to follow a redirect: redirect is ${said}`, async () => {
    const location = "https://evil.example.com/taken";
    const { fetch, requests } = stubFetch(
      undefined,
      ({ url }) =>
        url === location
          ? Response.json({})
          : new Response(null, { status: 307, headers: { location } }),
    );
    const copilot = createCopilotFetch(
      "ghu_secretsecret",
      apart({ fetch: careless(fetch) }),
    );
    await copilot("/models", { redirect: said });
    assertEquals(requests.map(({ url }) => url), [
      "https://api.individual.githubcopilot.com/models",
    ]);
  });
}
