import { assert, assertEquals } from "@std/assert";
import { test } from "node:test";
import { run } from "../helpers/command.ts";

/** Runs one part of the program, and returns what it printed. */
async function measure(part: string): Promise<Record<string, number>> {
  const program = "tests/cache/load_program.ts";
  const { code, stdout, stderr } = await run(program, [part], {
    permissions: ["-A", "--import-map=tests/import_map.json"],
  });
  assertEquals(code, 0, stderr);
  return JSON.parse(stdout);
}

test("TokenCache.get() makes one exchange for 100 000 callers that block the event loop", async () => {
  const { exchanges, tokens } = await measure("stampede");
  assertEquals([exchanges, tokens], [1, 1]);
});

test("createCopilotFetch() leaves nothing on a signal that 200 000 calls with a function credential used", async () => {
  const { listeners, most, added, bytes } = await measure("longLivedSignal");
  assertEquals([listeners, most], [0, 1]);
  assert(added >= 2000, `${added}`); // or the calls needed no listener
  // A listener or a dependent signal costs more than 64 bytes.
  assert(bytes < 32, `${bytes} bytes a call`);
});

test("createCopilotFetch() keeps nothing of a week with a million calls, aborted calls and failed exchanges", async () => {
  const { calls, aborted, failed, exchanges, bytes } = await measure("week");
  assert(calls > 1_000_000, `${calls}`);
  assertEquals(aborted, calls / 100);
  assert(failed > 0 && failed < calls / 10, `${failed}`);
  assert(exchanges > 7 * 63, `${exchanges}`); // a token is refreshed after 23 minutes
  // Up to 3 on Deno, whose heap varies; an error of each failed call is 19.
  assert(bytes < 8, `${bytes} bytes a call`);
});
