import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test as register } from "node:test";
import { type Running, startCommand } from "../helpers/command.ts";
import { deferred } from "../helpers/stubs.ts";
import { hasOpenSSL } from "../helpers/authority.ts";
import { startNetwork } from "../helpers/network.ts";
import {
  copilotCommand,
  type CopilotOptions,
  createFolder,
  linesOf,
  startCopilot,
  testOverTLS,
  testOverTLSOnPOSIX,
} from "../helpers/copilot_command.ts";

/** BSD's `script` takes other options. */
const script = spawnSync("script", ["--version"], { encoding: "utf8" });
const hasTerminal = /util-linux/.test(script.stdout ?? "");
const test = hasTerminal && hasOpenSSL ? register : register.skip;

const FRAME = /[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/;

/** Starts the command on a pseudo-terminal, which its stdout may leave. */
function startOnTerminal(
  args: string[],
  { file, ...rest }: CopilotOptions & { file?: string } = {},
): Running {
  const { words, options } = copilotCommand(args, rest);
  const quoted = words.map((word) => `'${word.replaceAll("'", "'\\''")}'`);
  const line = quoted.join(" ") + (file ? ` > '${file}'` : "");
  return startCommand(["script", "-qec", line, "/dev/null"], {
    ...options,
    env: { TERM: "xterm", ...options.env },
  });
}

/** What a terminal shows in the end of what it was sent. */
function shown(sent: string): string {
  let screen = "";
  let rest = "";
  let column = 0;
  // deno-lint-ignore no-control-regex -- it is what a terminal is sent
  for (const [part] of sent.matchAll(/\x1b\[K|\r|\n|[^\x1b\r\n]/g)) {
    if (part === "\n") {
      screen += `${rest}\n`;
      rest = "";
      column = 0;
    } else if (part === "\r") column = 0;
    else if (part === "\x1b[K") rest = rest.slice(0, column);
    else rest = rest.slice(0, column) + part + rest.slice(++column);
  }
  return screen + rest;
}

test("A spinner turns on stderr until the first word, and leaves no trace", async () => {
  const spun = deferred();
  await using network = await startNetwork();
  network.fake.answerNextRequest(() => spun.promise);
  using folder = createFolder();
  const file = join(folder.path, "stdout");
  await using child = startOnTerminal(["Hello", "you"], { network, file });
  await child.says(FRAME);
  spun.resolve();
  const { code, stdout } = await child.ended;
  assertEquals([code, shown(stdout)], [0, ""]);
  assertEquals(readFileSync(file, "utf8"), "You said: Hello you\n");
});

test("The spinner is gone when the first word is there, not only in the end", async () => {
  const spun = deferred();
  const read = deferred();
  await using network = await startNetwork({
    pause: (sent) => sent.includes("Hello") ? read.promise : undefined,
  });
  network.fake.answerNextRequest(() => spun.promise);
  await using child = startOnTerminal(["Hello you"], { network });
  await child.says(FRAME);
  spun.resolve();
  await child.says("Hello ");
  const words = /You said: Hello $/;
  assertMatch(shown(child.outcome.stdout), words);
  assert(!FRAME.test(shown(child.outcome.stdout)));
  read.resolve();
  const { stdout } = await child.ended;
  assertEquals(shown(stdout), "You said: Hello you\n");
});

test("The spinner leaves no trace in what --verbose tells, nor in a failure", async () => {
  const [exchanged, answered] = [deferred(), deferred()];
  await using network = await startNetwork();
  network.fake.answerNextExchange(() => exchanged.promise);
  network.fake.answerNextRequest(async () => {
    await answered.promise;
    return new Response("No", { status: 400 });
  });
  await using child = startOnTerminal(["-v", "Hello"], { network });
  await child.says(FRAME);
  exchanged.resolve();
  // deno-lint-ignore no-control-regex -- it is what a terminal is sent
  await child.says(/exchange [^\n]+\n[^\n]*\r[^\x1b]/);
  answered.resolve();
  const { code, stdout } = await child.ended;
  const lines = linesOf(shown(stdout));
  assertEquals(lines.map((line) => line.split(/[ :]/)[0]), [
    ...["exchange", "host", "request", "initiator", "copilot"],
  ]);
  assertEquals([code, lines[4]], [1, "copilot: http 400: No"]);
});

testOverTLS("No spinner turns where stderr is piped", async () => {
  await using network = await startNetwork();
  network.fake.answerNextRequest(async () => {
    // A spinner's first frame would come after 80 ms.
    await new Promise((resolve) => setTimeout(resolve, 300));
  });
  await using child = startCopilot(["Hello"], { network, input: "" });
  assertEquals(await child.ended, {
    code: 0,
    stdout: "You said: Hello\n",
    stderr: "",
  });
});

/** What NO_COLOR is, and whether there are colours. */
const COLOURS: [value: string | undefined, coloured: boolean][] = [
  [undefined, true],
  ["", true],
  ["1", false],
];

for (const [NO_COLOR, coloured] of COLOURS) {
  test(`A terminal ${coloured ? "gets" : "gets no"} colours where NO_COLOR is ${NO_COLOR ?? "not there"}`, async () => {
    const env = { NO_COLOR };
    await using child = startOnTerminal(["--demo", "--unknown"], { env });
    const { code, stdout } = await child.ended;
    assertStringIncludes(stdout, "Unknown option '--unknown'");
    assertEquals([code, stdout.includes("\x1b[31m")], [2, coloured]);
  });
}

testOverTLS("A pipe gets no colours, whatever NO_COLOR is", async () => {
  const options = { env: { NO_COLOR: undefined }, input: "" };
  await using child = startCopilot(["--unknown"], options);
  const { code, stderr } = await child.ended;
  assertEquals([code, stderr.includes("\x1b")], [2, false]);
});

test("At a keyboard the prompt is what is in the words", async () => {
  await using network = await startNetwork();
  await using child = startOnTerminal([], { network });
  const { code, stdout } = await child.ended;
  assertEquals([code, linesOf(stdout).length], [2, 1]);
  assertStringIncludes(stdout, "There is no prompt");
});

test("Deno asks nobody whether `gh` may be run", async () => {
  using folder = createFolder();
  folder.write("gh", "#!/bin/sh\nexit 1\n", 0o755);
  const env = { PATH: `${folder.path}:${process.env.PATH}` };
  await using child = startOnTerminal(["Hello"], { env });
  const { code, stdout } = await child.ended;
  assertEquals([code, linesOf(stdout).length], [2, 1], stdout);
  assertStringIncludes(stdout, "There is no GitHub credential");
});

test("Ctrl-C at the keyboard ends it with 130, and takes the spinner away", async () => {
  await using network = await startNetwork();
  network.fake.answerNextRequest(() => new Promise<void>(() => {}));
  await using child = startOnTerminal(["Hello"], { network });
  await child.says(FRAME);
  await child.write("\x03");
  const { code, stdout } = await child.ended;
  assertEquals(code, 130);
  assertMatch(shown(stdout), /^(\^C)?$/);
});

/** Runs the command before `after`, as a shell's pipe does. */
function startInPipe(
  args: string[],
  after: string,
  given: CopilotOptions,
): Running {
  const { words, options } = copilotCommand(args, given);
  const line = `{ "$@"; echo "code $?" >&2; } ${after}`;
  return startCommand(["sh", "-c", line, "sh", ...words], options);
}

testOverTLSOnPOSIX("A closed pipe ends it quietly", async () => {
  await using network = await startNetwork();
  await using child = startInPipe([], "| head -c 9", { network });
  child.end("word ".repeat(50_000));
  const { stdout, stderr } = await child.ended;
  assertEquals([stdout, stderr], ["You said:", "code 0\n"]);
});

testOverTLSOnPOSIX(
  "Where stderr is closed, the answer is still printed",
  async () => {
    await using network = await startNetwork();
    using folder = createFolder();
    const file = join(folder.path, "stdout");
    const after = `2>&1 > '${file}' | true`;
    await using child = startInPipe(["-v", "Hello"], after, { network });
    child.end();
    await child.ended;
    assertEquals(readFileSync(file, "utf8"), "You said: Hello\n");
  },
);

const full = existsSync("/dev/full") ? testOverTLSOnPOSIX : register.skip;

full("A full disk is a failure", async () => {
  await using network = await startNetwork();
  await using child = startInPipe(["Hello"], "> /dev/full", { network });
  child.end();
  const { stderr } = await child.ended;
  assertMatch(stderr, /^copilot: .*no space left on device.*\ncode 1\n$/i);
});
