import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { test } from "node:test";
import {
  type Answer,
  outcomeOf,
  type Path,
  REQUESTS,
  setUp,
} from "../helpers/fake.ts";

const VERSION = { "x-github-api-version": "2026-06-01" };

function modelOf(path: Path, model: string): object {
  return { ...REQUESTS[path], model };
}

test("The fake Copilot lists models with the members that GitHub's have", async () => {
  const { send } = setUp();
  const { data } = await (await send("/models")).json();
  for (const model of data) {
    assert(model.id && model.name && model.vendor);
    assertEquals(typeof model.preview, "boolean");
    assertEquals(typeof model.model_picker_enabled, "boolean");
    assertEquals(typeof model.is_chat_default, "boolean");
    assertEquals(typeof model.is_chat_fallback, "boolean");
    assertEquals(typeof model.billing.is_premium, "boolean");
    assertEquals(typeof model.billing.multiplier, "number");
    assert(["chat", "embeddings"].includes(model.capabilities.type));
    assert(model.capabilities.limits && model.capabilities.supports);
  }
  const picked = data.filter((model: Answer) => model.model_picker_enabled);
  const isChat = ({ capabilities }: Answer) => capabilities.type === "chat";
  assertEquals(picked, data.filter(isChat));
  const defaults = data.filter((model: Answer) => model.is_chat_default);
  assertEquals(defaults.map(({ id }: Answer) => id), ["gpt-5-mini"]);
});

const REFUSED: [path: Path, model: string, code: string][] = [
  ["/chat/completions", "gpt-5.3-codex", "unsupported_api_for_model"],
  ["/chat/completions", "claude-opus-5.5", "unsupported_api_for_model"],
  ["/chat/completions", "text-embedding-3-small", "unsupported_api_for_model"],
  ["/responses", "claude-haiku-4.5", "unsupported_api_for_model"],
  ["/responses/compact", "claude-haiku-4.5", "unsupported_api_for_model"],
  ["/v1/messages", "gpt-5-mini", "unsupported_api_for_model"],
  ["/v1/messages/count_tokens", "gpt-5-mini", "unsupported_api_for_model"],
  ["/v1/messages", "gemini-3-flash", "unsupported_api_for_model"],
  ["/embeddings", "gpt-5-mini", "unsupported_api_for_model"],
  ["/chat/completions", "gpt-2", "model_not_supported"],
  ["/chat/completions", "gpt-4.1", "model_not_supported"],
  ["/v1/messages", "claude-sonnet-4.5", "model_not_supported"],
  ["/v1/messages", "claude-haiku-4-5-20251001", "model_not_supported"],
  ["/chat/completions", "kimi-k2.5", "model_not_supported"],
];

for (const [path, model, code] of REFUSED) {
  test(`The fake Copilot refuses ${model} at ${path}: ${code}`, async () => {
    const { post } = setUp();
    const response = await post(path, modelOf(path, model));
    assertEquals(await outcomeOf(response), [400, code]);
  });
}

const ACCEPTED: [path: Path, model: string][] = [
  ["/chat/completions", "gpt-5-mini"],
  ["/chat/completions", "claude-haiku-4.5"],
  ["/chat/completions", "gemini-3-flash"],
  ["/responses", "gpt-5-mini"],
  ["/responses", "gpt-5.3-codex"],
  ["/responses/compact", "gpt-5.3-codex"],
  ["/v1/messages", "claude-haiku-4.5"],
  ["/v1/messages", "claude-opus-5.5"],
  ["/v1/messages/count_tokens", "claude-opus-5.5"],
  ["/embeddings", "text-embedding-3-small"],
  ["/embeddings", "text-embedding-ada-002"],
];

for (const [path, model] of ACCEPTED) {
  test(`The fake Copilot accepts ${model} at ${path}`, async () => {
    const { post } = setUp();
    assertEquals((await post(path, modelOf(path, model))).status, 200);
  });
}

test("The fake Copilot names the date on which a model was retired", async () => {
  const { post, send } = setUp();
  const body = modelOf("/chat/completions", "gpt-4.1");
  const { error } = await (await post("/chat/completions", body)).json();
  assertStringIncludes(error.message, "2026-06-01");
  assertEquals((await send("/models/gpt-4.1")).status, 404);
});

test("The fake Copilot calls no other unknown model retired", async () => {
  const { post } = setUp();
  for (const model of ["gpt-2", "constructor", "__proto__"]) {
    const body = modelOf("/chat/completions", model);
    const { error } = await (await post("/chat/completions", body)).json();
    assertEquals(error.message.includes("retired"), false, model);
  }
});

