import { assertEquals, assertStringIncludes } from "@std/assert";
import { test } from "node:test";
import { run } from "./command.ts";

const NONE = { COPILOT_GITHUB_TOKEN: undefined };

test("--demo streams an answer, and shows what goes on the wire", async () => {
  const { code, stdout, stderr } = await run("cli.ts", [
    "--demo",
    "Hello",
    "you",
  ]);
  assertEquals(stdout, "You said: Hello you\n");
  assertEquals(stderr.trimEnd().split("\n"), [
    "exchange   GET https://api.github.com/copilot_internal/v2/token: 200",
    "host       api.individual.githubcopilot.com, from the token's proxy-ep",
    "request    POST /chat/completions: 200",
    "initiator  user",
  ]);
  assertEquals(code, 0);
});

test("--help goes to stdout and fits 80 columns", async () => {
  const { code, stdout, stderr } = await run("cli.ts", ["--help"]);
  assertStringIncludes(stdout, "Usage: copilot");
  assertEquals(
    Math.max(...stdout.split("\n").map(({ length }) => length)) <= 80,
    true,
  );
  assertEquals([code, stderr], [0, ""]);
});

test("Without a credential there is a line on what to set", async () => {
  const { code, stdout, stderr } = await run("cli.ts", ["Hello"], {
    env: NONE,
  });
  assertEquals([code, stdout], [2, ""]);
  assertStringIncludes(stderr, "COPILOT_GITHUB_TOKEN");
});

test("Without a prompt, and with an unknown flag, the usage is told", async () => {
  for (const args of [[], ["--demo"], ["--unknown", "Hello"]]) {
    const { code, stdout, stderr } = await run("cli.ts", args, { env: NONE });
    assertEquals([code, stdout], [2, ""]);
    assertEquals(stderr.trimEnd().split("\n").length, 1);
  }
});
