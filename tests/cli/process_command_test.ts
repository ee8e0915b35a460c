import { assertEquals } from "@std/assert";
import process from "node:process";
import { runOnTerminal } from "../../cli/process_command.ts";
import { testOnPOSIX } from "../helpers/copilot_command.ts";
import { rejection } from "../helpers/stubs.ts";

const { env } = process;

function sh(script: string, signal = new AbortController().signal) {
  return runOnTerminal("sh", ["-c", script], { env, signal });
}

testOnPOSIX(
  "runOnTerminal() returns the exit code of a command, and gives it the variables",
  async () => {
    const { signal } = new AbortController();
    const options = { env: { ...env, CODE: "7" }, signal };
    assertEquals(await runOnTerminal("sh", ["-c", "exit $CODE"], options), 7);
    assertEquals(await sh("kill -KILL $$"), null);
  },
);

testOnPOSIX(
  "runOnTerminal() passes SIGTERM and SIGHUP on to the command",
  async () => {
    for (const name of ["SIGTERM", "SIGHUP"]) {
      const controller = new AbortController();
      const code = sh("exec sleep 60", controller.signal);
      controller.abort(name);
      assertEquals(await code, null);
    }
  },
);

testOnPOSIX(
  "runOnTerminal() waits for the command after SIGINT, which the terminal has sent to it",
  async () => {
    const controller = new AbortController();
    const code = sh("exit 7", controller.signal);
    controller.abort("SIGINT");
    assertEquals(await code, 7);
  },
);

testOnPOSIX("runOnTerminal() rejects if there is no such command", async () => {
  const { signal } = new AbortController();
  const options = { env: { PATH: "/nowhere" }, signal };
  const error = await rejection(() => runOnTerminal("gh", [], options));
  assertEquals((error as { code?: string }).code, "ENOENT");
});
