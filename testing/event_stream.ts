/**
 * Server-sent events, one each time that the reader asks.
 *
 * @module
 */

import type { Json } from "./reply.ts";

/** Makes a response of events. It ends with an error when `signal` aborts. */
export function eventStreamResponse(
  events: Iterable<Json>,
  end: string | undefined,
  signal: AbortSignal,
): Response {
  const lines = linesOf(events, end);
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      signal.addEventListener("abort", () => controller.error(signal.reason));
    },
    // A reader that stops reading stops the stream.
    pull(controller) {
      const { value, done } = lines.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
  }, { highWaterMark: 0 });
  return new Response(body, {
    headers: { "content-type": "text/event-stream" },
  });
}

function* linesOf(
  events: Iterable<Json>,
  end: string | undefined,
): Generator<string, void> {
  for (const event of events) {
    const name = typeof event.type === "string" ? `event: ${event.type}\n` : "";
    yield `${name}data: ${JSON.stringify(event)}\n\n`;
  }
  if (end) yield `data: ${end}\n\n`;
}
