import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { copilot, linesOf } from "../helpers/copilot_command.ts";

test("--demo streams an answer, and shows what goes on the wire", async () => {
  const { code, stdout, stderr } = await copilot(["--demo", "Hello", "you"]);
  assertEquals(stdout, "You said: Hello you\n");
  assertEquals(linesOf(stderr), [
    "exchange   GET https://api.github.com/copilot_internal/v2/token: 200",
    "host       api.individual.githubcopilot.com, from the token's proxy-ep",
    "request    POST /chat/completions: 200",
    "initiator  user",
  ]);
  assertEquals(code, 0);
});

test("--domain leads the exchange and the request to a tenant's hosts", async () => {
  const { code, stderr } = await copilot([
    ...["--demo", "--domain", "acme.ghe.com", "Hello"],
  ]);
  const [exchange, host] = linesOf(stderr);
  assertStringIncludes(exchange, "GET https://api.acme.ghe.com/");
  assertStringIncludes(host, " copilot-api.acme.ghe.com,");
  assertEquals(code, 0);
});

/** Every option that the issue lists, with its short form. */
const OPTIONS = [
  "  -m, --model ID ",
  "  -s, --system TEXT ",
  "  -i, --image FILE|URL ",
  "      --no-stream ",
  "      --json ",
  "      --models ",
  "      --serve [PORT] ",
  "      --direct ",
  "      --domain HOST ",
  "      --demo ",
  "  -v, --verbose ",
  "  -h, --help ",
  "  -V, --version ",
];

for (const flag of ["--help", "-h"]) {
  test(`${flag} goes to stdout, fits 80 columns and names every option`, async () => {
    const { code, stdout, stderr } = await copilot([flag]);
    assertEquals([code, stderr], [0, ""]);
    assertStringIncludes(stdout, "Usage: copilot [options] [prompt ...]");
    for (const option of OPTIONS) assertStringIncludes(stdout, `\n${option}`);
    for (const line of linesOf(stdout)) assert(line.length <= 80, line);
  });
}

test("The help names the credentials and the permissions that Deno needs", async () => {
  const { stdout } = await copilot(["--help"]);
  for (
    const name of [
      ...["COPILOT_GITHUB_TOKEN", "GH_TOKEN", "GITHUB_TOKEN", "gh auth token"],
      ...["-N", "-E", "-R", "--allow-run=gh", "COPILOT_MODEL", "4141"],
    ]
  ) assertStringIncludes(stdout, name);
});

for (const flag of ["--version", "-V"]) {
  test(`${flag} tells the version of deno.json`, async () => {
    const file = new URL("../../deno.json", import.meta.url);
    const { version } = JSON.parse(await readFile(file, "utf8"));
    assertEquals(await copilot([flag]), {
      code: 0,
      stdout: `${version}\n`,
      stderr: "",
    });
  });
}

test("Neither --help nor --version needs a permission", async () => {
  for (const flag of ["--help", "--version"]) {
    const { code, stderr } = await copilot([flag], { permissions: [] });
    assertEquals([code, stderr], [0, ""]);
  }
});

/** Mistakes, and what the line about each has to name. */
const MISTAKES: [args: string[], named: string][] = [
  [[], "prompt"],
  [[" "], "prompt"],
  [["--unknown", "Hello"], "'--unknown'"],
  [["-x", "Hello"], "'-x'"],
  [["Hello", "--model"], "--model"],
  [["Hello", "-s"], "--system"],
  [["Hello", "--image"], "--image"],
  [["Hello", "--domain"], "--domain"],
  [["--model", "--json", "Hello"], "--model"],
  [["--json=yes", "Hello"], "--json"],
  [["--domain", "acme.ghe.com/path?", "Hello"], "domain"],
  [["--models", "Hello"], "--models"],
];

test("A mistake is told in one line, with exit code 2", async () => {
  await Promise.all(MISTAKES.map(async ([args, named]) => {
    const { code, stdout, stderr } = await copilot(["--demo", ...args]);
    assertEquals([code, stdout], [2, ""], `${args}`);
    assertEquals(linesOf(stderr).length, 1, stderr);
    assert(stderr.startsWith("copilot: "), stderr);
    assertStringIncludes(stderr, named);
    assert(!/\.$/.test(stderr.trimEnd()), "It ends without a full stop");
  }));
});

test("What follows -- is a prompt, whatever it looks like", async () => {
  const { code, stdout } = await copilot(["--demo", "--", "--help", "-x"]);
  assertEquals([code, stdout], [0, "You said: --help -x\n"]);
});
