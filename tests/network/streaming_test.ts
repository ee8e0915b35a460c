import { assert, assertEquals } from "@std/assert";
import type { RequestListener } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { test } from "node:test";
import { createCopilotFetch } from "../../mod.ts";
import { run } from "../helpers/command.ts";
import { listen, sendJSON } from "../helpers/loopback.ts";
import { apart, tokenText } from "../helpers/stubs.ts";

const MB = 1024 * 1024;
const SIZE = 200 * MB;
/**
 * A body that is kept would add the 150 MB that follow the warm-up; when
 * garbage is collected decides on about 30.
 */
const MOST_GROWTH = 75 * MB;
const CHUNK = new Uint8Array(64 * 1024).fill(120);

/** Sends 200 MB, and reports how much it has sent, or counts what it receives. */
function service(onSent: (bytes: number) => void = () => {}): RequestListener {
  function* chunks() {
    for (let sent = 0; sent < SIZE; onSent(sent)) {
      yield CHUNK;
      sent += CHUNK.length;
    }
  }
  return async (request, response) => {
    if (request.url?.endsWith("/token")) {
      sendJSON(response, { token: tokenText(), refresh_in: 1500 });
    } else if (request.url === "/up") {
      let bytes = 0;
      for await (const chunk of request) bytes += chunk.length;
      response.end(`${bytes}`);
    } else {
      // A reader may cancel it.
      await pipeline(Readable.from(chunks()), response).catch(() => {});
    }
  };
}

for (const direction of ["down", "up"]) {
  test(`createCopilotFetch() streams 200 MB ${direction} without keeping it in memory`, async () => {
    await using server = await listen(service());
    const { code, stdout, stderr } = await run(
      "tests/network/streaming_program.ts",
      [direction, server.origin],
    );
    assertEquals(code, 0, stderr);
    const { bytes, grown } = JSON.parse(stdout);
    console.log(`${direction}: ${(grown / MB).toFixed(1)} MB`);
    assertEquals(bytes, SIZE);
    assert(grown < MOST_GROWTH, `${grown / MB} MB`);
  });
}

test("createCopilotFetch() returns a body whose slow reader slows the sender", async () => {
  let sent = 0;
  await using server = await listen(service((bytes) => {
    sent = bytes;
  }));
  const copilot = createCopilotFetch("ghu_a", apart({ fetch: server.fetch }));
  const response = await copilot("/down");
  const reader = response.body!.getReader();
  await reader.read();
  // The buffers on the way are filled, and then the sender waits.
  for (let before = -1; sent > before;) {
    before = sent;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  assert(sent < SIZE / 2, `${sent / MB} MB`);
  let bytes = CHUNK.length;
  for (let done = false; !done && bytes < SIZE / 2;) {
    const chunk = await reader.read();
    done = chunk.done;
    bytes += chunk.value?.length ?? 0;
  }
  assert(sent >= SIZE / 2 - CHUNK.length, `${sent / MB} MB`);
  await reader.cancel();
});
