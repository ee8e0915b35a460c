import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { test } from "node:test";
import { createCopilotFetch, exchangeToken } from "../../mod.ts";
import {
  createFakeCopilot,
  type FakeCopilotOptions,
} from "../../testing/mod.ts";
import {
  apart,
  deferred,
  MINUTE,
  rejection,
  rejectionOf,
  SECOND,
  settle,
  stubClock,
  tokenError,
} from "../helpers/stubs.ts";

const IDENTITY = {
  "User-Agent": "GitHubCopilotChat/0.35.0",
  "Editor-Version": "vscode/1.107.0",
  "Editor-Plugin-Version": "copilot-chat/0.35.0",
  "Copilot-Integration-Id": "vscode-chat",
};
const EXCHANGE = "https://api.github.com/copilot_internal/v2/token";
const HOST = "https://api.individual.githubcopilot.com";

const prompt = {
  model: "gpt-5-mini",
  messages: [{ role: "user", content: "Hi" }],
};

/** A fake, and a Copilot `fetch` over it. */
function setUp(options?: FakeCopilotOptions) {
  const fake = createFakeCopilot(options);
  const copilot = createCopilotFetch(
    "ghu_a",
    apart({ fetch: fake.fetch, domain: options?.domain }),
  );
  const post = (path: string, body: unknown) =>
    copilot(path, { method: "POST", body: JSON.stringify(body) });
  return { fake, copilot, post };
}

/** Headers with a token that the fake has issued. */
async function issued({ fetch }: { fetch: typeof globalThis.fetch }) {
  const { value } = await exchangeToken("ghu_a", { fetch });
  return { ...IDENTITY, Authorization: `Bearer ${value}` };
}

// ── GitHub ────────────────────────────────────────────────────────────────

test("The fake exchanges a credential as GitHub does", async () => {
  using _clock = stubClock();
  const { fetch } = createFakeCopilot({ plan: "enterprise" });
  const response = await fetch(EXCHANGE, {
    headers: { ...IDENTITY, Authorization: "Bearer ghu_a" },
  });
  const { token, expires_at, refresh_in, endpoints } = await response.json();
  assertStringIncludes(token, ";proxy-ep=proxy.enterprise.githubcopilot.com;");
  assert(/:[\da-f]{64}$/.test(token), token);
  assertEquals(expires_at, Date.now() / SECOND + 1800);
  assertEquals(refresh_in, 1500);
  assertEquals(endpoints.api, "https://api.enterprise.githubcopilot.com");
});

for (const name of Object.keys(IDENTITY)) {
  test(`The fake refuses an exchange without ${name}`, async () => {
    const { fetch } = createFakeCopilot();
    const headers = new Headers({ ...IDENTITY, Authorization: "Bearer ghu_a" });
    headers.set(name, "");
    assertEquals((await fetch(EXCHANGE, { headers })).status, 403);
  });

  test(`The fake refuses a request without ${name}`, async () => {
    const fake = createFakeCopilot();
    const headers = new Headers(await issued(fake));
    headers.set(name, "");
    const response = await fake.fetch(`${HOST}/models`, { headers });
    assertEquals(response.status, 400);
    assertStringIncludes(await response.text(), name.toLowerCase());
  });
}

const refusals: [credential: string, FakeCopilotOptions, status: number][] = [
  ["ghu_unknown", { credentials: ["ghu_a"] }, 401],
  ["ghp_classic", {}, 403],
  ["github_pat_fine", {}, 403],
  ["gho_app", { approvedApp: false }, 404],
  ["ghu_a", { subscription: false }, 403],
];

for (const [credential, options, status] of refusals) {
  test(`The fake refuses ${credential} with ${JSON.stringify(options)}: ${status}`, async () => {
    const { fetch } = createFakeCopilot(options);
    const error = await tokenError(() => exchangeToken(credential, { fetch }));
    assertEquals(error.status, status);
  });
}

test("The fake lets an OAuth app in unless it is told otherwise", async () => {
  const { fetch } = createFakeCopilot({ credentials: ["gho_app"] });
  await exchangeToken("gho_app", { fetch });
});

