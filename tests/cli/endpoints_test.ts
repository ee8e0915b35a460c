import { assertEquals, assertStringIncludes } from "@std/assert";
import { test } from "node:test";
import { createFakeCopilot } from "../../testing/mod.ts";
import {
  answerNextPrompt,
  commandLine,
  lastBody,
  runMain,
  startMain,
} from "../helpers/fake_io.ts";

/** A model for each endpoint, and for one that GitHub does not name. */
const MODELS: [model: string, path: string][] = [
  ["gpt-5-mini", "/chat/completions"],
  ["claude-haiku-4.5", "/chat/completions"],
  ["gemini-3-flash", "/chat/completions"],
  ["gpt-5.3-codex", "/responses"],
  ["claude-opus-5.5", "/v1/messages"],
];

const REPLY = { reasoning: "I must think.", text: "One\ntwo 😀 three" };

for (const [model, path] of MODELS) {
  for (const flags of [[], ["--no-stream"]]) {
    const args = ["-m", model, ...flags, "Hello"];
    test(`${commandLine(args)} asks at ${path}, and prints the text without the reasoning`, async () => {
      const fake = createFakeCopilot({ reply: REPLY });
      const stdout = `${REPLY.text}\n`;
      const expected = { code: 0, stdout, stderr: "" };
      assertEquals(await runMain(args, { fake }), expected);
      assertEquals(fake.requests.map(({ url }) => new URL(url).pathname), [
        ...["/models", path],
      ]);
      assertEquals((await lastBody(fake)).stream, flags.length === 0);
    });
  }

  test(`copilot-fetch -m ${model} --json prints the body of ${path} unchanged`, async () => {
    const fake = createFakeCopilot({ reply: REPLY });
    let body = "";
    answerNextPrompt(fake, async (_request, respond) => {
      body = JSON.stringify(await (await respond()).json(), null, 1);
      return new Response(body);
    });
    const args = ["-m", model, "--json", "Hello"];
    const outcome = await runMain(args, { fake });
    assertEquals(outcome, { code: 0, stdout: `${body}\n`, stderr: "" });
    assertEquals((await lastBody(fake)).stream, false);
  });
}

const PNG = "data:image/png;base64,iVBORw0KGgo=";
const URL_IMAGE = "https://example.com/a.png";

/** A model, and the body of a request with everything in it. */
const BODIES: [model: string, body: Record<string, unknown>][] = [
  ["gpt-5-mini", {
    stream_options: { include_usage: true },
    reasoning_effort: "low",
    messages: [
      { role: "system", content: "Be brief" },
      {
        role: "user",
        content: [
          { type: "text", text: "What?" },
          { type: "image_url", image_url: { url: PNG } },
          { type: "image_url", image_url: { url: URL_IMAGE } },
        ],
      },
    ],
  }],
  ["gpt-5.3-codex", {
    reasoning: { effort: "low" },
    instructions: "Be brief",
    input: [{
      role: "user",
      content: [
        { type: "input_text", text: "What?" },
        { type: "input_image", image_url: PNG, detail: "auto" },
        { type: "input_image", image_url: URL_IMAGE, detail: "auto" },
      ],
    }],
  }],
  ["claude-opus-5.5", {
    output_config: { effort: "low" },
    max_tokens: 64_000,
    system: "Be brief",
    messages: [{
      role: "user",
      content: [
        { type: "text", text: "What?" },
        {
          type: "image",
          source: {
            type: "base64",
            media_type: "image/png",
            data: "iVBORw0KGgo=",
          },
        },
        { type: "image", source: { type: "url", url: URL_IMAGE } },
      ],
    }],
  }],
];

for (const [model, body] of BODIES) {
  test(`copilot-fetch -m ${model} sends instructions, images and effort in the endpoint's shape`, async () => {
    await using program = startMain([
      ...["-m", model, "-s", "Be brief", "-i", PNG, "-i", URL_IMAGE],
      ...["--effort", "low", "What?"],
    ]);
    const { code, stderr } = await program.ended;
    assertEquals([code, stderr], [0, ""]);
    const { fake } = program;
    assertEquals(await lastBody(fake), { model, stream: true, ...body });
    const headers = fake.requests[1].headers;
    assertEquals(headers.get("copilot-vision-request"), "true");
    assertEquals(headers.get("x-initiator"), "user");
  });

  test(`copilot-fetch -m ${model} sends an image without words as the only part`, async () => {
    await using program = startMain(["-m", model, "-i", PNG]);
    assertEquals((await program.ended).code, 0);
    const { messages, input } = await lastBody(program.fake);
    const [{ content }] = messages ?? input;
    assertEquals(content.length, 1);
  });

  test(`copilot-fetch -m ${model} sends words alone as a text`, async () => {
    await using program = startMain(["-m", model, "What?"]);
    assertEquals((await program.ended).code, 0);
    const { messages, input, ...rest } = await lastBody(program.fake);
    assertEquals(messages ?? input, [{ role: "user", content: "What?" }]);
    const optional = ["system", "instructions", "reasoning", "output_config"];
    assertEquals(optional.filter((field) => field in rest), []);
  });
}

test("copilot-fetch asks at /v1/messages for a limited answer if /models names no limit", async () => {
  const fake = createFakeCopilot();
  const id = "claude-opus-5.5";
  const data = [{ id, supported_endpoints: ["/v1/messages"] }];
  fake.answerNextRequest(Response.json({ data }));
  assertEquals((await runMain(["-m", id, "Hello"], { fake })).code, 0);
  assertEquals((await lastBody(fake)).max_tokens, 8192);
});

/** Where a model does not answer although `/models` does not say so. */
const ELSEWHERE: [model: string, paths: string[]][] = [
  ["gpt-5.3-codex", ["/chat/completions", "/responses"]],
  ["claude-opus-5.5", ["/chat/completions", "/responses", "/v1/messages"]],
];

for (const [id, paths] of ELSEWHERE) {
  test(`copilot-fetch -m ${id} asks at ${paths.join(", then ")} if /models names no endpoint`, async () => {
    const fake = createFakeCopilot();
    fake.answerNextRequest(Response.json({ data: [{ id }] }));
    const expected = { code: 0, stdout: "You said: Hello\n", stderr: "" };
    assertEquals(await runMain(["-m", id, "Hello"], { fake }), expected);
    assertEquals(
      fake.requests.map(({ url }) => new URL(url).pathname),
      ["/models", ...paths],
    );
  });
}

test("copilot-fetch prints the refusal of the last endpoint if the model answers at none", async () => {
  const fake = createFakeCopilot({
    models: [{ id: "x", supported_endpoints: ["/other"] }],
  });
  fake.answerNextRequest(Response.json({ data: [{ id: "x" }] }));
  const { code, stdout, stderr } = await runMain(["-m", "x", "Hello"], {
    fake,
  });
  assertEquals([code, stdout], [1, ""]);
  assertStringIncludes(stderr, "/v1/messages");
  assertEquals(fake.requests.length, 4);
});

test("copilot-fetch asks at no other endpoint after another refusal", async () => {
  const fake = createFakeCopilot();
  const error = { message: "No", code: "invalid_request_body" };
  answerNextPrompt(fake, Response.json({ error }, { status: 400 }));
  assertEquals((await runMain(["Hello"], { fake })).code, 1);
  assertEquals(fake.requests.length, 2);
});
