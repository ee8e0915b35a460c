import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { test } from "node:test";
import { ARGUMENT_MESSAGES } from "../../cli/arguments.ts";
import { MODEL_MESSAGES } from "../../cli/model_choice.ts";
import { createFakeCopilot, type FakeModel } from "../../testing/mod.ts";
import {
  commandLine,
  lastBody,
  requestsTo,
  runMain,
  SECRET,
  startMain,
} from "../helpers/fake_io.ts";

/** Models of which the last is the default, and what one of them differs in. */
function models(changes: Record<string, Partial<FakeModel>> = {}): FakeModel[] {
  const all: FakeModel[] = [
    { id: "hidden", model_picker_enabled: false },
    { id: "text-embedding-3-small" },
    { id: "gpt-first", is_chat_default: false, is_chat_fallback: false },
    { id: "gpt-fallback", is_chat_fallback: true },
    { id: "gpt-default", is_chat_default: true },
  ];
  return all.map((model) => ({ ...model, ...changes[model.id] }));
}

const NOT_ACCEPTED = { policy: { state: "disabled" } } as const;
const NO_DEFAULT = { is_chat_default: false };
const NO_FALLBACK = { is_chat_fallback: false };

/** What the list differs in, and the model that is asked without `-m`. */
const DEFAULTS: [
  what: string,
  changes: Record<string, Partial<FakeModel>>,
  asked: string,
][] = [
  ["the default", {}, "gpt-default"],
  [
    "the fallback if there is no default",
    { "gpt-default": NO_DEFAULT },
    "gpt-fallback",
  ],
  [
    "the fallback if the policy of the default is not accepted",
    { "gpt-default": NOT_ACCEPTED },
    "gpt-fallback",
  ],
  [
    "the fallback if the default answers at no known endpoint",
    { "gpt-default": { supported_endpoints: ["/other"] } },
    "gpt-fallback",
  ],
  [
    "the first chat model of the picker if there is neither",
    { "gpt-default": NO_DEFAULT, "gpt-fallback": NO_FALLBACK },
    "gpt-first",
  ],
];

for (const [what, changes, asked] of DEFAULTS) {
  test(`copilot-fetch asks ${what}`, async () => {
    const fake = createFakeCopilot({ models: models(changes) });
    const { code, stderr } = await runMain(["Hello"], { fake });
    assertEquals([code, stderr], [0, ""]);
    assertEquals((await lastBody(fake)).model, asked);
  });
}

test("copilot-fetch asks the first model of a list that has nothing but ids", async () => {
  const fake = createFakeCopilot();
  const data = [null, {}, { id: "" }, { id: "gpt-5-mini" }, { id: "x" }];
  fake.answerNextRequest(Response.json({ data }));
  assertEquals((await runMain(["Hello"], { fake })).code, 0);
  assertEquals((await lastBody(fake)).model, "gpt-5-mini");
});

for (const data of [[], [{ id: "a", capabilities: { type: "embeddings" } }]]) {
  for (const args of [["Hello"], ["-m", "b", "Hello"]]) {
    test(`${commandLine(args)} exits with 1 if the list of models is ${JSON.stringify(data)}`, async () => {
      const fake = createFakeCopilot();
      fake.answerNextRequest(Response.json({ data }));
      const stderr = `copilot-fetch: ${MODEL_MESSAGES.noModel}\n`;
      const expected = { code: 1, stdout: "", stderr };
      assertEquals(await runMain(args, { fake }), expected);
    });
  }
}

test("copilot-fetch exits with 1 and the status if the list of models is refused", async () => {
  for (const args of [["Hello"], ["-m", "gpt-5-mini", "Hello"]]) {
    const fake = createFakeCopilot();
    const page = "<html>\n<title>Access denied</title>\n".padEnd(5000);
    fake.answerNextRequest(new Response(page, { status: 403 }));
    const { code, stdout, stderr } = await runMain(args, { fake });
    assertEquals([code, stdout], [1, ""]);
    assert(/^copilot-fetch: .*403: Access denied\n$/.test(stderr), stderr);
  }
});