test("The fake knows no other path and no other method of GitHub's", async () => {
  const { fetch } = createFakeCopilot();
  const headers = { ...IDENTITY, Authorization: "Bearer ghu_a" };
  const post = await fetch(EXCHANGE, { method: "POST", headers });
  assertEquals(post.status, 404);
  const other = await fetch("https://api.github.com/user", { headers });
  assertEquals(other.status, 404);
});

// ── Copilot ───────────────────────────────────────────────────────────────

test("The fake refuses a token on a host that is not the seat's", async () => {
  const fake = createFakeCopilot({ plan: "business" });
  const headers = await issued(fake);
  const at = async (host: string) =>
    (await fake.fetch(`https://${host}/models`, { headers })).status;
  assertEquals(await at("api.business.githubcopilot.com"), 200);
  assertEquals(await at("api.individual.githubcopilot.com"), 401);
  assertEquals(await at("api.githubcopilot.com"), 401);
});

test("The fake cannot be reached at a host that is not Copilot's", async () => {
  const { fetch, requests } = createFakeCopilot();
  for (
    const url of [
      "https://api.openai.com/models",
      "https://githubcopilot.com.evil.com/models",
      "https://evil.com/api.individual.githubcopilot.com",
    ]
  ) {
    await rejectionOf(TypeError, () => fetch(url));
  }
  assertEquals(requests.length, 0);
});

test("The fake refuses a token that is unknown, expired or revoked", async () => {
  using clock = stubClock();
  const fake = createFakeCopilot({ tokenLifetime: 120 });
  const headers = await issued(fake);
  const status = async (headers: HeadersInit) => {
    const response = await fake.fetch(`${HOST}/models`, { headers });
    if (response.status === 401) {
      assertEquals(await response.text(), "unauthorized: token expired");
    }
    return response.status;
  };
  assertEquals(await status(headers), 200);
  assertEquals(await status({ ...headers, Authorization: "Bearer x" }), 401);
  assertEquals(await status({ ...headers, Authorization: "x" }), 401);
  assertEquals(await status(IDENTITY), 401);
  clock.advance(2 * MINUTE - 1);
  assertEquals(await status(headers), 200);
  clock.advance(1);
  assertEquals(await status(headers), 401);
  const fresh = await issued(fake);
  assertEquals(await status(fresh), 200);
  fake.revokeTokens();
  assertEquals(await status(fresh), 401);
});

test("The fake refuses an image that is not announced", async () => {
  const fake = createFakeCopilot();
  const headers = await issued(fake);
  const body = JSON.stringify({
    messages: [{ role: "user", content: [{ type: "image_url" }] }],
  });
  const status = async (headers: HeadersInit) =>
    (await fake.fetch(`${HOST}/chat/completions`, {
      method: "POST",
      headers,
      body,
    })).status;
  assertEquals(await status(headers), 400);
  assertEquals(
    await status({ ...headers, "Copilot-Vision-Request": "true" }),
    200,
  );
});

test("The fake refuses what is no chat, and models that it does not have", async () => {
  const { copilot, post } = setUp({ models: ["gpt-5-mini"] });
  assertEquals((await post("/chat/completions", prompt)).status, 200);
  const other = await post("/chat/completions", { ...prompt, model: "gpt-2" });
  assertEquals(other.status, 400);
  assertStringIncludes((await other.json()).error.message, "not supported");
  const text = await copilot("/chat/completions", {
    method: "POST",
    body: "Hi",
  });
  assertEquals(text.status, 400);
  assertEquals((await copilot("/chat/completions")).status, 404);
  assertEquals((await post("/completions", prompt)).status, 404);
  const { data } = await (await copilot("/models")).json();
  assertEquals(data.map(({ id }: { id: string }) => id), ["gpt-5-mini"]);
});

test("The fake's models say what each can do", async () => {
  const { copilot } = setUp();
  const { data } = await (await copilot("/models")).json();
  for (const model of data) {
    assert(model.id && model.name && model.vendor);
    assert(model.supported_endpoints.length > 0);
    assert(["chat", "embeddings"].includes(model.capabilities.type));
  }
});

