import { assertEquals, assertStringIncludes } from "@std/assert";
import { test } from "node:test";
import { ADAPTATION_MESSAGES } from "../../../cli/serve/adapt.ts";
import { replaceString } from "../../../cli/serve/json_text.ts";
import { createModelList } from "../../../cli/serve/model_list.ts";
import { findListedId } from "../../../cli/serve/model_names.ts";
import { createFakeCopilot } from "../../../testing/mod.ts";
import { type Served, startServer } from "../../helpers/cli_server.ts";

const LISTED = [
  ...["claude-sonnet-4.5", "claude-sonnet-4", "claude-opus-5.5", "gpt-5.2"],
  ...["claude-3.5-sonnet", "gpt-4o-2024-11-20", "gpt-4o-2024-08-06", "gpt-4o"],
  ...["gpt-4-0613", "o3"],
];

/** Names of clients, and what is listed; `undefined` if nothing is replaced. */
const NAMES: [name: string, listed: string | undefined][] = [
  ["claude-sonnet-4-5-20250929", "claude-sonnet-4.5"],
  ["claude-sonnet-4-5", "claude-sonnet-4.5"],
  ["claude-sonnet-4.5-20250929", "claude-sonnet-4.5"],
  ["claude-sonnet-4-20250514", "claude-sonnet-4"],
  ["claude-opus-5-5", "claude-opus-5.5"],
  ["claude-opus-5-5@20260901", "claude-opus-5.5"],
  ["claude-3-5-sonnet-20241022", "claude-3.5-sonnet"],
  ["gpt-5-2-2025-12-11", "gpt-5.2"],
  ["o3-2025-04-16", "o3"],
  // Listed themselves.
  ["claude-sonnet-4.5", undefined],
  ["gpt-4o-2024-11-20", undefined],
  ["gpt-4-0613", undefined],
  // Several are listed.
  ["gpt-4o-2024-05-13", undefined],
  // None is.
  ["claude-sonnet-9-9", undefined],
  ["claude-sonnet-4-5-fast", undefined],
  ["", undefined],
];

test("findListedId() finds the one listed model that a name means", () => {
  for (const [name, listed] of NAMES) {
    assertEquals(findListedId(name, LISTED), listed, name);
  }
});

/** JSON with a model "a", and the same with "b". */
const REPLACED: [json: string, expected: string][] = [
  ['{"model":"a"}', '{"model":"b"}'],
  ['{ "model" :\n "a" , "n":1.0}', '{ "model" :\n "b" , "n":1.0}'],
  ['{"mod\\u0065l":"a"}', '{"mod\\u0065l":"b"}'],
  ['{"x":{"model":"a"},"model":"a"}', '{"x":{"model":"a"},"model":"b"}'],
  ['{"x":["model","a"],"model":"a"}', '{"x":["model","a"],"model":"b"}'],
  [
    '{"x":"\\"model\\":\\"a","model":"a"}',
    '{"x":"\\"model\\":\\"a","model":"b"}',
  ],
  ['{"x":"model","model":"a"}', '{"x":"model","model":"b"}'],
  ['{"x":"\\\\","model":"a"}', '{"x":"\\\\","model":"b"}'],
  ['{"model":"z","model":"a"}', '{"model":"z","model":"b"}'],
  ['{"model":1}', '{"model":1}'],
  ['["model","a"]', '["model","a"]'],
];

test("replaceString() replaces one value, and leaves the rest as it was written", () => {
  for (const [json, expected] of REPLACED) {
    assertEquals(replaceString(json, "model", "b"), expected);
    JSON.parse(expected);
  }
});

/** Asks a model, and returns the body that Copilot has received. */
async function ask({ url, fake }: Served, body: string): Promise<string> {
  const init = { method: "POST", body };
  await (await fetch(`${url}/v1/messages`, init)).text();
  return await fake.requests.at(-1)?.clone().text() ?? "";
}

const BODY =
  '{"max_tokens":9, "model": "claude-haiku-4-5-20251001", "messages":[{"role":"user","content":"claude-haiku-4-5-20251001"}]}';

