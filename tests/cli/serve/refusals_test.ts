import { assertEquals, assertStringIncludes } from "@std/assert";
import { test } from "node:test";
import { HINTS } from "../../../cli/hints.ts";
import { createCredentialSource } from "../../../cli/serve/credential_source.ts";
import {
  createFakeCopilot,
  failures,
  type FakeCopilotOptions,
} from "../../../testing/mod.ts";
import {
  postChat,
  type Served,
  startServer,
} from "../../helpers/cli_server.ts";
import { deferred } from "../../helpers/stubs.ts";

function post({ url }: Served, path: string): Promise<Response> {
  const messages = [{ role: "user", content: "Hello" }];
  const model = "claude-haiku-4.5";
  const body = JSON.stringify({ model, max_tokens: 9, messages });
  return fetch(`${url}${path}`, { method: "POST", body });
}

test("copilot-fetch --serve returns a refused credential as 403 in OpenAI's shape, with the program's hint", async () => {
  const fake = createFakeCopilot({ credentials: [] });
  await using server = await startServer({ fake });
  const response = await postChat(server, "Hello");
  const { error } = await response.json();
  assertEquals([response.status, error.code], [403, "bad_credentials"]);
  assertStringIncludes(error.message, "COPILOT_GITHUB_TOKEN");
  assertEquals(response.headers.get("x-should-retry"), "false");
});

test("copilot-fetch --serve does not quote GitHub's JSON to clients of a refused credential", async () => {
  const refusals: [status: number, options: FakeCopilotOptions][] = [
    [401, { credentials: [] }],
    [403, { subscription: false }],
  ];
  for (const [status, options] of refusals) {
    const fake = createFakeCopilot(options);
    await using server = await startServer({ fake });
    const { error } = await (await postChat(server, "Hello")).json();
    assertEquals(/[{}]|token exchange/.test(error.message), false);
    const source = "in COPILOT_GITHUB_TOKEN";
    const reason = HINTS.refusedByGitHub(source, `${status}`);
    assertStringIncludes(error.message, reason);
  }
});

test("copilot-fetch --serve returns a refused credential as 403 in Anthropic's shape at /v1/messages", async () => {
  const fake = createFakeCopilot({ subscription: false });
  await using server = await startServer({ fake });
  for (const path of ["/v1/messages", "/messages/count_tokens"]) {
    const response = await post(server, path);
    const { type, error } = await response.json();
    assertEquals([response.status, type, error.type, error.code], [
      403,
      "error",
      "permission_error",
      "no_access",
    ]);
    assertStringIncludes(error.message, "No access to GitHub Copilot found");
  }
});

test("copilot-fetch --serve makes one exchange for a refused credential, however often a client retries", async () => {
  const fake = createFakeCopilot({ credentials: [] });
  await using server = await startServer({ fake });
  for (let attempt = 0; attempt < 5; attempt++) {
    const { status, headers, body } = await postChat(server, "Hello");
    await body?.cancel();
    assertEquals([status, headers.get("retry-after")], [403, null]);
  }
  assertEquals(fake.exchanges.length, 1);
});

test("copilot-fetch --serve names no delay to clients where a retry does not help, as they would wait for its end", async () => {
  const fake = createFakeCopilot({ subscription: false });
  await using server = await startServer({ fake });
  // The second error is a remembered one, which has a delay.
  await (await postChat(server, "Hello")).body?.cancel();
  const response = await postChat(server, "Hello");
  const { error } = await response.json();
  assertEquals(response.headers.get("retry-after"), null);
  assertEquals(/try again/i.test(error.message), false);
});

test("copilot-fetch --serve --direct returns Copilot's 401 as 403 with a hint", async () => {
  const fake = createFakeCopilot({ credentials: [] });
  const args = ["--serve=0", "--direct"];
  const env = { COPILOT_GITHUB_TOKEN: "ghs_expired" };
  await using server = await startServer({ fake, env }, args);
  const response = await post(server, "/v1/messages");
  const { error } = await response.json();
  assertEquals([response.status, error.type], [403, "permission_error"]);
  assertStringIncludes(error.message, "COPILOT_GITHUB_TOKEN");
});

