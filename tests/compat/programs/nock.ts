import { assert, assertEquals } from "@std/assert";
import nock from "nock";
import { after, afterEach, before, test } from "node:test";
import { CopilotTokenError } from "../../../mod.ts";
import { createFakeCopilot } from "../../../testing/mod.ts";
import { rejection } from "../../helpers/stubs.ts";
import {
  assertHidesSecrets,
  chat,
  createOnGlobalFetch,
  CREDENTIAL,
} from "../../helpers/wrapped_fetch.ts";

before(() => nock.disableNetConnect());
afterEach(() => nock.cleanAll());
after(() => nock.restore());

const COPILOT = "https://api.individual.githubcopilot.com";

/** Lets one exchange happen, with a token of the fake's. */
async function interceptExchange(): Promise<string> {
  const { cache, fetch } = createFakeCopilot();
  const { value } = await cache.get("ghu_any", { fetch });
  nock("https://api.github.com", {
    reqheaders: { authorization: `Bearer ${CREDENTIAL}` },
  }).get("/copilot_internal/v2/token").reply(200, { token: value });
  return value;
}

test("nock intercepts the exchange and the requests", async () => {
  const value = await interceptExchange();
  nock(COPILOT, { reqheaders: { authorization: `Bearer ${value}` } })
    .post("/chat/completions").reply(200, { choices: [] });
  const response = await createOnGlobalFetch()("/chat/completions", chat());
  assertEquals(await response.json(), { choices: [] });
  assert(nock.isDone());
});

test("nock: an exchange without an interceptor is an error that shows no secret", async () => {
  const error = await rejection(() => createOnGlobalFetch()("/models"));
  assert(error instanceof CopilotTokenError && error.code === "network");
  assertHidesSecrets(error, createFakeCopilot());
});

test("nock: an exchange that no interceptor matches is an error that shows no secret", async () => {
  nock("https://api.github.com").get("/other").reply(200);
  const error = await rejection(() => createOnGlobalFetch()("/models"));
  // nock's response has the headers in its body, which the error quotes.
  assert(error instanceof CopilotTokenError && error.status === 501);
  assertHidesSecrets(error, createFakeCopilot());
});
