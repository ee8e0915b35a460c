import { assertEquals, assertStringIncludes } from "@std/assert";
import { test } from "node:test";
import { HELP } from "../../../cli/help.ts";
import { TOOL_SETTINGS } from "../../../cli/serve/tool_settings.ts";
import { requestsTo, runMain, startMain } from "../../helpers/fake_io.ts";

for (const tool of Object.keys(TOOL_SETTINGS)) {
  test(`copilot-fetch --serve --print ${tool} prints its settings without a credential`, async () => {
    const args = ["--serve", "5000", "--key", "k1", "--print", tool];
    const { code, stdout, stderr } = await runMain(args, { env: {} });
    assertEquals([code, stderr], [0, ""]);
    assertStringIncludes(stdout, "http://127.0.0.1:5000");
    assertStringIncludes(stdout, "k1");
  });
}

test("copilot-fetch --serve --print codex prints variables, a command and a file", async () => {
  const { stdout } = await runMain(["serve", "--print", "codex"]);
  const [title, variable, command, _, file] = stdout.split("\n");
  assertEquals([title, variable, command, file], [
    "# Codex",
    "export COPILOT_SERVE_KEY=copilot-fetch",
    "codex",
    "# ~/.codex/config.toml",
  ]);
});

test("copilot-fetch --serve --print quotes a key for the shell", async () => {
  const args = ["serve", "--key", "it's", "--print", "codex"];
  const { stdout } = await runMain(args);
  assertStringIncludes(stdout, `export COPILOT_SERVE_KEY='it'\\''s'\n`);
});

test("copilot-fetch --serve --print exits with 2 for an unknown tool, and names those that it knows", async () => {
  for (const tool of ["emacs", "", "constructor"]) {
    await using program = startMain(["--serve", "--print", tool]);
    const { code, stdout, stderr } = await program.ended;
    assertEquals([code, stdout, requestsTo(program.fake)], [2, "", []]);
    for (const known of Object.keys(TOOL_SETTINGS)) {
      assertStringIncludes(stderr, known);
    }
  }
});

test("copilot-fetch --serve 0 --print exits with 2, as no tool can use port 0", async () => {
  const { code, stdout } = await runMain(["--serve", "0", "--print", "codex"]);
  assertEquals([code, stdout], [2, ""]);
});

test("copilot-fetch --help names every tool of --print", () => {
  for (const tool of Object.keys(TOOL_SETTINGS)) {
    assertStringIncludes(HELP, tool);
  }
});
