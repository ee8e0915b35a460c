import { assert, assertEquals } from "@std/assert";
import { after, test } from "node:test";
import { fetch, MockAgent, setGlobalDispatcher } from "undici";
import { createCopilotFetch, type FetchLike } from "../../../mod.ts";
import { createFakeCopilot } from "../../../testing/mod.ts";
import { rejection } from "../../helpers/stubs.ts";
import {
  assertHidesSecrets,
  chat,
  CREDENTIAL,
  onGlobalFetch,
} from "../../helpers/wrapped_fetch.ts";

const agents: MockAgent[] = [];
after(() => Promise.all(agents.map((agent) => agent.close())));

/** An agent that answers one exchange and one chat. */
async function createAgent(): Promise<MockAgent> {
  const agent = new MockAgent();
  agents.push(agent);
  agent.disableNetConnect();
  const fake = createFakeCopilot();
  const { value } = await fake.cache.get("ghu_any", fake);
  agent.get("https://api.github.com")
    .intercept({
      path: "/copilot_internal/v2/token",
      headers: { authorization: `Bearer ${CREDENTIAL}` },
    })
    .reply(200, { token: value });
  agent.get("https://api.individual.githubcopilot.com")
    .intercept({
      method: "POST",
      path: "/chat/completions",
      headers: { authorization: `Bearer ${value}` },
    })
    .reply(200, { choices: [] });
  return agent;
}

/** undici's own types of `fetch` are not those of the platform. */
const undiciFetch = fetch as unknown as FetchLike;

test("MockAgent as undici's global dispatcher intercepts the exchange and the request", async () => {
  const agent = await createAgent();
  setGlobalDispatcher(agent);
  const options = { ...onGlobalFetch(), fetch: undiciFetch };
  const copilot = createCopilotFetch(CREDENTIAL, options);
  const response = await copilot("/chat/completions", chat());
  assertEquals(await response.json(), { choices: [] });
  agent.assertNoPendingInterceptors();
});

test("MockAgent as the dispatcher of a call intercepts the exchange and the request", async () => {
  const agent = await createAgent();
  const options = { ...onGlobalFetch(), fetch: undiciFetch };
  const copilot = createCopilotFetch(CREDENTIAL, options);
  const init = { ...chat(), dispatcher: agent };
  const response = await copilot("/chat/completions", init);
  assertEquals(await response.json(), { choices: [] });
  agent.assertNoPendingInterceptors();
});

test("MockAgent: a request without an interceptor shows no secret", async () => {
  const agent = await createAgent();
  const options = { ...onGlobalFetch(), fetch: undiciFetch };
  const copilot = createCopilotFetch(CREDENTIAL, options);
  const init = { dispatcher: agent } as RequestInit;
  const ofRequest = await rejection(() => copilot("/models", init));
  const ofExchange = await rejection(() =>
    createCopilotFetch(CREDENTIAL, { ...options, ...onGlobalFetch() })(
      "/models",
      init,
    )
  );
  for (const error of [ofRequest, ofExchange]) {
    assert(error instanceof Error);
    assertHidesSecrets(error, createFakeCopilot());
  }
});
