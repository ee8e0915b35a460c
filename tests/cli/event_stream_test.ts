import { assertEquals } from "@std/assert";
import { test } from "node:test";
import { readEvents, readTexts } from "../../cli/event_stream.ts";
import { deferred } from "../helpers/stubs.ts";

/** The data of each event; of an incomplete one with "…". */
async function eventsOf(...pieces: Uint8Array[]): Promise<string[]> {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of pieces) {
        if (piece.length > 0) controller.enqueue(piece);
      }
      controller.close();
    },
  });
  const events = [];
  for await (const event of readEvents(readTexts(new Response(body)))) {
    events.push(event.data + (event.isComplete ? "" : "…"));
  }
  return events;
}

const encode = (text: string) => new TextEncoder().encode(text);

/** Streams with each kind of line end, and their events. */
const STREAMS: [what: string, stream: string, events: string[]][] = [
  [
    "LF, names, comments and characters of up to four bytes",
    'event: a\ndata: {"a":"é😀"}\n\n: comment\n\ndata:two\nid: 1\n\n',
    ['{"a":"é😀"}', "two"],
  ],
  [
    "CR LF",
    "data: one\r\n\r\n: comment\r\ndata: two\r\ndata: lines\r\n\r\n",
    ["one", "two\nlines"],
  ],
  ["CR", "data: one\r\rdata: two\rdata: lines\r\r", ["one", "two\nlines"]],
  [
    "mixed line ends",
    "data: one\r\n\rdata: two\n\r\ndata: three\r\n\ndata: 4\r\r\n",
    ["one", "two", "three", "4"],
  ],
  ["a byte order mark", "\ufeffdata: one\n\n", ["one"]],
  ["no last blank line", "data: one\n\ndata: two\n", ["one", "two…"]],
  ["no last line feed", "data: one\n\ndata: two", ["one", "two…"]],
  ["no last line feed, but CR", "data: one\r\rdata: two\r", ["one", "two…"]],
  ["data without a value", "data\n\ndata:\n\ndata: \n\n", ["", "", ""]],
  ["data after two spaces", "data:  one\n\n", [" one"]],
  ["fields that only begin like data", "data2: one\n\n Data: two\n\n", []],
  ["blank lines", "\n\n\r\r\r\n\r\ndata: one\n\n\n\n", ["one"]],
  ["nothing", "", []],
];

for (const [what, stream, events] of STREAMS) {
  test(`readEvents() reads a stream with ${what}, cut at any byte`, async () => {
    const bytes = encode(stream);
    for (let end = 0; end <= bytes.length; end++) {
      const pieces = [bytes.slice(0, end), bytes.slice(end)];
      assertEquals(await eventsOf(...pieces), events, `cut at ${end}`);
    }
  });

  test(`readEvents() reads a stream with ${what}, byte by byte`, async () => {
    const bytes = [...encode(stream)].map((byte) => Uint8Array.of(byte));
    assertEquals(await eventsOf(...bytes), events);
  });
}

test("readEvents() reads one event of 30 MB that comes in small pieces", async () => {
  const length = 30_000_000;
  const piece = encode("x".repeat(1000));
  const pieces = Array.from({ length: length / piece.length }, () => piece);
  // Joining all that has arrived with each piece would take minutes.
  const [data, ...more] = await eventsOf(
    encode("data: "),
    ...pieces,
    encode("\n\n"),
  );
  assertEquals([data.length, more], [length, []]);
});

test("readTexts() yields nothing for a response without a body", async () => {
  for await (const text of readTexts(new Response(null))) {
    throw new Error(`It yields ${JSON.stringify(text)}`);
  }
});

test("readEvents() cancels the response when the reader stops", async () => {
  const cancelled = deferred();
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(encode("data: one\n\n")),
    cancel: () => cancelled.resolve(),
  });
  for await (const { data } of readEvents(readTexts(new Response(body)))) {
    assertEquals(data, "one");
    break;
  }
  await cancelled.promise;
});
