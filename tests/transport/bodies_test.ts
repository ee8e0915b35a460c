import { assertEquals } from "@std/assert";
import { test } from "node:test";
import { normalizeRequest } from "../../internal/outgoing_request.ts";
import { setUp } from "../helpers/scripted_copilot.ts";

function text(body: unknown): Promise<string> {
  return new Response(body as BodyInit).text();
}

const readTypes: [type: string, isRead: boolean][] = [
  ["application/json", true],
  ["Application/JSON; charset=utf-8", true],
  ["application/vnd.github+json", true],
  ["text/plain;charset=UTF-8", true],
  ["application/x-ndjson", false],
  ["text/csv", false],
  ["application/octet-stream", false],
  ["multipart/mixed; of=text/plain", false],
];

for (const [type, isRead] of readTypes) {
  test(`normalizeRequest() ${isRead ? "reads" : "does not read"} a Request of ${type}`, async () => {
    const request = new Request("https://a.com/x", {
      method: "POST",
      headers: { "content-type": type },
      body: new Blob(["{}"]),
    });
    const { isReplayable, init } = await normalizeRequest(request, undefined);
    assertEquals(init.body instanceof ReadableStream, !isRead);
    assertEquals([isReplayable, request.bodyUsed], [isRead, isRead]);
    assertEquals(await text(init.body), "{}");
  });
}

test("normalizeRequest() does not read a Request without a type", async () => {
  const body = new Blob(["{}"]);
  const request = new Request("https://a.com/x", { method: "POST", body });
  await normalizeRequest(request, undefined);
  assertEquals(request.bodyUsed, false);
});

test("createCopilotFetch() sends a stream unread and unlocked", async () => {
  const { copilot, requests } = setUp();
  let pulled = 0;
  const body = new ReadableStream({
    pull: () => {
      pulled++;
    },
  }, { highWaterMark: 0 });
  await copilot("/x", { method: "POST", body, duplex: "half" } as RequestInit);
  assertEquals([requests[0].body, body.locked, pulled], [body, false, 0]);
  assertEquals((requests[0].init as { duplex?: string }).duplex, "half");
});

async function* chunks() {
  yield new Uint8Array([1]);
}

const bodies: [what: string, body: unknown, isReplayable: boolean][] = [
  ["no body", undefined, true],
  ["null", null, true],
  ["a text", "text", true],
  ["bytes", new Uint8Array([1]), true],
  ["a Blob", new Blob(["text"]), true],
  ["a form", new URLSearchParams(), true],
  ["FormData", new FormData(), true],
  ["a stream", new ReadableStream(), false],
  ["a stream that cannot be iterated", { getReader() {} }, false],
  ["an async iterable", chunks(), false],
];

for (const [what, body, isReplayable] of bodies) {
  test(`normalizeRequest() treats ${what} as ${isReplayable ? "" : "not "}replayable`, async () => {
    const init = { method: "POST", body } as RequestInit;
    const request = await normalizeRequest("/x", init);
    assertEquals(request.isReplayable, isReplayable);
    // Node would otherwise keep a copy of a stream for a redirect.
    assertEquals(request.init.redirect, isReplayable ? "manual" : "error");
  });
}

test('normalizeRequest() asks for no redirect: "error" where Request does not support it', async () => {
  const original = globalThis.Request;
  try {
    globalThis.Request = class {
      constructor() {
        throw new TypeError("Invalid redirect value");
      }
    } as never;
    const body = new ReadableStream();
    const { init } = await normalizeRequest("/x", { method: "POST", body });
    assertEquals(init.redirect, "manual");
  } finally {
    globalThis.Request = original;
  }
});
