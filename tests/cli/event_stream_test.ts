import { assertEquals } from "@std/assert";
import { test } from "node:test";
import { readEvents } from "../../cli/event_stream.ts";
import { deferred } from "../helpers/stubs.ts";

async function eventsOf(response: Response): Promise<string[]> {
  const events = [];
  for await (const data of readEvents(response)) events.push(data);
  return events;
}

const STREAM = 'event: a\ndata: {"a":"é😀"}\n\n: comment\r\ndata:two\r\n\r\n' +
  "data: [DONE]\n\n";
const EVENTS = ['{"a":"é😀"}', "two", "[DONE]"];

test("readEvents() joins events that are split at any byte", async () => {
  const bytes = new TextEncoder().encode(STREAM);
  for (let end = 0; end <= bytes.length; end++) {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const piece of [bytes.slice(0, end), bytes.slice(end)]) {
          if (piece.length > 0) controller.enqueue(piece);
        }
        controller.close();
      },
    });
    assertEquals(await eventsOf(new Response(body)), EVENTS, `at ${end}`);
  }
});

test("readEvents() yields nothing for a response without a body", async () => {
  assertEquals(await eventsOf(new Response(null)), []);
});

test("readEvents() cancels the response when the reader stops", async () => {
  const cancelled = deferred();
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new TextEncoder().encode(STREAM)),
    cancel: () => cancelled.resolve(),
  });
  for await (const data of readEvents(new Response(body))) {
    assertEquals(data, EVENTS[0]);
    break;
  }
  await cancelled.promise;
});
