import { assert, assertEquals, assertMatch } from "@std/assert";
import { test } from "node:test";
import { oneLine, safeText } from "../../cli/terminal.ts";
import { createFakeCopilot } from "../../testing/mod.ts";
import {
  answerNextPrompt,
  commandLine,
  createSlowAnswer,
  event,
  type FakeIOOptions,
  never,
  runMain,
  SECRET,
  startMain,
} from "../helpers/fake_io.ts";
import { screenOf } from "../helpers/screen.ts";
import { simulateTime } from "../helpers/simulated_time.ts";
import { deferred, SECOND } from "../helpers/stubs.ts";

const FRAME = /[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/;
const terminals: FakeIOOptions["terminals"] = ["stdin", "stderr"];

test("copilot-fetch shows a spinner until the first word, and erases it", async () => {
  const fake = createFakeCopilot();
  const answer = createSlowAnswer();
  const responded = deferred();
  answerNextPrompt(fake, async (request) => {
    await responded.promise;
    return answer.respond(request);
  });
  await using program = startMain(["Hello"], { fake, terminals });
  await program.prints(FRAME, "stderr");
  responded.resolve();
  answer.send("One ");
  await program.prints("One ");
  assertEquals(screenOf(program.outcome.stderr), "");
  answer.end();
  const { code, stdout, stderr } = await program.ended;
  assertEquals([code, stdout, screenOf(stderr)], [0, "One \n", ""]);
});

test("copilot-fetch --no-stream erases the spinner before the answer", async () => {
  const fake = createFakeCopilot();
  const responded = deferred();
  answerNextPrompt(fake, () => responded.promise);
  const args = ["--no-stream", "Hello"];
  const all: FakeIOOptions["terminals"] = ["stdin", "stdout", "stderr"];
  await using program = startMain(args, { fake, terminals: all });
  await program.prints(FRAME, "stderr");
  responded.resolve();
  await program.ended;
  assertEquals(screenOf(program.terminal), "You said: Hello\n");
});

test("copilot-fetch -v erases the spinner before each line, and before a failure", async () => {
  const [exchanged, responded] = [deferred(), deferred()];
  const fake = createFakeCopilot();
  fake.answerNextExchange(() => exchanged.promise);
  answerNextPrompt(fake, async () => {
    await responded.promise;
    return new Response("No", { status: 400 });
  });
  const env = { COPILOT_GITHUB_TOKEN: SECRET, NO_COLOR: "1" };
  await using program = startMain(["-v", "Hello"], { fake, terminals, env });
  await program.prints(FRAME, "stderr");
  exchanged.resolve();
  // deno-lint-ignore no-control-regex -- a frame after the first lines
  await program.prints(/model [^\n]+\n[^\n]*\r[^\x1b]/, "stderr");
  responded.resolve();
  const { code, stderr } = await program.ended;
  const lines = screenOf(stderr).trimEnd().split("\n");
  assertEquals(lines.map((line) => line.split(/[ :]/)[0]), [
    ...["exchange", "host", "request", "id", "model"],
    ...["request", "initiator", "copilot-fetch"],
  ]);
  assertEquals([code, FRAME.test(lines.join())], [1, false]);
});

test("copilot-fetch erases the spinner after SIGINT", async () => {
  const fake = createFakeCopilot();
  answerNextPrompt(fake, () => never);
  await using program = startMain(["Hello"], { fake, terminals });
  await program.prints(FRAME, "stderr");
  program.kill();
  const { code, stdout, stderr } = await program.ended;
  assertEquals([code, stdout, screenOf(stderr)], [130, "", ""]);
});

test("copilot-fetch shows no spinner where stderr is a pipe", async () => {
  using time = simulateTime();
  const fake = createFakeCopilot();
  const [waits, gate] = [deferred(), deferred()];
  answerNextPrompt(fake, async () => {
    waits.resolve();
    await gate.promise;
  });
  const program = runMain(["Hello"], { fake, terminals: ["stdout"] });
  await waits.promise;
  await time.advance(SECOND); // a spinner would have shown several frames
  gate.resolve();
  const expected = { code: 0, stdout: "You said: Hello\n", stderr: "" };
  assertEquals(await program, expected);
});

/** Whether stderr is a terminal, `NO_COLOR`, and whether there are colours. */
const COLOURS: [isTerminal: boolean, NO_COLOR: string, coloured: boolean][] = [
  [true, "", true],
  [true, "1", false],
  [false, "", false],
];

test("copilot-fetch with TERM=dumb writes no escape sequence to a terminal, and no spinner", async () => {
  using time = simulateTime();
  const fake = createFakeCopilot();
  const waits = deferred();
  answerNextPrompt(fake, async () => {
    waits.resolve();
    await time.sleep(10 * SECOND);
    return new Response("No", { status: 400 });
  });
  await using program = startMain(["-v", "Hello"], {
    fake,
    terminals: ["stdin", "stdout", "stderr"],
    env: { COPILOT_GITHUB_TOKEN: SECRET, TERM: "dumb" },
  });
  await waits.promise;
  await time.advance(10 * SECOND);
  assertEquals((await program.ended).code, 1);
  // deno-lint-ignore no-control-regex -- it is what a terminal is sent
  assert(!/[\x00-\x09\x0b-\x1f]/.test(program.terminal), program.terminal);
  assert(!FRAME.test(program.terminal));
});

for (const [isTerminal, NO_COLOR, coloured] of COLOURS) {
  const where = isTerminal ? "a terminal" : "a pipe";
  test(`copilot-fetch prints a failure on ${where} with NO_COLOR="${NO_COLOR}" ${coloured ? "in" : "without"} colour`, async () => {
    const { stderr } = await runMain(["--unknown"], {
      env: { NO_COLOR },
      terminals: isTerminal ? ["stderr"] : [],
    });
    assertEquals(stderr.includes("\x1b[31mcopilot-fetch:"), coloured);
    // deno-lint-ignore no-control-regex -- it is what a terminal is sent
    assertEquals(/\x1b\[\d/.test(stderr), coloured);
  });
}

const HOSTILE = "\x1b[2J\x1b]52;c;aGk=\x07 \x9b31m \r \b \u202etxt";

for (const args of [["Hello"], ["--no-stream", "Hello"], ["--json", "Hello"]]) {
  const command = commandLine(args);

  test(`${command} makes control characters of an answer visible on a terminal`, async () => {
    const fake = createFakeCopilot({ reply: HOSTILE });
    const outcome = await runMain(args, { fake, terminals: ["stdout"] });
    assertEquals(outcome.stdout, safeText(outcome.stdout));
    assert(outcome.stdout.includes("[2J"), outcome.stdout);
  });
}

/** Pieces of answers that only together are what a terminal would obey. */
const SPLIT: [pieces: string[], shown: string][] = [
  [["a\x1b", "]52;c;aGk=", "\x07b"], "a\\u001b]52;c;aGk=\\u0007b\n"],
  [["a\r", "\nb\r"], "a\nb\\u000d\n"],
  [["\ud83d", "\ude00"], "😀\n"],
  [["a\n", "\r", "\n"], "a\n\n"],
];

for (const [pieces, shown] of SPLIT) {
  test(`copilot-fetch shows an answer in the pieces ${JSON.stringify(pieces)} as ${JSON.stringify(shown)}`, async () => {
    const fake = createFakeCopilot();
    const answer = createSlowAnswer();
    answerNextPrompt(fake, answer.respond);
    const terminals: FakeIOOptions["terminals"] = ["stdout"];
    await using program = startMain(["Hello"], { fake, terminals });
    for (const piece of pieces) answer.send(piece);
    answer.end();
    assertEquals((await program.ended).stdout, shown);
  });
}

test("copilot-fetch pipes a character that is split over two events", async () => {
  const fake = createFakeCopilot();
  const answer = createSlowAnswer();
  answerNextPrompt(fake, answer.respond);
  await using program = startMain(["Hello"], { fake });
  answer.send("a\ud83d");
  await program.prints("a");
  assertEquals(program.outcome.stdout, "a");
  answer.send("\ude00\r");
  answer.end();
  assertEquals((await program.ended).stdout, "a😀\r\n");
});

for (const isTerminal of [true, false]) {
  const where = isTerminal ? "a terminal" : "a pipe";
  const result = isTerminal ? "ends the line" : "adds nothing";
  test(`copilot-fetch ${result} on ${where} after SIGINT in mid-stream`, async () => {
    const fake = createFakeCopilot();
    const answer = createSlowAnswer();
    answerNextPrompt(fake, answer.respond);
    await using program = startMain(["Hello"], {
      fake,
      terminals: isTerminal ? ["stdout", "stderr"] : [],
    });
    answer.send("One ");
    await program.prints("One ");
    program.kill();
    const { code, stdout, stderr } = await program.ended;
    assertEquals([code, stdout], [130, isTerminal ? "One \n" : "One "]);
    assertEquals(screenOf(stderr), "");
  });
}

test("copilot-fetch reports an answer that broke off in a line of its own on a terminal", async () => {
  const fake = createFakeCopilot();
  answerNextPrompt(fake, new Response(event("One ")));
  await using program = startMain(["Hello"], {
    fake,
    terminals: ["stdout", "stderr"],
  });
  assertEquals((await program.ended).code, 1);
  assertMatch(screenOf(program.terminal), /^One \n[^\n]+\n$/);
});

test("copilot-fetch --usage --json shows no control character on a terminal", async () => {
  const fake = createFakeCopilot();
  const login = "\x9b31m\u202etxt";
  fake.answerNextExchange(Response.json({ login }));
  const { stdout } = await runMain(["--usage", "--json"], {
    fake,
    terminals: ["stdout"],
  });
  assertEquals(stdout, safeText(stdout));
  assertEquals(JSON.parse(stdout).login, login);
});

test("copilot-fetch pipes an answer unchanged", async () => {
  const fake = createFakeCopilot({ reply: HOSTILE });
  assertEquals((await runMain(["Hello"], { fake })).stdout, `${HOSTILE}\n`);
});

test("safeText() keeps tabs, line feeds and all printable characters", () => {
  const text = "a\tb\né😀漢\u0301 \u{1f468}\u200d\u{1f469}";
  assertEquals(safeText(text), text);
  assertEquals(safeText("a\r\nb"), "a\nb");
});

test("oneLine() joins lines, also one with a million blanks", () => {
  assertEquals(oneLine(" a \r\n\n\t b\n"), "a b");
  const text = `a${" ".repeat(1_000_000)}b`;
  assertEquals(oneLine(text) === text, true);
});

test("safeText() leaves no character that controls a terminal", () => {
  const all = Array.from(
    { length: 0x2070 },
    (_, code) => String.fromCharCode(code),
  ).join("");
  const text = safeText(all);
  // deno-lint-ignore no-control-regex -- these must not be there
  assert(!/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/.test(text));
  assertMatch(text, /\\u001b.*\\u009b.*\\u202e/s);
});

test("copilot-fetch asks for a prompt if nothing but a keyboard is there", async () => {
  const env = { COPILOT_GITHUB_TOKEN: SECRET };
  const { code } = await runMain([], { env, terminals: ["stdin"] });
  assertEquals(code, 2);
});