test("The fake embeds a text or a list", async () => {
  const { post } = setUp();
  for (const [input, count] of [["Hi", 1], [["Hi", "you"], 2]] as const) {
    const { data } = await (await post("/embeddings", { input })).json();
    assertEquals(data.length, count);
    assertEquals(data[0].embedding[0], 2);
  }
});

/** An answer that the test knows the shape of. */
type Answer = ReturnType<typeof JSON.parse>;

/** What an answer says, in each of the shapes. */
const texts: Record<string, [body: unknown, text: (answer: Answer) => string]> =
  {
    "/chat/completions": [prompt, ({ choices }) => choices[0].message.content],
    "/responses": [{ input: "Hi" }, ({ output }) => output[0].content[0].text],
    "/v1/messages": [prompt, ({ content }) => content[0].text],
  };

for (const [path, [body, text]] of Object.entries(texts)) {
  test(`The fake's reply at ${path} is as told`, async () => {
    const { post: echo } = setUp();
    assertEquals(text(await (await echo(path, body)).json()), "You said: Hi");
    const { post: fixed } = setUp({ reply: "Four." });
    assertEquals(text(await (await fixed(path, body)).json()), "Four.");
    const { post: made } = setUp({
      reply: (request, { model }) =>
        `${new URL(request.url).pathname} ${model}`,
    });
    const sent = { model: "m", ...body as object };
    const { model } = sent;
    assertEquals(
      text(await (await made(path, sent)).json()),
      `${path} ${model}`,
    );
  });

  test(`The fake streams at ${path} as server-sent events`, async () => {
    const { post } = setUp({ reply: "One two three" });
    const response = await post(path, { ...body as object, stream: true });
    assertEquals(response.headers.get("content-type"), "text/event-stream");
    const lines = (await response.text()).trimEnd().split("\n\n");
    const ends = lines.at(-1) === "data: [DONE]";
    assertEquals(ends, path !== "/v1/messages");
    const events = lines.slice(0, ends ? -1 : undefined).map((line) =>
      JSON.parse(line.slice(line.indexOf("data: ") + 6))
    );
    const said = events.map((event) =>
      event.choices?.[0].delta.content ?? event.delta?.text ??
        (typeof event.delta === "string" ? event.delta : "")
    );
    assertEquals(said.join(""), "One two three");
    assert(said.filter((word) => word).length === 3);
  });
}

test("A stream of the fake's ends when its signal aborts", async () => {
  const { copilot } = setUp({ reply: "One two three" });
  const controller = new AbortController();
  const response = await copilot("/chat/completions", {
    method: "POST",
    body: JSON.stringify({ ...prompt, stream: true }),
    signal: controller.signal,
  });
  const reader = response.body!.getReader();
  await reader.read();
  controller.abort("enough");
  await rejection(async () => {
    while (!(await reader.read()).done);
  });
});

test("The fake answers no chat without a conversation", async () => {
  const { post } = setUp();
  for (
    const [path, body] of [
      ["/chat/completions", {}],
      ["/chat/completions", { messages: "Hi" }],
      ["/chat/completions", [1]],
      ["/responses", { input: 5 }],
      ["/v1/messages", { messages: {} }],
    ] as const
  ) {
    assertEquals((await post(path, body)).status, 400);
  }
});

test("The fake speaks https alone", async () => {
  const fake = createFakeCopilot();
  const headers = await issued(fake);
  await rejectionOf(
    TypeError,
    () => fake.fetch(`${HOST}/models`.replace("https", "http"), { headers }),
  );
  await rejectionOf(TypeError, () => fake.fetch("http://api.github.com/"));
  assertEquals(fake.requests.length, 0);
});

test("The fake knows an editor's identity from a word", async () => {
  const { fetch } = createFakeCopilot();
  const headers = { ...IDENTITY, Authorization: "Bearer ghu_a" };
  for (const name of ["User-Agent", "Editor-Version"]) {
    const response = await fetch(EXCHANGE, {
      headers: { ...headers, [name]: "x" },
    });
    assertEquals(response.status, 403);
  }
});

test("The fake's tenant may be worded as the library's", async () => {
  for (const domain of ["ACME.ghe.com", "https://acme.ghe.com/"]) {
    const { copilot, fake } = setUp({ domain });
    assertEquals((await copilot("/models")).status, 200);
    assertEquals(
      fake.requests[0].url,
      "https://copilot-api.acme.ghe.com/models",
    );
  }
});