test("The fake Copilot refuses a request without a model", async () => {
  const { post } = setUp();
  const { messages } = REQUESTS["/chat/completions"];
  const response = await post("/chat/completions", { messages });
  assertEquals(await outcomeOf(response), [400, "model_not_supported"]);
});

test("The fake Copilot answers with a model once its terms are accepted", async () => {
  const { post, send } = setUp();
  const body = modelOf("/chat/completions", "kimi-k2.5");
  const policy = "/models/kimi-k2.5/policy";
  assertEquals(await outcomeOf(await post(policy, { state: "no" })), [
    400,
    "invalid_request_body",
  ]);
  assertEquals((await post("/chat/completions", body)).status, 400);
  assertEquals((await post(policy, { state: "enabled" })).status, 200);
  assertEquals((await post("/chat/completions", body)).status, 200);
  const model = await (await send("/models/kimi-k2.5")).json();
  assertEquals(model.policy.state, "enabled");
  assertEquals((await setUp().post("/chat/completions", body)).status, 400);
});

test("The fake Copilot describes one model", async () => {
  const { send } = setUp();
  const model = await (await send("/models/claude-opus-5.5")).json();
  assertEquals(model.supported_endpoints, ["/v1/messages"]);
  const gemini = await (await send("/models/gemini-3-flash")).json();
  assertEquals("supported_endpoints" in gemini, false);
  assertEquals((await send("/models/gpt-2")).status, 404);
  assertEquals((await send("/models/gpt-5-mini/more")).status, 404);
  assertEquals((await send("/models/", { method: "DELETE" })).status, 404);
  const below = await send("/models/kimi-k2.5/policy/more", {
    method: "POST",
    body: '{"state":"enabled"}',
  });
  assertEquals(below.status, 404);
});

test("The fake Copilot lists long context windows and prices with the API version alone", async () => {
  const { send } = setUp();
  const path = "/models/gpt-5-mini";
  const plain = await (await send(path)).json();
  const versioned = await (await send(path, { headers: VERSION })).json();
  const windowOf = ({ capabilities }: Answer) =>
    capabilities.limits.max_context_window_tokens;
  assert(windowOf(versioned) > windowOf(plain));
  assertEquals(plain.billing.token_prices, undefined);
  assert(versioned.billing.token_prices.batch_size > 0);
  assert(versioned.billing.token_prices.default.output_price > 0);
});

test("The fake Copilot responds with 466 to a withdrawn API version", async () => {
  const { send } = setUp();
  const headers = { "x-github-api-version": "2025-04-01" };
  assertEquals((await send("/models", { headers })).status, 466);
  assertEquals((await send("/models/gpt-5-mini", { headers })).status, 466);
  assertEquals((await send("/models", { headers: VERSION })).status, 200);
});

test("createFakeCopilot() offers two chat models on a free plan", async () => {
  const { send, post, fake } = setUp({ plan: "free" });
  const { data } = await (await send("/models")).json();
  assertEquals(data.map(({ id }: Answer) => id), [
    "gpt-5-mini",
    "claude-haiku-4.5",
    "text-embedding-3-small",
    "text-embedding-ada-002",
  ]);
  const body = modelOf("/v1/messages", "claude-opus-5.5");
  assertEquals((await post("/v1/messages", body)).status, 400);
  fake.changePlan("individual");
  assertEquals((await post("/v1/messages", body)).status, 200);
});

test("createFakeCopilot({ models }) offers the models that it names, and no others", async () => {
  const { send, post } = setUp({
    models: [
      "gpt-6",
      "claude-opus-5.5",
      {
        id: "grok-5",
        is_chat_default: true,
        supported_endpoints: ["/responses"],
      },
    ],
  });
  const { data } = await (await send("/models")).json();
  const listed = data.map((model: Answer) => [
    model.id,
    model.vendor,
    model.supported_endpoints,
    model.is_chat_default,
  ]);
  assertEquals(listed, [
    ["gpt-6", "OpenAI", ["/chat/completions", "/responses"], false],
    ["claude-opus-5.5", "Anthropic", ["/v1/messages"], false],
    ["grok-5", "xAI", ["/responses"], true],
  ]);
  const other = modelOf("/chat/completions", "gpt-5-mini");
  assertEquals((await post("/chat/completions", other)).status, 400);
  const grok = modelOf("/responses", "grok-5");
  assertEquals((await post("/responses", grok)).status, 200);
});
