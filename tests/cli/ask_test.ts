import { assert, assertEquals, assertMatch } from "@std/assert";
import { deferred } from "../helpers/stubs.ts";
import { startNetwork } from "../helpers/network.ts";
import {
  asked,
  CHAT,
  copilot,
  EXCHANGE,
  HOME,
  lastBody,
  linesOf,
  SECRET,
  startCopilot,
  testOverTLS as test,
} from "../helpers/copilot_command.ts";

test("The words are joined to a prompt, and the answer alone is on stdout", async () => {
  await using network = await startNetwork();
  assertEquals(await copilot(["Hello", "you"], { network }), {
    code: 0,
    stdout: "You said: Hello you\n",
    stderr: "",
  });
  assertEquals(asked(network), [EXCHANGE, CHAT]);
  assertEquals(lastBody(network), {
    model: "gpt-4.1",
    stream: true,
    messages: [{ role: "user", content: "Hello you" }],
  });
  assertEquals(network.received[1].headers["x-initiator"], "user");
});

test("The first words are printed before the last are sent", async () => {
  const printed = deferred();
  await using network = await startNetwork({
    pause: (sent) => sent.includes("Hello") ? printed.promise : undefined,
  });
  await using child = startCopilot(["Hello you"], { network, input: "" });
  await child.says("You said: Hello ");
  assertEquals(child.outcome.stdout, "You said: Hello ");
  printed.resolve();
  assertEquals((await child.ended).stdout, "You said: Hello you\n");
});

test("An answer that ends with a line feed gets no second one", async () => {
  await using network = await startNetwork({ reply: "One\ntwo\n" });
  for (const args of [["Hello"], ["--no-stream", "Hello"]]) {
    const { stdout } = await copilot(args, { network });
    assertEquals(stdout, "One\ntwo\n");
  }
});

/** What is piped in, with which words, and the prompt that it makes. */
const INPUTS: [what: string, input: string, words: string[], prompt: string][] =
  [
    ["Input without words is the prompt", "Hello\n", [], "Hello"],
    [
      "Input is added after the prompt",
      "1\n2\n",
      ["Add", "up"],
      "Add up\n\n1\n2",
    ],
    ["Input that is blank is none", " \n\n", ["Hello"], "Hello"],
    ["Input keeps its indentation", "  - a\n    b\n", [], "  - a\n    b"],
    ["Input may be any text", "é😀漢\r\n\0", ["Hello"], "Hello\n\né😀漢\r\n\0"],
    [
      "Input may be long",
      "word ".repeat(50_000),
      [],
      "word ".repeat(50_000).trim(),
    ],
  ];

test("Piped input is the prompt, or comes after it", async () => {
  await using network = await startNetwork({ reply: "Yes" });
  for (const [what, input, words, prompt] of INPUTS) {
    const { code, stdout } = await copilot(words, { network, input });
    assertEquals([code, stdout], [0, "Yes\n"], what);
    assertEquals(lastBody(network).messages[0].content, prompt, what);
  }
});

test("Input that is not UTF-8 is refused, and nothing is sent", async () => {
  await using network = await startNetwork();
  const input = new Uint8Array([72, 105, 0xff, 0xfe]);
  assertEquals(await copilot(["Hello"], { network, input }), {
    code: 2,
    stdout: "",
    stderr: "copilot: The input is not text in UTF-8\n",
  });
  assertEquals(asked(network), []);
});

test("A character that is cut between two chunks of input stays whole", async () => {
  await using network = await startNetwork();
  const input = "é".repeat(100_001);
  const { code } = await copilot([], { network, input: ` ${input}` });
  assertEquals(code, 0);
  assertEquals(lastBody(network).messages[0].content, ` ${input}`);
});

/** What is said of the model, and which is asked. */
const MODELS: [args: string[], COPILOT_MODEL: string, model: string][] = [
  [["--model", "claude-sonnet-4.5"], "gpt-5-mini", "claude-sonnet-4.5"],
  [["-m", "claude-sonnet-4.5"], "gpt-5-mini", "claude-sonnet-4.5"],
  [[], "gpt-5-mini", "gpt-5-mini"],
  [[], "", "gpt-4.1"],
];

test("--model goes before COPILOT_MODEL, and gpt-4.1 is asked without either", async () => {
  await using network = await startNetwork();
  for (const [args, COPILOT_MODEL, model] of MODELS) {
    await copilot([...args, "Hello"], { network, env: { COPILOT_MODEL } });
    assertEquals(lastBody(network).model, model);
  }
});

test("--system goes before the prompt, as the system's word", async () => {
  await using network = await startNetwork();
  for (const flag of ["--system", "-s"]) {
    await copilot([flag, "Be brief", "Hello"], { network });
    assertEquals(lastBody(network).messages, [
      { role: "system", content: "Be brief" },
      { role: "user", content: "Hello" },
    ]);
  }
});

test("--no-stream prints the text of the whole answer", async () => {
  await using network = await startNetwork();
  const { code, stdout } = await copilot(["--no-stream", "Hi"], { network });
  assertEquals([code, stdout], [0, "You said: Hi\n"]);
  assertEquals(lastBody(network).stream, false);
});

test("--json prints the API's answer as it is", async () => {
  await using network = await startNetwork();
  const body = '{ "choices":\t[],\n "x": 1.0 }';
  network.fake.answerNextRequest(new Response(body));
  assertEquals(await copilot(["--json", "Hello"], { network }), {
    code: 0,
    stdout: `${body}\n`,
    stderr: "",
  });
  assertEquals(lastBody(network).stream, false);
});

test("--direct sends the credential itself to Copilot", async () => {
  await using network = await startNetwork();
  const env = { COPILOT_GITHUB_TOKEN: "github_pat_secret" };
  const { code, stdout } = await copilot(["--direct", "-v", "Hello"], {
    network,
    env,
  });
  assertEquals([code, stdout], [0, "You said: Hello\n"]);
  assertEquals(asked(network), [
    "GET https://api.github.com/copilot_internal/user",
    CHAT,
  ]);
  const [, { headers }] = network.received;
  assertEquals(headers.authorization, "Bearer github_pat_secret");
});

test("--verbose tells exchange, host, initiator, request id and timing", async () => {
  await using network = await startNetwork();
  network.fake.answerNextRequest(async (request) => {
    const answer = await network.fake.fetch(request);
    answer.headers.set("x-request-id", "ABCD:1234");
    return answer;
  });
  const { code, stdout, stderr } = await copilot(["--verbose", "Hello"], {
    network,
  });
  assertEquals([code, stdout], [0, "You said: Hello\n"]);
  const expected = [
    `exchange   ${EXCHANGE}: 200, \\d+ ms`,
    `host       ${new URL(HOME).host}`,
    "request    POST /chat/completions: 200, \\d+ ms",
    "initiator  user",
    "id         ABCD:1234",
  ];
  assertMatch(stderr, new RegExp(`^${expected.join("\n")}\n$`));
  assert(!stderr.includes(SECRET) && !stderr.includes("tid="), stderr);
});

test("--verbose tells of a request that failed, too", async () => {
  await using network = await startNetwork({
    certificates: ({ issue }) => ({
      [new URL(HOME).host]: issue(["evil.example.com"]),
    }),
  });
  const { code, stderr } = await copilot(["-v", "Hello"], { network });
  const lines = linesOf(stderr);
  assertMatch(
    lines[2],
    /^request {4}POST \/chat\/completions: failed, \d+ ms$/,
  );
  assertMatch(lines.at(-1)!, /^copilot: .*cert/i);
  assertEquals([code, lines.length], [1, 5]);
});
