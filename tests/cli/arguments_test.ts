import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { test } from "node:test";
import config from "../../deno.json" with { type: "json" };
import { ARGUMENT_MESSAGES } from "../../cli/arguments.ts";
import { HELP } from "../../cli/help.ts";
import {
  commandLine,
  requestsTo,
  runMain,
  startMain,
} from "../helpers/fake_io.ts";

test("main() has no effect when the module is imported", async () => {
  // The test runner's own arguments would be reported as unknown options.
  assertEquals(Object.keys(await import("../../cli/mod.ts")), ["main"]);
});

/** Every option, with its short form. */
const OPTIONS = [
  "  -m, --model ID ",
  "  -s, --system TEXT ",
  "  -i, --image FILE|URL ",
  "      --effort LEVEL ",
  "  -o, --option KEY=JSON ",
  "      --no-stream ",
  "      --json ",
  "      --models ",
  "      --usage ",
  "      --serve [PORT] ",
  "      --cache ",
  "      --direct ",
  "      --from-editor ",
  "      --domain HOST ",
  "      --demo ",
  "  -v, --verbose ",
  "  -h, --help ",
  "  -V, --version ",
];

for (const flag of ["--help", "-h"]) {
  test(`copilot-fetch ${flag} prints the help on stdout, without a credential`, async () => {
    const expected = { code: 0, stdout: HELP, stderr: "" };
    assertEquals(await runMain([flag], { env: {} }), expected);
  });
}

test("copilot-fetch --help names every option and fits 80 columns", () => {
  assertStringIncludes(HELP, "Usage: copilot-fetch [options] [prompt ...]");
  for (const option of OPTIONS) assertStringIncludes(HELP, `\n${option}`);
  for (const line of HELP.split("\n")) assert(line.length <= 80, line);
});

test("copilot-fetch --help names the variables, exit codes and permissions", () => {
  for (
    const name of [
      ...["COPILOT_GITHUB_TOKEN", "GH_TOKEN", "GITHUB_TOKEN", "gh auth token"],
      ...["-N", "-E", "-R", "-W", "--allow-run=gh", "4141"],
      ...["COPILOT_MODEL", "COPILOT_CACHE"],
      ...["130", "129", "143", "SIGINT", "SIGHUP", "SIGTERM"],
    ]
  ) assertStringIncludes(HELP, name);
});

for (const flag of ["--version", "-V"]) {
  test(`copilot-fetch ${flag} prints the version of deno.json`, async () => {
    const expected = { code: 0, stdout: `${config.version}\n`, stderr: "" };
    assertEquals(await runMain([flag], { env: {} }), expected);
  });
}

/** Wrong arguments, and what the message has to name. */
const WRONG: [args: string[], named: string][] = [
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
  [["--domain", "acme.ghe.com/path?", "Hello"], "--domain"],
  [["--domain", "evil.example.com", "Hello"], "--domain"],
  [["--domain", "", "Hello"], "--domain"],
  [["--effort", "", "Hello"], "--effort"],
  [["--file=", "Hello"], "--file"],
  [["-i", " ", "Hello"], "--image"],
  [["Hello", "-o"], "--option"],
  [["--models", "Hello"], "--models"],
  [["--usage", "Hello"], "--usage"],
  [["--serve", "65536"], "--serve"],
  [["--serve", "http"], "--serve"],
  [["--serve", "1", "2"], "--serve"],
  [["--serve", "1.5"], "--serve"],
  [["--serve=0x1"], "--serve"],
];

for (const [args, named] of WRONG) {
  test(`${commandLine(args)} exits with 2 and a line that names ${named}`, async () => {
    await using program = startMain(args);
    const { code, stdout, stderr } = await program.ended;
    assertEquals([code, stdout], [2, ""]);
    assertStringIncludes(stderr, named);
    assert(/^copilot-fetch: [^\n]+\n$/.test(stderr), stderr);
    assertEquals(requestsTo(program.fake), []);
  });
}

test("copilot-fetch reports wrong arguments before a missing credential", async () => {
  const { stderr } = await runMain(["--models", "Hello"], { env: {} });
  assertEquals(
    stderr,
    `copilot-fetch: ${ARGUMENT_MESSAGES.unexpectedPrompt("--models")}\n`,
  );
});

test("copilot-fetch -- takes everything that follows as the prompt", async () => {
  const { code, stdout } = await runMain(["--", "--help", "-x"]);
  assertEquals([code, stdout], [0, "You said: --help -x\n"]);
});

test("copilot-fetch --domain sends the exchange and the request to a tenant's hosts", async () => {
  for (const domain of ["acme.ghe.com", "https://ACME.ghe.com/"]) {
    const { code, stderr } = await runMain(
      ["--demo", "--domain", domain, "Hello"],
      { env: {} },
    );
    assertEquals(code, 0);
    assertStringIncludes(stderr, "GET https://api.acme.ghe.com/");
    assertStringIncludes(stderr, " copilot-api.acme.ghe.com,");
  }
});
