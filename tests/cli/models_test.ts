import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { test } from "node:test";
import { MODEL_LIST_MESSAGES } from "../../cli/model_list.ts";
import { RESPONSE_MESSAGES } from "../../cli/response.ts";
import { createFakeCopilot } from "../../testing/mod.ts";
import { commandLine, requestsTo, runMain } from "../helpers/fake_io.ts";

/** A model as Copilot lists it. */
function model(id: string, name: string, vendor: string, tokens?: number) {
  return {
    id,
    name,
    vendor,
    capabilities: {
      type: "chat",
      limits: { max_context_window_tokens: tokens },
      supports: { tool_calls: true, vision: true },
    },
  };
}

/** The lines of the table for a list of models. */
async function tableOf(data: unknown[], columns?: number): Promise<string[]> {
  const fake = createFakeCopilot();
  fake.answerNextRequest(Response.json({ data }));
  const { code, stdout, stderr } = await runMain(["--models"], {
    fake,
    columns,
  });
  assertEquals([code, stderr], [0, ""]);
  return stdout.trimEnd().split("\n");
}

test("copilot-fetch --models prints what is known of a model", async () => {
  const opus = {
    ...model("opus", "Opus", "Anthropic", 128_000),
    supported_endpoints: [
      ...["/chat/completions", "/responses", "/v1/messages", "/other"],
    ],
    policy: { state: "disabled" },
    billing: {
      multiplier: 0.33,
      token_prices: {
        batch_size: 500_000,
        default: { input_price: 125_000_000, output_price: 1e9 },
      },
    },
  };
  const embedding = {
    id: "embed",
    name: "Embed",
    vendor: "OpenAI",
    supported_endpoints: ["/embeddings"],
    capabilities: { type: "embeddings" },
    billing: { multiplier: 0, token_prices: { batch_size: 0 } },
  };
  const thinking = { supports: { reasoning_effort: ["low"] } };
  const lines = await tableOf([
    opus,
    embedding,
    { id: "bare", capabilities: thinking },
  ], 200);
  assertEquals(lines.map((line) => line.split(/ {2,}/)), [
    [
      ...["ID", "NAME", "VENDOR", "CONTEXT", "ENDPOINTS", "CAPABILITIES"],
      ...["POLICY", "PRICE"],
    ],
    [
      ...["opus", "Opus", "Anthropic", "128k"],
      ...["chat responses messages /other", "tools vision"],
      ...["disabled", "0.33x 0.25/2"],
    ],
    ["embed", "Embed", "OpenAI", "embeddings", "embeddings", "0x"],
    ["bare", "effort"],
  ]);
});

test("copilot-fetch --models lists the models of the subscription", async () => {
  const models = ["gpt-5-mini", "claude-haiku-4.5"];
  const fake = createFakeCopilot({ models });
  const { stdout } = await runMain(["--models"], { fake });
  const ids = stdout.trimEnd().split("\n").map((line) => line.split(" ")[0]);
  assertEquals(ids, ["ID", ...models]);
  assertEquals(
    requestsTo(fake).at(-1),
    "GET https://api.individual.githubcopilot.com/models",
  );
});

const LONG_ID = "a-model-with-a-rather-long-id";
const LONG = [
  {
    ...model("short", "Short", "OpenAI", 128_000),
    supported_endpoints: ["/chat/completions", "/responses", "/v1/messages"],
    policy: { state: "unconfigured" },
    billing: { multiplier: 1.25 },
  },
  model(LONG_ID, "A name", "A vendor", 1e6),
];

const widest = (lines: string[]) =>
  Math.max(...lines.map(({ length }) => length));

test("copilot-fetch --models fits 80 columns, and shortens no id, context and price", async () => {
  const lines = await tableOf(LONG, 80);
  assert(widest(lines) <= 80, lines.join("\n"));
  assertEquals(lines.map((line) => line.split(/ {2,}/)), [
    ["ID", "CONTEXT", "ENDPOINTS", "CAPABILITIES", "POLICY", "PRICE"],
    ["short", "128k", "chat respo…", "tools vision", "uncon…", "1.25x"],
    [LONG_ID, "1000k", "tools vision"],
  ]);
});

test("copilot-fetch --models shortens nothing where stdout is no terminal", async () => {
  const [heads, model] = await tableOf(LONG);
  assert(!/NAME|VENDOR/.test(heads), heads);
  assertEquals(model.split(/ {2,}/), [
    ...["short", "128k", "chat responses messages", "tools vision"],
    ...["unconfigured", "1.25x"],
  ]);
});

test("copilot-fetch --models fits the list of the fake into 80 columns", async () => {
  const { stdout } = await runMain(["--models"], { columns: 80 });
  const lines = stdout.trimEnd().split("\n");
  assert(widest(lines) <= 80, stdout);
  assertStringIncludes(lines[1], "0x 0.25/2");
});

/** The width of the terminal, and the columns for which there is room. */
const ROOM: [columns: number, shown: string[]][] = [
  [116, ["NAME", "VENDOR"]],
  [115, ["NAME"]],
  [105, []],
];

for (const [columns, shown] of ROOM) {
  test(`copilot-fetch --models shows ${shown.join(" and ") || "neither name nor vendor"} on ${columns} columns`, async () => {
    const lines = await tableOf(LONG, columns);
    const heads = lines[0].split(/ +/);
    const optional = ["NAME", "VENDOR"];
    assertEquals(optional.filter((head) => heads.includes(head)), shown);
    assert(widest(lines) <= columns);
    assertStringIncludes(lines[1], "chat responses messages");
  });
}

test("copilot-fetch --models prints a model of which only the id is known", async () => {
  assertEquals((await tableOf([{ id: "bare" }]))[1], "bare");
});

test("copilot-fetch --models makes control characters of a model visible", async () => {
  const [, line] = await tableOf([{ id: "x", name: "\x1b[2J\nx" }]);
  assert(line.startsWith("x   \\u001b[2J x"), line);
});

test("copilot-fetch --models --json prints the response of the API unchanged", async () => {
  const body = '{"data": [ {"id":"x"} ]}\n';
  const fake = createFakeCopilot();
  fake.answerNextRequest(new Response(body));
  const expected = { code: 0, stdout: body, stderr: "" };
  assertEquals(await runMain(["--models", "--json"], { fake }), expected);
});

/** Responses that are no list, and the message about each. */
const NO_LIST: [body: string, message: string][] = [
  ["<title>Sign in</title>", RESPONSE_MESSAGES.webPage("Sign in")],
  ["{}", MODEL_LIST_MESSAGES.noList("{}")],
  ["null", RESPONSE_MESSAGES.notJSON("null")],
  ["[]", RESPONSE_MESSAGES.notJSON("[]")],
  ["", RESPONSE_MESSAGES.empty],
];

for (const [body, message] of NO_LIST) {
  for (const args of [["--models"], ["Hello"], ["-m", "gpt-5", "Hello"]]) {
    test(`${commandLine(args)} exits with 1 for ${body} in place of the list of models`, async () => {
      const fake = createFakeCopilot();
      fake.answerNextRequest(new Response(body));
      const outcome = await runMain(args, { fake });
      const stderr = `copilot-fetch: ${message}\n`;
      assertEquals(outcome, { code: 1, stdout: "", stderr });
    });
  }
}