/** Arguments and `COPILOT_MODEL`, and the model that is asked. */
const ASKED: [args: string[], COPILOT_MODEL: string, model: string][] = [
  [["--model", "claude-haiku-4.5"], "gpt-5-mini", "claude-haiku-4.5"],
  [["-m", "claude-haiku-4.5"], "gpt-5-mini", "claude-haiku-4.5"],
  [[], "claude-haiku-4.5", "claude-haiku-4.5"],
  [[], "", "gpt-5-mini"],
  [["-m", "haiku"], "", "claude-haiku-4.5"],
  [["-m", "OPUS"], "", "claude-opus-5.5"],
  [[], "flash", "gemini-3-flash"],
  [["Hello"], " ", "gpt-5-mini"],
  [["Hello"], " claude-haiku-4.5 ", "claude-haiku-4.5"],
  [["-m", " claude-haiku-4.5 ", "Hello"], "", "claude-haiku-4.5"],
];

for (const [args, COPILOT_MODEL, model] of ASKED) {
  test(`${commandLine(args)} with COPILOT_MODEL="${COPILOT_MODEL}" asks ${model}`, async () => {
    const env = { COPILOT_GITHUB_TOKEN: SECRET, COPILOT_MODEL };
    await using program = startMain([...args, "Hello"], { env });
    const { code, stderr } = await program.ended;
    assertEquals([code, stderr], [0, ""]);
    assertEquals((await lastBody(program.fake)).model, model);
  });
}

test("copilot-fetch -m takes a whole id although it is a part of another", async () => {
  const fake = createFakeCopilot({ models: ["gpt-5-mini", "gpt-5"] });
  assertEquals((await runMain(["-m", "gpt-5", "Hello"], { fake })).code, 0);
  assertEquals((await lastBody(fake)).model, "gpt-5");
});

test("copilot-fetch -m takes a part of the only id that the picker shows", async () => {
  const older = { id: "gpt-5-2025-08-07", model_picker_enabled: false };
  const fake = createFakeCopilot({ models: [older, "gpt-5-mini"] });
  assertEquals((await runMain(["-m", "gpt", "Hello"], { fake })).code, 0);
  assertEquals((await lastBody(fake)).model, "gpt-5-mini");
});

test("copilot-fetch -m takes a part of an id that the picker does not show", async () => {
  const fake = createFakeCopilot({ models: models() });
  assertEquals((await runMain(["-m", "hid", "Hello"], { fake })).code, 0);
  assertEquals((await lastBody(fake)).model, "hidden");
});

/** A model that cannot be asked, and the message. */
const REFUSED: [model: string, message: string][] = [
  ["claude", MODEL_MESSAGES.ambiguous("claude", "claude-a-5, claude-b-5")],
  [
    "claude-b-6",
    MODEL_MESSAGES.unknown("claude-b-6", "claude-b-5, claude-a-5, kimi-k2.5"),
  ],
  [
    "gpt-4.1",
    MODEL_MESSAGES.unknown("gpt-4.1", "claude-a-5, claude-b-5, kimi-k2.5"),
  ],
  [
    "text-embedding-3-small",
    MODEL_MESSAGES.noPrompts("text-embedding-3-small"),
  ],
  [
    "kimi",
    MODEL_MESSAGES.notAccepted(
      "kimi-k2.5",
      "unconfigured",
      "https://github.com/settings/copilot",
    ),
  ],
];

for (const [model, message] of REFUSED) {
  test(`copilot-fetch -m ${model} exits with 2 and one line with the reason, and asks nothing`, async () => {
    const fake = createFakeCopilot({
      models: [
        "claude-a-5",
        "claude-b-5",
        "kimi-k2.5",
        "text-embedding-3-small",
      ],
    });
    const outcome = await runMain(["-m", model, "Hello"], { fake });
    assertEquals([outcome.code, outcome.stdout], [2, ""]);
    assertStringIncludes(outcome.stderr, message);
    assertEquals(outcome.stderr.trimEnd().split("\n").length, 1);
    assertEquals(fake.requests.map(({ method }) => method), ["GET"]);
  });
}

test("copilot-fetch names the tenant's page of a policy that is not accepted", async () => {
  const domain = "acme.ghe.com";
  const fake = createFakeCopilot({ domain });
  const args = ["--domain", domain, "-m", "kimi-k2.5", "Hello"];
  const { stderr } = await runMain(args, { fake });
  assertStringIncludes(stderr, "https://acme.ghe.com/settings/copilot");
});

for (const args of [["-m", ""], ["--model="], ["-m", " "]]) {
  test(`${commandLine(args)} exits with 2, and sends nothing`, async () => {
    await using program = startMain([...args, "Hello"]);
    const { code, stderr } = await program.ended;
    const line = `copilot-fetch: ${ARGUMENT_MESSAGES.empty("--model")}\n`;
    assertEquals([code, stderr], [2, line]);
    assertEquals(requestsTo(program.fake), []);
  });
}
