import { assertEquals, assertStringIncludes } from "@std/assert";
import { test } from "node:test";
import {
  refusedBetas,
  removeBetas,
  removeFields,
} from "../../../cli/serve/refused_features.ts";
import { createFakeCopilot } from "../../../testing/mod.ts";
import { type Served, startServer } from "../../helpers/cli_server.ts";

const KNOWN = "interleaved-thinking-2025-05-14";

/** Refusals, and which of the values "a-1", "b-2" and "b-2.5" they name. */
const REFUSALS: [message: string, betas: string[]][] = [
  ["unsupported beta header(s): a-1, b-2", ["a-1", "b-2"]],
  ['{"error":{"message":"unsupported beta header(s): b-2"}}', ["b-2"]],
  ["Unexpected value(s) `b-2.5` for the `anthropic-beta` header", ["b-2.5"]],
  ["unsupported beta header(s): c-3", []],
  ["messages: a-1 is required", []],
  ["", []],
];

test("refusedBetas() finds the request's own values in a refusal", () => {
  const headers = new Headers({ "anthropic-beta": "a-1, b-2,b-2.5" });
  for (const [message, betas] of REFUSALS) {
    assertEquals(refusedBetas(message, headers), betas, message);
  }
});

test("removeBetas() removes values, and the header with the last of them", () => {
  const headers = new Headers({ "anthropic-beta": "a, b,c" });
  removeBetas(headers, ["b"]);
  assertEquals(headers.get("anthropic-beta"), "a,c");
  removeBetas(headers, ["a", "c"]);
  assertEquals(headers.get("anthropic-beta"), null);
});

/** Bodies, a field that is refused, and what is left. */
const FIELDS: [body: unknown, field: string, left: unknown][] = [
  [{ a: 1, b: 2 }, "b", { a: 1 }],
  [{ a: { b: 1, c: 2 } }, "a.b", { a: { c: 2 } }],
  [{ tools: [{ strict: true, name: "t" }] }, "tools.0.custom.strict", {
    tools: [{ name: "t" }],
  }],
  [{ a: 1 }, "b", undefined],
  [{ a: 1 }, "a.b", undefined],
  [{ a: 1 }, "__proto__", undefined],
  [{ a: 1 }, "constructor.prototype", undefined],
  [[], "a", undefined],
  [null, "a", undefined],
];

test("removeFields() removes fields by their path, and no others", () => {
  for (const [body, field, left] of FIELDS) {
    const json = removeFields(JSON.stringify(body), [field]);
    assertEquals(json === undefined ? json : JSON.parse(json), left, field);
  }
});

/** Sends a message with these betas and fields. */
async function send(
  { url }: Served,
  beta: string,
  fields = {},
  path = "/v1/messages",
): Promise<number> {
  const response = await fetch(`${url}${path}`, {
    method: "POST",
    headers: { "anthropic-beta": beta, "content-type": "application/json" },
    body: JSON.stringify({
      model: "claude-haiku-4.5",
      ...path === "/v1/messages" ? { max_tokens: 9 } : {},
      messages: [{ role: "user", content: "Hello" }],
      ...fields,
    }),
  });
  await response.text();
  return response.status;
}

function betasSent({ fake }: Served): (string | null)[] {
  return fake.requests.map(({ headers }) => headers.get("anthropic-beta"));
}

test("copilot-fetch --serve repeats a request once without the beta values that Copilot refuses, names and remembers them", async () => {
  await using server = await startServer({}, ["--serve=0", "-q"]);
  const betas = `new-1,${KNOWN},new-2`;
  assertEquals(await send(server, betas), 200);
  assertEquals(betasSent(server), [betas, KNOWN]);
  const { stderr } = server.program.outcome;
  for (const name of ["new-1", "new-2", "/v1/messages", "claude-haiku-4.5"]) {
    assertStringIncludes(stderr, name);
  }
  assertEquals(stderr.includes(KNOWN), false);
  assertEquals(await send(server, betas), 200);
  assertEquals(betasSent(server).slice(2), [KNOWN]);
});

test("copilot-fetch --serve remembers refused beta values by endpoint and model", async () => {
  await using server = await startServer();
  await send(server, "new-1");
  await send(server, "new-1", {}, "/v1/messages/count_tokens");
  await send(server, "new-1", { model: "claude-opus-5.5" });
  const none = null;
  const expected = ["new-1", none, "new-1", none, "new-1", none];
  assertEquals(betasSent(server), expected);
});

test("copilot-fetch --serve returns a second refusal of beta values", async () => {
  const fake = createFakeCopilot();
  const refusal = (beta: string) =>
    Response.json(
      { error: { message: `unsupported beta header(s): ${beta}` } },
      { status: 400 },
    );
  fake.answerNextRequest(refusal("a"));
  fake.answerNextRequest(refusal("b"));
  await using server = await startServer({ fake });
  assertEquals(await send(server, "a,b"), 400);
  assertEquals(betasSent(server), ["a,b", "b"]);
});

test("copilot-fetch --serve returns a refusal whole if it names no feature", async () => {
  const fake = createFakeCopilot();
  const headers = { "content-type": "application/json", "x-request-id": "7" };
  const body = '{"error":{"message":"bad"}}';
  fake.answerNextRequest(new Response(body, { status: 400, headers }));
  await using server = await startServer({ fake });
  const init = { method: "POST", body: "{}" };
  const response = await fetch(`${server.url}/v1/messages`, init);
  assertEquals([response.status, await response.text()], [400, body]);
  assertEquals(response.headers.get("x-request-id"), "7");
  assertEquals(fake.requests.length, 1);
});

test("copilot-fetch --serve leaves body fields that Copilot refuses", async () => {
  await using server = await startServer();
  assertEquals(await send(server, "", { speed: "fast" }), 400);
  assertEquals(server.fake.requests.length, 1);
});

test("copilot-fetch --serve --adapt removes body fields that Copilot refuses, names and remembers them", async () => {
  await using server = await startServer({}, ["--serve=0", "--adapt"]);
  const fields = { speed: "fast", mode: 1 };
  assertEquals(await send(server, "new-1", fields), 200);
  assertEquals(server.fake.requests.length, 4);
  for (const name of ["speed", "mode"]) {
    assertStringIncludes(server.program.outcome.stderr, name);
  }
  assertEquals(await send(server, "new-1", fields), 200);
  assertEquals(server.fake.requests.length, 5);
});

test("copilot-fetch --serve --strict repeats no request", async () => {
  await using server = await startServer({}, ["--serve=0", "--strict"]);
  assertEquals(await send(server, "new-1"), 400);
  assertEquals(betasSent(server), ["new-1"]);
});
