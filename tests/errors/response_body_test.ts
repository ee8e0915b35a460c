import { assertEquals } from "@std/assert";
import { test } from "node:test";
import { exchangeToken } from "../../mod.ts";
import {
  discard,
  readStart,
  readStartWithin,
} from "../../internal/response_body.ts";
import { CREDENTIAL, errorOf } from "../helpers/failed_exchange.ts";
import { rejection, stubFetch, tokenText } from "../helpers/stubs.ts";

/** A body of chunks, and what became of it. */
function chunked(chunks: Iterable<Uint8Array | string>, cancel?: () => void) {
  const encoder = new TextEncoder();
  const iterator = chunks[Symbol.iterator]();
  const state = { sent: 0, isCancelled: false };
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const { done, value } = iterator.next();
      if (done) return controller.close();
      state.sent++;
      controller.enqueue(
        typeof value === "string" ? encoder.encode(value) : value,
      );
    },
    cancel() {
      state.isCancelled = true;
      cancel?.();
    },
  }, { highWaterMark: 0 });
  return { response: new Response(body), state };
}

function* endless(): Generator<string> {
  while (true) yield "x".repeat(1000);
}

test("readStart() reads a whole body that is short", async () => {
  const { response, state } = chunked(["one ", "two ", "", "three"]);
  assertEquals(await readStart(response, 100), "one two three");
  assertEquals(state.isCancelled, false);
});

test("readStart() reads a body of exactly the limit", async () => {
  const { response, state } = chunked(["one", "two"]);
  assertEquals(await readStart(response, 6), "onetwo");
  assertEquals(state.isCancelled, false);
});

test("readStart() cancels the rest of a body beyond the limit", async () => {
  const { response, state } = chunked(["one", "two", "three", "four"]);
  assertEquals(await readStart(response, 5), "onetwo");
  assertEquals(state, { sent: 2, isCancelled: true });
});

test("readStart() decodes characters that are split between chunks", async () => {
  const bytes = new TextEncoder().encode("aäb🙂c");
  const { response } = chunked([...bytes].map((byte) => Uint8Array.of(byte)));
  assertEquals(await readStart(response, 100), "aäb🙂c");
});

test("readStart() replaces a character that is cut off at the end", async () => {
  const { response } = chunked([Uint8Array.of(0x61, 0xc3)]);
  assertEquals(await readStart(response, 100), "a\ufffd");
});

test("readStart() ignores a cancellation that fails", async () => {
  const { response } = chunked(endless(), () => {
    throw new Error("cancelled");
  });
  assertEquals((await readStart(response, 1500)).length, 2000);
});

test("readStart() rejects when the body breaks off", async () => {
  const reason = new Error("reset");
  const body = new ReadableStream({ start: (it) => it.error(reason) });
  const error = await rejection(() => readStart(new Response(body), 100));
  assertEquals(error === reason, true);
});

test("readStart() reads a response without a body", async () => {
  assertEquals(await readStart(new Response(null), 100), "");
});

test("readStart() reads a response whose body is no web stream", async () => {
  const body = {} as ReadableStream<Uint8Array<ArrayBuffer>>;
  const response = { body, text: () => Promise.resolve("text") };
  assertEquals(await readStart(response, 100), "text");
});

test("readStartWithin() reads a body that comes in time", async () => {
  const { response } = chunked(["one ", "two"]);
  assertEquals(await readStartWithin(10_000, response, 100), "one two");
});

test("readStartWithin() cancels a body that comes too late", async () => {
  let isCancelled = false;
  const body = new ReadableStream({
    pull: () => new Promise(() => {}),
    cancel() {
      isCancelled = true;
      throw new Error("cancelled");
    },
  });
  const text = await readStartWithin(1, new Response(body), 100);
  assertEquals([text, isCancelled], [undefined, true]);
});

test("readStartWithin() does not read a body that is no web stream", async () => {
  const body = {} as ReadableStream<Uint8Array<ArrayBuffer>>;
  const response = { body, text: () => Promise.resolve("text") };
  assertEquals(await readStartWithin(10_000, response, 100), undefined);
  const empty = await readStartWithin(10_000, new Response(null), 100);
  assertEquals(empty, undefined);
});

test("discard() cancels a body", async () => {
  const { response, state } = chunked(endless());
  await discard(response);
  assertEquals(state, { sent: 0, isCancelled: true });
});

const undiscardable: Record<string, () => Pick<Response, "body" | "text">> = {
  "no body": () => new Response(null),
  "a locked body": () => {
    const response = new Response("text");
    response.body?.getReader();
    return response;
  },
  "a body that is no web stream": () => ({
    body: {} as ReadableStream<Uint8Array<ArrayBuffer>>,
    text: () => Promise.resolve("text"),
  }),
  "a body whose cancellation fails": () =>
    chunked(endless(), () => {
      throw new Error("cancelled");
    }).response,
};

for (const [what, makeResponse] of Object.entries(undiscardable)) {
  test(`discard() ignores ${what}`, async () => {
    assertEquals(await discard(makeResponse()), undefined);
  });
}

const MEGABYTE = 1_000_000;

test("exchangeToken() reads about a megabyte of an endless response", async () => {
  const { response, state } = chunked(endless());
  const { code } = await errorOf(() => response);
  assertEquals(code, "invalid_response");
  assertEquals(state.isCancelled, true);
  assertEquals(state.sent * 1000 <= MEGABYTE + 1000, true);
});

test("exchangeToken() reads a token from a response of almost a megabyte", async () => {
  const body = JSON.stringify({
    token: tokenText(),
    more: "x".repeat(999_000),
  });
  const { fetch } = stubFetch(() => new Response(body));
  const { value } = await exchangeToken(CREDENTIAL, { fetch });
  assertEquals(value, tokenText());
});

test("exchangeToken() reads a response whose body a wrapper has replaced", async () => {
  const response = {
    status: 200,
    headers: new Headers(),
    body: null,
    text: () => Promise.resolve(JSON.stringify({ token: tokenText() })),
  };
  const { fetch } = stubFetch(() => response as unknown as Response);
  const { value } = await exchangeToken(CREDENTIAL, { fetch });
  assertEquals(value, tokenText());
});

test("exchangeToken() fails as network when a wrapper has read the body", async () => {
  const error = await errorOf(async () => {
    const response = new Response("text");
    await response.text();
    return response;
  });
  assertEquals(error.code, "network");
});
