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

test("copilot-fetch --models prints id, name, vendor, context and capabilities", async () => {
  const embedding = {
    id: "embed",
    name: "Embed",
    vendor: "OpenAI",
    capabilities: { type: "embeddings" },
  };
  const lines = await tableOf([
    model("opus", "Opus", "Anthropic", 128_000),
    embedding,
  ]);
  assertEquals(lines.map((line) => line.split(/ {2,}/)), [
    ["ID", "NAME", "VENDOR", "CONTEXT", "CAPABILITIES"],
    ["opus", "Opus", "Anthropic", "128k", "chat tools vision"],
    ["embed", "Embed", "OpenAI", "embeddings"],
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
  model("short", "Short", "OpenAI", 128_000),
  model(LONG_ID, "N".repeat(90), "V".repeat(50), 1e6),
];

test("copilot-fetch --models shortens names and vendors to 80 columns, never ids", async () => {
  const lines = await tableOf(LONG);
  assertEquals(Math.max(...lines.map(({ length }) => length)), 80);
  for (const part of [`${LONG_ID}  `, "N…  ", "V…  ", " 1000k  "]) {
    assertStringIncludes(lines[2], part);
  }
});

test("copilot-fetch --models takes the width of the terminal", async () => {
  const widest = (lines: string[]) =>
    Math.max(...lines.map(({ length }) => length));
  assertEquals(widest(await tableOf(LONG, 100)), 100);
  assertStringIncludes((await tableOf(LONG, 300))[2], "N".repeat(90));
});

test("copilot-fetch --models shortens the name before the vendor", async () => {
  const data = [model("m", "N".repeat(90), "Azure OpenAI", 128_000)];
  assertStringIncludes((await tableOf(data))[1], "N…  Azure OpenAI  ");
});

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
