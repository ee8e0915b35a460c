import { assertEquals } from "@std/assert";
import { test } from "node:test";
import { startServer } from "../helpers/cli_server.ts";
import { runMain } from "../helpers/fake_io.ts";

/** The arrays that hold requests, and how many each holds. */
async function keptRequests(use: () => Promise<void>): Promise<number[]> {
  const arrays = new Set<unknown[]>();
  const { Request } = globalThis; // which Node loads when it is first used
  const { push } = Array.prototype;
  // The program does not show its fake, so all arrays are watched.
  Array.prototype.push = function (...items) {
    if (items.some((item) => item instanceof Request)) arrays.add(this);
    return push.apply(this, items);
  };
  try {
    await use();
  } finally {
    Array.prototype.push = push;
  }
  return [...arrays].map(({ length }) => length);
}

test("copilot-fetch --demo --serve keeps its last 100 requests in memory", async () => {
  const kept = await keptRequests(async () => {
    await using served = await startServer({}, ["--demo", "--serve", "0"]);
    for (let count = 0; count < 150; count++) {
      const response = await fetch(`${served.url}/v1/models/gpt-5-mini`);
      await response.text();
    }
  });
  assertEquals(kept, [1, 100]); // one exchange
});

test("copilot-fetch --demo asks a fake of the domain", async () => {
  const domain = "acme.ghe.com";
  const args = ["--demo", "--domain", domain, "Hello"];
  const { code, stderr } = await runMain(args);
  assertEquals([code, stderr.includes(`https://api.${domain}/`)], [0, true]);
});
