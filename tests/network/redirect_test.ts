import { assertEquals } from "@std/assert";
import { test } from "node:test";
import { createCopilotFetch, type FetchLike } from "../../mod.ts";
import { apart, stubFetch } from "../helpers/stubs.ts";

/** Sends token and body to a redirect's target, as workerd before 2025-09-01. */
function followAll(fetch: FetchLike): FetchLike {
  return async (input, init) => {
    const response = await fetch(input, init);
    const location = response.headers.get("location");
    if (!location || init?.redirect === "manual") return response;
    return await fetch(location, init);
  };
}

for (const redirect of [undefined, "follow"] as const) {
  test(`createCopilotFetch() does not let fetch follow a redirect: redirect is ${redirect}`, async () => {
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
      apart({ fetch: followAll(fetch) }),
    );
    await copilot("/models", { redirect });
    assertEquals(requests.map(({ url }) => url), [
      "https://api.individual.githubcopilot.com/models",
    ]);
  });
}
