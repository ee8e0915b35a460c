import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { INPUT_MESSAGES } from "../../cli/input.ts";
import {
  run,
  type Running,
  runtime,
  startCommand,
} from "../helpers/command.ts";
import {
  copilot,
  copilotCommand,
  type CopilotOptions,
  SECRET,
  startCopilot,
  testOnPOSIX,
  testOverTLS,
  testOverTLSOnPOSIX,
} from "../helpers/copilot_command.ts";
import { closedPort } from "../helpers/loopback.ts";
import { startNetwork } from "../helpers/network.ts";
import { deferred } from "../helpers/stubs.ts";
import { never } from "../helpers/fake_io.ts";
import { createFolder } from "../helpers/temporary_folder.ts";

// Only what needs a process: everything else is tested by calling main().

test("copilot-fetch as a process answers --demo", async () => {
  const { code, stdout, stderr } = await copilot(["--demo", "Hello", "you"]);
  assertEquals([code, stdout], [0, "You said: Hello you\n"]);
  assertStringIncludes(stderr, "initiator  user");
});

test("cli/bin.ts starts copilot-fetch on every runtime", async () => {
  const { code, stdout } = await run("cli/bin.ts", ["--demo", "Hello"]);
  assertEquals([code, stdout], [0, "You said: Hello\n"]);
});

testOverTLS(
  "copilot-fetch as a process streams an answer over TLS as it arrives",
  async () => {
    const printed = deferred();
    await using network = await startNetwork({
      pause: (sent) => sent.includes("Hello") ? printed.promise : undefined,
    });
    await using child = startCopilot(["Hello you"], { network, input: "" });
    await child.prints("You said: Hello ");
    assertEquals(child.outcome.stdout, "You said: Hello ");
    printed.resolve();
    const expected = { code: 0, stdout: "You said: Hello you\n", stderr: "" };
    assertEquals(await child.ended, expected);
  },
);

test("copilot-fetch as a process reads long input from a pipe", async () => {
  const input = "é".repeat(100_001);
  const { code, stdout } = await copilot(["--demo"], { input: ` ${input}` });
  assertEquals([code, stdout], [0, `You said:  ${input}\n`]);
});

test("copilot-fetch as a process reports that it waits for the end of an open stdin", async () => {
  await using child = startCopilot(["--demo", "Hello"]);
  await child.prints(INPUT_MESSAGES.isOpen("/dev/null"), "stderr");
  assertEquals(child.outcome.stdout, "");
  child.end("you");
  assertEquals((await child.ended).stdout, "You said: Hello\n\nyou\n");
});

test("copilot-fetch as a process sends a text file", async () => {
  using folder = createFolder();
  const file = folder.write("a b.txt", "\ufeffOne\n");
  const url = `${pathToFileURL(file)}`;
  for (const name of [file, url]) {
    const args = ["--demo", "-f", name];
    const { code, stdout } = await copilot(args, { permissions: ["-NER"] });
    assertEquals(code, 0);
    assertEquals(stdout, `You said: ${name}:\n\`\`\`\nOne\n\`\`\`\n`);
  }
  const denied = await copilot(["--demo", "-f", file]);
  assertEquals(denied.code, runtime === "Deno" ? 2 : 0, denied.stderr);
});

test("copilot-fetch as a process sends an image file", async () => {
  using folder = createFolder();
  const file = folder.write("a.gif", "GIF89a");
  const args = ["--demo", "-i", file, "What is this?"];
  const { code, stdout } = await copilot(args, { permissions: ["-NER"] });
  assertEquals(code, 0);
  assertStringIncludes(stdout, "data:image/gif;base64,R0lGODlh");
  const missing = ["--demo", "-i", join(folder.path, "b.gif")];
  const outcome = await copilot(missing, { permissions: ["-NER"] });
  assertEquals([outcome.code, outcome.stdout], [2, ""]);
});

testOverTLS(
  "copilot-fetch as a process prints why Copilot or GitHub cannot be reached",
  async () => {
    await using network = await startNetwork({
      certificates: ({ issue }) => ({
        "api.individual.githubcopilot.com": issue(["evil.example.com"]),
      }),
    });
    const refused = await copilot(["Hello"], { network });
    assertEquals([refused.code, refused.stdout], [1, ""]);
    assertMatch(refused.stderr, /^copilot-fetch: .*cert/i);
    const env = { HTTPS_PROXY: `http://127.0.0.1:${await closedPort()}` };
    const closed = await copilot(["Hello"], { network, env });
    assertEquals([closed.code, closed.stdout], [1, ""]);
    assertEquals(`${refused.stderr}${closed.stderr}`.includes(SECRET), false);
  },
);

