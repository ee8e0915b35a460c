import { assertEquals } from "@std/assert";
import { deferred } from "../helpers/stubs.ts";
import { startNetwork } from "../helpers/network.ts";
import { startRelay } from "../helpers/relay.ts";
import {
  asked,
  startCopilot,
  testOverTLSOnPOSIX as test,
} from "../helpers/copilot_command.ts";

/** What never comes. */
const never = new Promise<void>(() => {});

test("Ctrl-C in mid-stream ends it with 130, and cancels the request", async () => {
  await using network = await startNetwork({
    pause: (sent) => sent.includes("Hello") ? never : undefined,
  });
  await using relay = await startRelay(network);
  await using child = startCopilot(["Hello you"], {
    network: relay.network,
    input: "",
  });
  await child.says("Hello ");
  child.interrupt();
  assertEquals(await child.ended, {
    code: 130,
    stdout: "You said: Hello ",
    stderr: "",
  });
  await relay.left;
});

/** Where else it may have to wait. */
const WAITS = {
  "the exchange": "answerNextExchange",
  "the first word": "answerNextRequest",
} as const;

for (const [what, answer] of Object.entries(WAITS)) {
  test(`Ctrl-C before ${what} ends it with 130`, async () => {
    await using network = await startNetwork();
    for (const args of [["Hello"], ["--models"]]) {
      const waits = deferred();
      network.fake[answer](() => {
        waits.resolve();
        return never;
      });
      await using child = startCopilot(args, { network, input: "" });
      await waits.promise;
      child.interrupt();
      assertEquals(await child.ended, { code: 130, stdout: "", stderr: "" });
    }
  });
}

test("Ctrl-C while input is waited for ends it with 130", async () => {
  await using network = await startNetwork();
  await using child = startCopilot(["Hello"], { network });
  // It is more than fits in a pipe, so some of it has been read.
  await child.write("word ".repeat(200_000));
  child.interrupt();
  assertEquals(await child.ended, { code: 130, stdout: "", stderr: "" });
  assertEquals(asked(network), []);
});
