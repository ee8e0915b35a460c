import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { test } from "node:test";
import { startNetwork } from "../helpers/network.ts";
import {
  asked,
  copilot,
  EXCHANGE,
  HOME,
  linesOf,
  testOverTLS,
} from "../helpers/copilot_command.ts";

test("--models is a table of id, name, vendor, context window and abilities", async () => {
  const { code, stdout } = await copilot(["--demo", "--models"]);
  assertEquals(code, 0);
  const [head, ...rows] = linesOf(stdout).map((line) => line.split(/ {2,}/));
  assertEquals(head, ["ID", "NAME", "VENDOR", "CONTEXT", "CAN"]);
  assertEquals(rows.map(([id]) => id), [
    "gpt-4.1",
    "gpt-5-mini",
    "claude-sonnet-4.5",
    "text-embedding-3-small",
  ]);
  assertEquals(rows[2].slice(2), ["Anthropic", "128k", "chat tools vision"]);
  assertEquals(rows[3].slice(2), ["OpenAI", "embeddings"]);
});

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

testOverTLS(
  "--models fits 80 columns where names are long, and keeps the ids whole",
  async () => {
    await using network = await startNetwork();
    const data = [
      model("short", "Short", "OpenAI", 128_000),
      model(
        "a-model-with-a-rather-long-id",
        "N".repeat(90),
        "V".repeat(50),
        1e6,
      ),
    ];
    network.fake.answerNextRequest(Response.json({ data }));
    const { code, stdout } = await copilot(["--models"], { network });
    assertEquals(code, 0);
    const lines = linesOf(stdout);
    for (const line of lines) assert(line.length <= 80, line);
    assertEquals(Math.max(...lines.map(({ length }) => length)), 80);
    assertEquals(lines.map((line) => line.split(/ {2,}/).at(-1)), [
      "CAN",
      "chat tools vision",
      "chat tools vision",
    ]);
    assertStringIncludes(lines[2], `${data[1].id}  `);
    assertStringIncludes(lines[2], "N…  ");
    assertStringIncludes(lines[2], "V…  ");
    assertStringIncludes(lines[2], " 1000k  ");
    assertEquals(asked(network), [EXCHANGE, `GET ${HOME}/models`]);
  },
);

testOverTLS(
  "--models takes a name that gives way for a while before the vendor does",
  async () => {
    await using network = await startNetwork();
    const data = [model("m", "N".repeat(90), "Azure OpenAI", 128_000)];
    network.fake.answerNextRequest(Response.json({ data }));
    const { stdout } = await copilot(["--models"], { network });
    assertStringIncludes(stdout, "N…  Azure OpenAI  ");
  },
);

testOverTLS(
  "--models shows what it can of a model that says little",
  async () => {
    await using network = await startNetwork();
    network.fake.answerNextRequest(Response.json({ data: [{ id: "bare" }] }));
    const { code, stdout } = await copilot(["--models"], { network });
    assertEquals([code, linesOf(stdout)[1]], [0, "bare"]);
  },
);

testOverTLS("--models --json prints the API's answer as it is", async () => {
  await using network = await startNetwork();
  const body = '{"data": [ {"id":"x"} ]}\n';
  network.fake.answerNextRequest(new Response(body));
  assertEquals(await copilot(["--models", "--json"], { network }), {
    code: 0,
    stdout: body,
    stderr: "",
  });
});

testOverTLS("--models tells in a line that an answer is no list", async () => {
  await using network = await startNetwork();
  for (const body of ["<h1>Sign in</h1>", "{}", "null"]) {
    network.fake.answerNextRequest(new Response(body));
    const { code, stdout, stderr } = await copilot(["--models"], { network });
    assertEquals([code, stdout, linesOf(stderr).length], [1, "", 1], body);
    assertStringIncludes(stderr, "copilot: Copilot's answer ");
  }
});
