import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { LISTEN_MESSAGES } from "../../../cli/serve/listen.ts";
import type { Address } from "../../../cli/mod.ts";
import { createFakeCopilot } from "../../../testing/mod.ts";
import { createSlowAnswer, runMain, startMain } from "../../helpers/fake_io.ts";
import {
  closed,
  isOpen,
  postChat,
  read,
  startServer,
} from "../../helpers/cli_server.ts";
import { deferred, rejection } from "../../helpers/stubs.ts";

test("copilot-fetch --serve listens on loopback only, and prints its URL", async () => {
  await using server = await startServer();
  assertEquals(await isOpen(server.port, "127.0.0.1"), true);
  assertEquals(await isOpen(server.port, "127.0.0.2"), false);
});

test("copilot-fetch --serve answers at [::1] too, if the computer has IPv6", async () => {
  await using server = await startServer();
  if (!await isOpen(server.port, "::1")) return;
  const { status } = await fetch(`http://[::1]:${server.port}/models`);
  assertEquals(status, 200);
});

/** Why the program serves at 127.0.0.1 alone. */
const NO_IPV6: [port: number, code: string][] = [
  [8080, "EADDRNOTAVAIL"],
  // A port that was free at 127.0.0.1 is not always free at [::1].
  [0, "EADDRINUSE"],
];

for (const [port, code] of NO_IPV6) {
  test(`copilot-fetch --serve ${port} serves where listening at [::1] fails with ${code}`, async () => {
    await using program = startMain(["--serve", `${port}`], {
      listen({ hostname }) {
        const error = Object.assign(new Error("no"), { code });
        if (hostname === "::1") return Promise.reject(error);
        const close = () => Promise.resolve();
        return Promise.resolve({ port: 8080, close, closeConnections() {} });
      },
    });
    await program.prints("http://127.0.0.1:8080\n");
  });
}

test("copilot-fetch --serve exits with 1 if another program listens on the port at [::1]", async () => {
  const closed: string[] = [];
  const outcome = await runMain(["--serve", "8080"], {
    listen({ hostname, port }) {
      if (hostname === "::1") {
        const error = new Error("in use");
        return Promise.reject(Object.assign(error, { code: "EADDRINUSE" }));
      }
      const close = () => Promise.resolve(void closed.push(hostname));
      return Promise.resolve({ port, close, closeConnections() {} });
    },
  });
  assertEquals([outcome.code, outcome.stdout, closed], [1, "", ["127.0.0.1"]]);
});

/** Where the program listens with an option, and the URL that it prints. */
const HOSTS: [host: string, args: string[], url: string][] = [
  ["localhost", [], "http://localhost:8080"],
  ["127.0.0.1", [], "http://127.0.0.1:8080"],
  ["::1", [], "http://[::1]:8080"],
  ["0.0.0.0", ["--key", "k"], "http://0.0.0.0:8080"],
];

for (const [host, args, url] of HOSTS) {
  test(`copilot-fetch --serve --host ${host} listens there alone`, async () => {
    const addresses: Address[] = [];
    const all = ["--serve", "8080", "--host", host, ...args];
    await using program = startMain(all, {
      listen(address) {
        addresses.push(address);
        const { port } = address;
        const close = () => Promise.resolve();
        return Promise.resolve({ port, close, closeConnections() {} });
      },
    });
    await program.prints(`${url}\n`);
    assertEquals(addresses, [{ hostname: host, port: 8080 }]);
  });
}

for (const args of [["--serve"], ["--serve", "8080"], ["--serve=8080"]]) {
  const port = args.length > 1 || args[0].includes("=") ? 8080 : 4141;
  test(`copilot-fetch ${args.join(" ")} listens on port ${port}`, async () => {
    const addresses: Address[] = [];
    await runMain(args, {
      listen(address) {
        addresses.push(address);
        return Promise.reject(new Error("stop"));
      },
    });
    assertEquals(addresses, [{ hostname: "127.0.0.1", port }]);
  });
}

test("copilot-fetch --serve exits with 1 if its port is in use", async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const { port } = other.address() as AddressInfo;
  const outcome = await runMain(["--serve", `${port}`]);
  await new Promise((resolve) => other.close(resolve));
  assertEquals([outcome.code, outcome.stdout], [1, ""]);
  assertStringIncludes(outcome.stderr, LISTEN_MESSAGES.portInUse(port));
});

test("copilot-fetch --serve exits with 130 after SIGINT if no answer is running", async () => {
  await using server = await startServer();
  // The client keeps its connection open.
  await (await fetch(`${server.url}/models`)).text();
  server.program.kill();
  assertEquals((await server.program.ended).code, 130);
});

test("copilot-fetch --serve finishes a running answer after SIGTERM, and accepts no other request", async () => {
  const fake = createFakeCopilot();
  const answer = createSlowAnswer();
  fake.answerNextRequest(answer.respond);
  await using server = await startServer({ fake });
  const received = read(await postChat(server, "Hello"));
  answer.send("One ");
  await received.until("One ");
  server.program.kill("SIGTERM");
  await closed(server.port);
  answer.send("two");
  answer.end();
  assertMatch(await received.rest(), /two[^]*data: \[DONE\]\n\n$/);
  assertEquals((await server.program.ended).code, 143);
});

/** A timer that does not run by itself. */
interface HeldTimer {
  run: () => void;
  milliseconds?: number;
}

/** The timers that are set until a function has ended; none of them runs. */
async function timersSetIn(run: () => Promise<void>): Promise<HeldTimer[]> {
  const timers: HeldTimer[] = [];
  const { setTimeout } = globalThis;
  const hold = (run: () => void, milliseconds?: number) =>
    timers.push({ run, milliseconds });
  globalThis.setTimeout = hold as unknown as typeof setTimeout;
  try {
    await run();
  } finally {
    globalThis.setTimeout = setTimeout;
  }
  return timers;
}

test("copilot-fetch --serve lets answers run for 2 seconds after SIGINT", async () => {
  const [closing, cut] = [deferred(), deferred()];
  await using program = startMain(["--serve", "0"], {
    listen: () =>
      Promise.resolve({
        port: 1,
        close() {
          closing.resolve();
          return cut.promise;
        },
        closeConnections: () => cut.resolve(),
      }),
  });
  await program.prints("http://127.0.0.1:1\n");
  const timers = await timersSetIn(async () => {
    program.kill();
    await closing.promise;
  });
  assertEquals(timers.map(({ milliseconds }) => milliseconds), [2000]);
  timers[0].run();
  assertEquals((await program.ended).code, 130);
});

test("copilot-fetch --serve cuts an answer off 2 seconds after SIGINT, and cancels its request", async () => {
  const fake = createFakeCopilot();
  const answer = createSlowAnswer();
  fake.answerNextRequest(answer.respond);
  await using server = await startServer({ fake });
  const received = read(await postChat(server, "Hello"));
  answer.send("One ");
  await received.until("One ");
  const timers = await timersSetIn(async () => {
    server.program.kill();
    await closed(server.port);
  });
  timers.find(({ milliseconds }) => milliseconds === 2000)?.run();
  await rejection(() => received.rest());
  await answer.cancelled;
  assertEquals((await server.program.ended).code, 130);
});
