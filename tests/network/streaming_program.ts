/**
 * Downloads or uploads 200 MB through the library, and prints by how much the
 * memory of its process grew.
 */
import process from "node:process";
import { createCopilotFetch } from "../../mod.ts";

const [direction, origin] = process.argv.slice(2);

const CHUNK = new Uint8Array(64 * 1024).fill(120);
const CHUNKS = 200 * 1024 * 1024 / CHUNK.length;
const WARM_UP = CHUNKS / 4;

const copilot = createCopilotFetch("ghu_a", {
  fetch(input, init) {
    const { pathname } = new URL(String(input));
    return fetch(origin + pathname, init);
  },
});

let base = 0;
let most = 0;
let count = 0;

/** Buffers and garbage have their usual size after a quarter of the chunks. */
function measure() {
  const { rss } = process.memoryUsage();
  if (++count <= WARM_UP) base = Math.max(base, rss);
  most = Math.max(most, rss);
}

let bytes = 0;
if (direction === "down") {
  const response = await copilot("/down");
  for await (
    const chunk of response.body as unknown as AsyncIterable<Uint8Array>
  ) {
    bytes += chunk.length;
    measure();
  }
} else {
  let sent = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      measure();
      if (sent++ === CHUNKS) controller.close();
      else controller.enqueue(CHUNK.slice());
    },
  }, { highWaterMark: 0 });
  const init = { method: "POST", body, duplex: "half" };
  bytes = Number(await (await copilot("/up", init)).text());
}
console.log(JSON.stringify({ bytes, grown: most - base }));