test("The fake takes no life of a token that is none", () => {
  for (const tokenLifetime of [0, -1, NaN]) {
    try {
      createFakeCopilot({ tokenLifetime });
    } catch (error) {
      assert(error instanceof TypeError);
      continue;
    }
    throw new Error("It was taken");
  }
});

test("The fake lets no unknown credential and no account without a seat at Copilot", async () => {
  for (const options of [{ credentials: ["ghu_b"] }, { subscription: false }]) {
    const { fetch } = createFakeCopilot(options);
    const headers = {
      ...IDENTITY,
      "Copilot-Integration-Id": "copilot-developer-cli",
      Authorization: "Bearer ghu_a",
    };
    const response = await fetch(`${HOST}/models`, { headers });
    assertEquals(response.status, 401);
  }
});

test("The fake calls tools only where it is told to, and waits for a reply", async () => {
  const { post } = setUp({
    reply: (_, { model }) =>
      Promise.resolve(
        model === "tool"
          ? { toolCalls: [{ name: "add", arguments: { a: 1 } }] }
          : { text: "Hi", toolCalls: [] },
      ),
  });
  const choice = async (model: string) =>
    (await (await post("/chat/completions", { ...prompt, model })).json())
      .choices[0];
  const said = await choice("m");
  assertEquals([said.finish_reason, said.message.tool_calls], [
    "stop",
    undefined,
  ]);
  const called = await choice("tool");
  assertEquals(called.finish_reason, "tool_calls");
  assertEquals(called.message.tool_calls[0].function, {
    name: "add",
    arguments: '{"a":1}',
  });
});

// ── the script ────────────────────────────────────────────────────────────

test("The next exchange and the next request can be scripted", async () => {
  const { fake, copilot } = setUp();
  fake.answerNextExchange(new Response("down", { status: 503 }));
  fake.answerNextExchange(new TypeError("network"));
  assertEquals(
    (await tokenError(() => copilot("/models"))).code,
    "unavailable",
  );
  assertEquals((await tokenError(() => copilot("/models"))).code, "network");
  fake.answerNextRequest(new Response("slow down", { status: 429 }));
  assertEquals((await copilot("/models")).status, 429);
  fake.answerNextRequest(({ url }) => Promise.resolve(new Response(url)));
  assertEquals(await (await copilot("/x")).text(), `${HOST}/x`);
  fake.answerNextRequest(() => new Error("reset"));
  assertEquals(
    (await rejectionOf(Error, () => copilot("/x"))).message,
    "reset",
  );
  assertEquals((await copilot("/models")).status, 200);
});

test("A scripted answer that never comes ends with the signal", async () => {
  const { fake, copilot } = setUp();
  fake.answerNextRequest(() => new Promise(() => {}));
  const controller = new AbortController();
  const call = rejection(() => copilot("/x", { signal: controller.signal }));
  setTimeout(() => controller.abort("enough"), 0);
  assertEquals(await call, "enough");
});

test("A scripted answer that is nothing is the service's own, later", async () => {
  const { fake, copilot } = setUp();
  const gate = deferred();
  fake.answerNextExchange(() => gate.promise);
  const call = copilot("/models");
  await settle();
  assertEquals(fake.requests.length, 0);
  gate.resolve();
  assertEquals((await call).status, 200);
});

test("revokeTokens() makes the next call exchange anew", async () => {
  const { fake, copilot } = setUp();
  await copilot("/models");
  fake.revokeTokens();
  assertEquals((await copilot("/models")).status, 200);
  assertEquals([fake.exchanges.length, fake.requests.length], [2, 3]);
});

test("The fake keeps what it was sent, unread", async () => {
  const { fake, post } = setUp();
  await post("/chat/completions", prompt);
  assertEquals(fake.exchanges.length, 1);
  assertEquals(fake.exchanges[0].headers.get("authorization"), "Bearer ghu_a");
  const [request] = fake.requests;
  assertEquals(request.url, `${HOST}/chat/completions`);
  assertEquals(request.headers.get("x-initiator"), "user");
  assertEquals(await request.json(), prompt);
});
