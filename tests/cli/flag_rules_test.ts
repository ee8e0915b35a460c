import { assertEquals } from "@std/assert";
import { test } from "node:test";
import { FLAG_MESSAGES } from "../../cli/flag_rules.ts";
import {
  commandLine,
  requestsTo,
  runMain,
  startMain,
} from "../helpers/fake_io.ts";

/** Flags that exclude each other, and the two that the message names. */
const EXCLUDED: [args: string[], one: string, other: string][] = [
  [["--models", "--usage"], "--models", "--usage"],
  [["--usage", "--serve"], "--usage", "--serve"],
  [["--serve", "--models", "0"], "--serve", "--models"],
  [["--usage", "models"], "--usage", "models"],
  [["--models", "login"], "--models", "login"],
  [["--serve", "--json"], "--serve", "--json"],
  [["--models", "-m", "gpt-5-mini"], "--models", "--model"],
  [["--usage", "-s", "Be brief"], "--usage", "--system"],
  [["--models", "-f", "a"], "--models", "--file"],
  [["--models", "-i", "a.png"], "--models", "--image"],
  [["--models", "--effort", "low"], "--models", "--effort"],
  [["--models", "-o", "a=1"], "--models", "--option"],
  [["--models", "--no-stream"], "--models", "--no-stream"],
  [["usage", "--no-stream"], "usage", "--no-stream"],
  [["serve", "--json", "0"], "serve", "--json"],
  [["login", "--from-editor"], "login", "--from-editor"],
  [["auth", "-m", "gpt-5-mini"], "login", "--model"],
  [["--serve", "--strict", "--adapt"], "--strict", "--adapt"],
  [["--models", "--key", "k"], "--models", "--key"],
  [["--demo", "--from-editor", "Hello"], "--demo", "--from-editor"],
  [["--from-editor", "--models", "--demo"], "--demo", "--from-editor"],
];

for (const [args, one, other] of EXCLUDED) {
  test(`${commandLine(args)} exits with 2, and names ${one} and ${other}`, async () => {
    await using program = startMain(args);
    const line = `copilot-fetch: ${FLAG_MESSAGES.excluded(one, other)}\n`;
    const expected = { code: 2, stdout: "", stderr: line };
    assertEquals(await program.ended, expected);
    assertEquals(requestsTo(program.fake), []);
  });
}

const SERVE_ONLY = [
  ...[["--key", "k"], ["--host", "::1"], ["--allow-host", "a"]],
  ...[["--max-body", "1"], ["-q"], ["--strict"], ["--adapt"], [
    "--print",
    "codex",
  ]],
];

for (const args of SERVE_ONLY) {
  test(`${commandLine([...args, "Hello"])} exits with 2, and asks no model`, async () => {
    await using program = startMain([...args, "Hello"]);
    const { code, stderr } = await program.ended;
    assertEquals([code, requestsTo(program.fake)], [2, []]);
    assertEquals(stderr.includes("--serve"), true);
  });
}

/** Flags that go together. */
const TOGETHER = [
  ["--models", "models"],
  ["--models", "--json", "--direct", "-v"],
  ["usage", "--json", "--demo"],
  ["--json", "--no-stream", "Hello"],
  ["--models", "--help"],
  ["--domain", "github.com", "login"],
];

for (const args of TOGETHER) {
  test(`${commandLine(args)} exits with 0`, async () => {
    assertEquals((await runMain(args)).code, 0);
  });
}
