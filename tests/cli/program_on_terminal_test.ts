import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { test as register } from "node:test";
import { INPUT_MESSAGES } from "../../cli/input.ts";
import { safeText } from "../../cli/terminal.ts";
import { hasOpenSSL } from "../helpers/authority.ts";
import { type Running, startCommand } from "../helpers/command.ts";
import {
  copilotCommand,
  type CopilotOptions,
} from "../helpers/copilot_command.ts";
import { never } from "../helpers/fake_io.ts";
import { startNetwork } from "../helpers/network.ts";
import { screenOf } from "../helpers/screen.ts";
import { deferred } from "../helpers/stubs.ts";
import { createFolder } from "../helpers/temporary_folder.ts";

/** BSD's `script` has other options. */
const script = spawnSync("script", ["--version"], { encoding: "utf8" });
const hasTerminal = /util-linux/.test(script.stdout ?? "");
const test = hasTerminal ? register : register.skip;
const testOverTLS = hasOpenSSL ? test : register.skip;

const FRAME = /[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/;

/** Starts the program on a pseudo-terminal. */
function startOnTerminal(
  args: string[],
  given: CopilotOptions = {},
): Running {
  const { words, options } = copilotCommand(args, given);
  const quoted = words.map((word) => `'${word.replaceAll("'", "'\\''")}'`);
  return startCommand(["script", "-qec", quoted.join(" "), "/dev/null"], {
    ...options,
    env: { TERM: "xterm", ...options.env },
  });
}

testOverTLS(
  "copilot-fetch on a terminal shows a spinner until the first word",
  async () => {
    const responded = deferred();
    await using network = await startNetwork();
    network.fake.answerNextRequest(() => responded.promise);
    await using child = startOnTerminal(["Hello"], { network });
    await child.prints(FRAME);
    responded.resolve();
    const { code, stdout } = await child.ended;
    assertEquals([code, screenOf(stdout)], [0, "You said: Hello\n"]);
  },
);

testOverTLS(
  "copilot-fetch on a terminal exits with 130 after Ctrl-C, and erases the spinner",
  async () => {
    await using network = await startNetwork();
    network.fake.answerNextRequest(() => never);
    await using child = startOnTerminal(["Hello"], { network });
    await child.prints(FRAME);
    await child.write("\x03");
    const { code, stdout } = await child.ended;
    assertEquals(code, 130);
    assertMatch(screenOf(stdout), /^(\^C)?$/);
  },
);

testOverTLS(
  "copilot-fetch on a terminal ends the line of an answer after Ctrl-C",
  async () => {
    await using network = await startNetwork({
      pause: (sent) => sent.includes("said") ? never : undefined,
    });
    await using child = startOnTerminal(["Hello"], { network });
    await child.prints("You said:");
    await child.write("\x03");
    const { code, stdout } = await child.ended;
    assertEquals(code, 130);
    assertMatch(screenOf(stdout), /^You said: ?(\^C)?\n$/);
  },
);

test("copilot-fetch on a terminal erases ^C after Ctrl-C while it reads the keyboard", async () => {
  await using child = startOnTerminal(["--demo", "-"]);
  await child.prints(INPUT_MESSAGES.isTyped("Ctrl-D"));
  await child.write("\x03");
  const { code, stdout } = await child.ended;
  const expected = `${INPUT_MESSAGES.isTyped("Ctrl-D")}\n`;
  assertEquals([code, screenOf(stdout)], [130, expected]);
});

testOverTLS(
  "copilot-fetch on a terminal makes control characters of an answer visible",
  async () => {
    const reply = "\x1b[2J\x1b]52;c;aGk=\x07 \x9b31m \ra\b \u202etxt";
    await using network = await startNetwork({ reply });
    await using child = startOnTerminal(["Hello"], { network });
    const { code, stdout } = await child.ended;
    const shown = screenOf(stdout);
    assertEquals([code, shown], [0, `${safeText(reply)}\n`]);
  },
);

test("copilot-fetch on a terminal with TERM=dumb writes no escape sequence", async () => {
  for (const args of [["--demo", "Hello"], ["--demo"]]) {
    const env = { NO_COLOR: undefined, TERM: "dumb" };
    await using child = startOnTerminal(args, { env });
    const { stdout } = await child.ended;
    assert(stdout.includes("copilot-fetch:") || stdout.includes("You said"));
    assert(!stdout.includes("\x1b"), JSON.stringify(stdout));
  }
});

test("copilot-fetch on a terminal of unknown width prints --usage in 80 columns", async () => {
  await using child = startOnTerminal(["--demo", "--usage"]);
  const { code, stdout } = await child.ended;
  assertEquals(code, 0);
  assertStringIncludes(stdout, "premium_interactions  [");
});

test("copilot-fetch on a terminal reads a prompt from the keyboard", async () => {
  await using child = startOnTerminal(["--demo", "-"]);
  await child.prints(INPUT_MESSAGES.isTyped("Ctrl-D"));
  await child.write("Hello\n\x04");
  const { code, stdout } = await child.ended;
  assertEquals(code, 0);
  assertStringIncludes(stdout, "You said: Hello");
});

test("copilot-fetch on a terminal exits with 2 without a prompt, in colour unless NO_COLOR is set", async () => {
  for (const NO_COLOR of [undefined, "1"]) {
    await using child = startOnTerminal(["--demo"], { env: { NO_COLOR } });
    const { code, stdout } = await child.ended;
    assertEquals([code, stdout.includes("\x1b[31m")], [2, !NO_COLOR]);
    assertStringIncludes(stdout, "prompt");
  }
});

test("copilot-fetch on a terminal asks for no permission in Deno", async () => {
  using folder = createFolder();
  folder.write("gh", "#!/bin/sh\nexit 1\n", 0o755);
  const env = { PATH: `${folder.path}:${process.env.PATH}` };
  for (const permissions of [["-NE"], ["-N"]]) {
    await using child = startOnTerminal(["Hello"], { env, permissions });
    const { code, stdout } = await child.ended;
    assertEquals([code, stdout.includes("?")], [2, false], stdout);
    assertStringIncludes(stdout, "COPILOT_GITHUB_TOKEN");
  }
});

test("copilot-fetch login on a terminal asks, and leaves the terminal to gh", async () => {
  using folder = createFolder();
  const script = `#!/bin/sh
if [ "$2" = token ]; then exit 1; fi
if [ "$1" = --version ]; then exit 0; fi
printf 'gh asks? '
read answer
echo "gh got $answer for $*"
tty <&0 >/dev/null && [ -t 1 ] && [ -t 2 ] && echo "gh has the terminal"
exit 0
`;
  folder.write("gh", script, 0o755);
  const env = { PATH: `${folder.path}:${process.env.PATH}` };
  const permissions = ["-NE", "--allow-run=gh"];
  await using child = startOnTerminal(["login"], { env, permissions });
  await child.prints("[y/N] ");
  await child.write("y\n");
  await child.prints("gh asks? ");
  await child.write("every key\n");
  const { code, stdout } = await child.ended;
  assertEquals(code, 0, stdout);
  const signIn = "auth login --hostname github.com";
  assertStringIncludes(stdout, `gh got every key for ${signIn}`);
  assertStringIncludes(stdout, "gh has the terminal");
});