test("copilot-fetch --serve replaces the name of a model by the listed one, and reports it", async () => {
  await using server = await startServer();
  assertEquals(
    await ask(server, BODY),
    BODY.replace('"claude-haiku-4-5-20251001"', '"claude-haiku-4.5"'),
  );
  const names = ["claude-haiku-4-5-20251001", "claude-haiku-4.5"] as const;
  const message = ADAPTATION_MESSAGES.modelReplaced(...names);
  assertStringIncludes(server.program.outcome.stderr, message);
});

test("copilot-fetch --serve requests the list once for many names, and not for Copilot's own", async () => {
  await using server = await startServer();
  await ask(server, BODY.replace("4-5-20251001", "4.5"));
  assertEquals(server.fake.requests.length, 1);
  await ask(server, BODY);
  await ask(server, BODY);
  const paths = server.fake.requests.map(({ url }) => new URL(url).pathname);
  const messages = "/v1/messages";
  assertEquals(paths, [messages, "/models", messages, messages]);
});

test("copilot-fetch --serve --strict leaves the name of a model", async () => {
  await using server = await startServer({}, ["--serve=0", "--strict"]);
  assertEquals(await ask(server, BODY), BODY);
  const response = await fetch(`${server.url}/v1/models`);
  assertEquals((await response.text()).includes("display_name"), false);
});

test("copilot-fetch --serve forwards an unknown model's name as it is", async () => {
  await using server = await startServer();
  const body = BODY.replace("haiku", "sonnet");
  assertEquals(await ask(server, body), body);
});

test("copilot-fetch --serve forwards a model's name if Copilot does not list models", async () => {
  const fake = createFakeCopilot();
  fake.answerNextRequest(new Response("[]", { status: 500 }));
  await using server = await startServer({ fake });
  assertEquals(await ask(server, BODY), BODY);
});

test("createModelList() requests the list again after 10 minutes, and at once after a failure", async () => {
  let now = 0;
  let requests = 0;
  let isFailing = true;
  const list = createModelList(() => {
    requests++;
    const data = [{ id: "a" }, { name: "no id" }, null];
    return Promise.resolve(
      isFailing
        ? new Response("<html>", { status: 502 })
        : Response.json({ data }),
    );
  }, () => now);
  assertEquals(await list.ids(), []);
  isFailing = false;
  assertEquals(await Promise.all([list.ids(), list.ids()]), [["a"], ["a"]]);
  now += 10 * 60_000 - 1;
  await list.ids();
  assertEquals(requests, 2);
  now += 1;
  await list.ids();
  assertEquals(requests, 3);
});

test("copilot-fetch --serve lists models with display_name, one by one too", async () => {
  await using server = await startServer();
  const list = await (await fetch(`${server.url}/v1/models`)).json();
  const listed = list.data.find(({ id }: { id: string }) =>
    id === "claude-haiku-4.5"
  );
  const url = `${server.url}/v1/models/claude-haiku-4.5`;
  const model = await (await fetch(url)).json();
  for (const { id, name, display_name } of [listed, model]) {
    assertEquals([id, name, display_name], [
      "claude-haiku-4.5",
      "Claude Haiku 4.5",
      "Claude Haiku 4.5",
    ]);
  }
});

test("copilot-fetch --serve replaces the name of a model in /models/{id}, and reports it", async () => {
  await using server = await startServer();
  const { url, program, fake } = server;
  const requested = "claude-haiku-4-5-20251001";
  const response = await fetch(`${url}/v1/models/${requested}`);
  assertEquals((await response.json()).id, "claude-haiku-4.5");
  const { pathname } = new URL(fake.requests.at(-1)?.url ?? "");
  assertEquals(pathname, "/models/claude-haiku-4.5");
  const said = ADAPTATION_MESSAGES.modelReplaced(requested, "claude-haiku-4.5");
  assertStringIncludes(program.outcome.stderr, said);
});