test("copilot-fetch --serve passes a 401 through whose cause is the request", async () => {
  const fake = createFakeCopilot();
  fake.answerNextRequest(failures.unauthorized("connection"));
  await using server = await startServer({ fake });
  const response = await postChat(server, "Hello");
  await response.body?.cancel();
  assertEquals(response.status, 401);
});

const redirects: Record<string, HeadersInit> = {
  "to another host": { location: "https://evil.example.com/x?key=SECRET" },
  "to another path": { location: "/x?key=SECRET" },
  "to nowhere": {},
};

for (const [where, headers] of Object.entries(redirects)) {
  test(`copilot-fetch --serve returns 502 in the place of a redirect ${where}, without its location`, async () => {
    const fake = createFakeCopilot();
    fake.answerNextRequest(new Response(null, { status: 307, headers }));
    await using server = await startServer({ fake });
    const response = await postChat(server, "Hello");
    assertEquals([response.status, response.headers.get("location")], [
      502,
      null,
    ]);
    assertEquals((await response.text()).includes("SECRET"), false);
  });
}

test("copilot-fetch --serve names the causes of a failed exchange", async () => {
  const fake = createFakeCopilot();
  const cause = new Error("getaddrinfo ENOTFOUND api.github.com");
  fake.answerNextExchange(new TypeError("fetch failed", { cause }));
  await using server = await startServer({ fake });
  const response = await post(server, "/v1/messages");
  const { error } = await response.json();
  assertEquals([response.status, error.type], [503, "api_error"]);
  assertStringIncludes(error.message, "getaddrinfo ENOTFOUND");
});

test("copilot-fetch --serve looks the credential up again after a refusal, and needs no restart", async () => {
  const fake = createFakeCopilot({ credentials: ["ghu_new"] });
  let output = "ghu_old";
  let lookups = 0;
  await using server = await startServer({
    fake,
    env: {},
    run() {
      lookups++;
      return Promise.resolve({ code: 0, stdout: `${output}\n`, stderr: "" });
    },
  });
  assertEquals((await postChat(server, "Hello")).status, 403);
  assertEquals((await postChat(server, "Hello")).status, 403);
  const before = fake.exchanges.length;
  output = "ghu_new";
  const response = await postChat(server, "Hello");
  await response.text();
  assertEquals(response.status, 200);
  assertEquals([before, fake.exchanges.length], [1, 2]);
  const soFar = lookups;
  await (await postChat(server, "Hello")).text();
  assertEquals(lookups, soFar);
});

test("copilot-fetch --serve --direct looks the credential up again after Copilot's 401", async () => {
  const fake = createFakeCopilot({ credentials: ["ghs_new"] });
  let output = "ghs_old";
  const run = () =>
    Promise.resolve({ code: 0, stdout: `${output}\n`, stderr: "" });
  const args = ["--serve=0", "--direct"];
  await using server = await startServer({ fake, env: {}, run }, args);
  const refused = await post(server, "/v1/messages");
  await refused.body?.cancel();
  output = "ghs_new";
  const accepted = await post(server, "/v1/messages");
  await accepted.body?.cancel();
  assertEquals([refused.status, accepted.status], [403, 200]);
});

const OLD = { value: "ghu_old", source: "gh", domain: "github.com" };

test("createCredentialSource() looks again only after a refusal of its credential, once for many requests", async () => {
  let lookups = 0;
  const found = deferred<typeof OLD>();
  const source = createCredentialSource(OLD, () => {
    lookups++;
    return found.promise;
  });
  assertEquals((await source.get()).value, "ghu_old");
  source.reportRefusal("ghu_other");
  await source.get();
  assertEquals(lookups, 0);
  source.reportRefusal("ghu_old");
  const both = Promise.all([source.get(), source.get()]);
  found.resolve({ ...OLD, value: "ghu_new" });
  assertEquals((await both).map(({ value }) => value), ["ghu_new", "ghu_new"]);
  await source.get();
  assertEquals([lookups, source.current.value], [1, "ghu_new"]);
});

test("createCredentialSource() keeps the credential if there is no other", async () => {
  const source = createCredentialSource(
    OLD,
    () => Promise.reject(new Error("none")),
  );
  source.reportRefusal("ghu_old");
  assertEquals((await source.get()).value, "ghu_old");
});