for (const [signal, code] of [["SIGINT", 130], ["SIGHUP", 129]] as const) {
  testOverTLSOnPOSIX(
    `copilot-fetch as a process exits with ${code} after ${signal} in mid-stream`,
    async () => {
      await using network = await startNetwork({
        pause: (sent) => sent.includes("Hello") ? never : undefined,
      });
      await using child = startCopilot(["Hello you"], { network, input: "" });
      await child.prints("Hello ");
      child.kill(signal);
      const expected = { code, stdout: "You said: Hello ", stderr: "" };
      assertEquals(await child.ended, expected);
    },
  );
}

testOnPOSIX(
  "copilot-fetch as a process exits with 143 after SIGTERM while it reads its input",
  async () => {
    await using child = startCopilot(["--demo", "Hello"]);
    // It is more than fits in a pipe, so that some of it was read.
    await child.write("word ".repeat(200_000));
    child.kill("SIGTERM");
    assertEquals(await child.ended, { code: 143, stdout: "", stderr: "" });
  },
);

testOnPOSIX(
  "copilot-fetch as a process exits with 143 after SIGTERM while it reads a named pipe",
  async () => {
    using folder = createFolder();
    const pipe = join(folder.path, "pipe");
    const { words, options } = copilotCommand(["--demo", "-f", pipe, "Hello"], {
      permissions: ["-NER"],
    });
    // To open the pipe, the shell waits until the program has opened it. That
    // the program also waits for the pipe's content cannot be seen from outside.
    const line = 'mkfifo "$0" && { "$@" < /dev/null & exec 3> "$0"; ' +
      'sleep 1; kill -TERM $!; wait $!; echo "code $?"; }';
    await using child = startCommand(
      ["sh", "-c", line, pipe, ...words],
      options,
    );
    assertEquals((await child.ended).stdout, "code 143\n");
  },
);

/** Runs the program before `after`, as a shell's pipe does. */
function startInPipe(
  args: string[],
  after: string,
  given: CopilotOptions = {},
): Running {
  const { words, options } = copilotCommand(args, given);
  const line = `{ "$@"; echo "code $?" >&2; } ${after}`;
  return startCommand(["sh", "-c", line, "sh", ...words], options);
}

testOnPOSIX(
  "copilot-fetch as a process exits with 0 when the reader of its pipe has read enough",
  async () => {
    await using child = startInPipe(["--demo"], "| head -c 9");
    child.end("word ".repeat(50_000));
    const { stdout, stderr } = await child.ended;
    assertEquals(stdout, "You said:");
    assertMatch(stderr, /^initiator {2}user\ncode 0\n$/m);
  },
);

testOnPOSIX(
  "copilot-fetch as a process prints the answer where stderr is closed",
  async () => {
    using folder = createFolder();
    const file = join(folder.path, "stdout");
    const after = `2>&1 > '${file}' | true`;
    await using child = startInPipe(["--demo", "-v", "Hello"], after);
    child.end();
    await child.ended;
    assertEquals(readFileSync(file, "utf8"), "You said: Hello\n");
  },
);

const testFullDisk = existsSync("/dev/full") ? testOnPOSIX : test.skip;

testFullDisk(
  "copilot-fetch as a process exits with 1 where the disk is full",
  async () => {
    await using child = startInPipe(["--demo", "Hello"], "> /dev/full");
    child.end();
    const { stderr } = await child.ended;
    assertMatch(
      stderr,
      /^copilot-fetch: .*no space left on device.*\ncode 1\n$/im,
    );
  },
);

/** A folder with a `gh` that is this script, and an environment that finds it. */
function createGitHubCLI(script: string) {
  const folder = createFolder();
  folder.write("gh", `#!/bin/sh\n${script}\n`, 0o755);
  return {
    permissions: ["-NE", "--allow-run=gh"],
    env: {
      COPILOT_GITHUB_TOKEN: undefined,
      PATH: `${folder.path}:${process.env.PATH}`,
    },
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}

testOverTLSOnPOSIX(
  "copilot-fetch as a process takes the credential from gh",
  async () => {
    await using network = await startNetwork();
    using gh = createGitHubCLI('[ "$1 $2" = "auth token" ] && echo ghu_gh');
    const { permissions, env } = gh;
    const outcome = await copilot(["Hello"], { network, permissions, env });
    assertEquals([outcome.code, outcome.stderr], [0, ""]);
    assertEquals(network.received[0].headers.authorization, "Bearer ghu_gh");
  },
);

testOnPOSIX(
  "copilot-fetch as a process exits with 130 after SIGINT while it waits for gh",
  async () => {
    using gh = createGitHubCLI("kill -INT $PPID; exec sleep 60");
    const { permissions, env } = gh;
    const expected = { code: 130, stdout: "", stderr: "" };
    assertEquals(await copilot(["Hello"], { permissions, env }), expected);
  },
);
