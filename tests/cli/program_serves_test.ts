import { assertEquals, assertMatch } from "@std/assert";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { chat, closed, postChat, read } from "../helpers/cli_server.ts";
import { type Running, startCommand } from "../helpers/command.ts";
import {
  copilot,
  copilotCommand,
  type CopilotOptions,
  startCopilot,
  testOnPOSIX,
  testOverTLS,
  testOverTLSOnPOSIX,
} from "../helpers/copilot_command.ts";
import { never } from "../helpers/fake_io.ts";
import { startNetwork } from "../helpers/network.ts";
import { deferred, rejection } from "../helpers/stubs.ts";

// Only what needs a process: everything else is tested by calling main().

/** Waits until a server listens, and returns its URL. */
async function urlOf(child: Running): Promise<string> {
  await child.prints(/^http:\/\/127\.0\.0\.1:\d+\n/);
  return child.outcome.stdout.trimEnd();
}

for (const [signal, code] of [["SIGTERM", 143], ["SIGHUP", 129]] as const) {
  testOverTLSOnPOSIX(
    `copilot-fetch as a process serves, finishes a running answer after ${signal}, and exits with ${code}`,
    async () => {
      const stopped = deferred();
      await using network = await startNetwork({
        pause: (sent) => sent.includes("Hello") ? stopped.promise : undefined,
      });
      await using child = startCopilot(["--serve", "0"], { network });
      const url = await urlOf(child);
      const answer = read(await postChat({ url }, "Hello you"));
      await answer.until("Hello ");
      child.kill(signal);
      await closed(Number(new URL(url).port));
      stopped.resolve();
      assertMatch(await answer.rest(), /data: \[DONE\]\n\n$/);
      assertEquals((await child.ended).code, code);
    },
  );
}

testOverTLSOnPOSIX(
  "copilot-fetch as a process ends a running answer at once after a second signal",
  async () => {
    await using network = await startNetwork({
      pause: (sent) => sent.includes("Hello") ? never : undefined,
    });
    await using child = startCopilot(["--serve", "0"], { network });
    const url = await urlOf(child);
    const answer = read(await postChat({ url }, "Hello you"));
    await answer.until("Hello ");
    child.kill("SIGTERM");
    await closed(Number(new URL(url).port));
    child.kill("SIGINT");
    await rejection(() => answer.rest());
    assertEquals((await child.ended).code, 130);
  },
);

/** Makes the next command process 1 of its namespace, as a container does. */
const UNSHARE = ["unshare", "--user", "--map-root-user", "--pid", "--fork"];
const hasUnshare = spawnSync(UNSHARE[0], [...UNSHARE.slice(1), "true"])
  .status === 0;
/** Sends process 1 the signals whose names it reads. */
const SEND_SIGNALS =
  'exec 3<&0; (while read -r name; do kill -s "$name" 1; done) <&3 & exec "$@" </dev/null';

/** Starts the program as process 1; its stdin takes names of signals. */
function startAsProcess1(
  args: string[],
  given: CopilotOptions = {},
): Running {
  const { words, options } = copilotCommand(args, given);
  const shell = ["sh", "-c", SEND_SIGNALS, "sh", ...words];
  return startCommand([...UNSHARE, ...shell], options);
}

for (const [signal, code] of [["TERM", 143], ["HUP", 129]] as const) {
  (hasUnshare ? testOnPOSIX : test.skip)(
    `copilot-fetch as process 1 of a container exits with ${code} after SIG${signal}`,
    async () => {
      await using child = startAsProcess1(["--demo", "--serve", "0"]);
      await urlOf(child);
      await child.write(`${signal}\n`);
      assertEquals((await child.ended).code, code);
    },
  );
}

(hasUnshare ? testOverTLSOnPOSIX : test.skip)(
  "copilot-fetch as process 1 of a container ends at once after a second signal",
  async () => {
    await using network = await startNetwork({
      pause: (sent) => sent.includes("Hello") ? never : undefined,
    });
    await using child = startAsProcess1(["--serve", "0"], { network });
    const url = await urlOf(child);
    const answer = read(await postChat({ url }, "Hello you"));
    await answer.until("Hello ");
    await child.write("INT\n");
    await closed(Number(new URL(url).port));
    await child.write("TERM\n");
    await rejection(() => answer.rest());
    assertEquals((await child.ended).code, 143);
  },
);

testOverTLS(
  "copilot-fetch as a process connects without the proxy to a domain of NO_PROXY",
  async () => {
    await using network = await startNetwork();
    // Nobody has this domain, so nothing is sent.
    const args = ["--domain", "nobody.invalid.ghe.com", "Hello"];
    const env = { NO_PROXY: "invalid.ghe.com" };
    const { code } = await copilot(args, { network, env });
    assertEquals([code, network.connects], [1, []]);
  },
);

const hasCurl = spawnSync("curl", ["--version"]).status === 0;

(hasCurl ? test : test.skip)(
  "copilot-fetch as a process serves curl, which waits for 100-continue",
  async () => {
    await using child = startCopilot(["--demo", "--serve", "0"]);
    const url = await urlOf(child);
    await using curl = startCommand([
      ...["curl", "-sSN", "--noproxy", "*", `${url}/v1/chat/completions`],
      ...["-H", "Expect: 100-continue", "-d", "@-"],
    ]);
    curl.end(chat("word ".repeat(300_000)));
    const { code, stdout, stderr } = await curl.ended;
    assertEquals([code, stderr], [0, ""]);
    assertMatch(stdout, /word[^]*data: \[DONE\]\n\n$/);
  },
);
