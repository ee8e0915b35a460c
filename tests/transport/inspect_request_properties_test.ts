import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { test } from "node:test";
import { inspectRequest } from "../../internal/initiator.ts";
import { setUp } from "../helpers/scripted_copilot.ts";

const PATHS = [
  "/chat/completions",
  "/responses",
  "/v1/messages",
  "/v1/messages/count_tokens",
  "/embeddings",
  "",
];

/** Values that conversations have, and that they do not have. */
const word = fc.constantFrom(
  "user",
  "assistant",
  "system",
  "tool",
  "text",
  "image",
  "image_url",
  "tool_result",
  "<system-reminder>a</system-reminder>",
  "<system-reminder>",
);

/** Conversations with something malformed at any depth. */
const { conversation } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    word,
    fc.constantFrom(null, true, 0, "", {}, []),
    fc.array(tie("value"), { maxLength: 4 }),
    tie("item"),
  ),
  item: fc.record({
    role: tie("value"),
    type: tie("value"),
    text: tie("value"),
    content: tie("value"),
    output: tie("value"),
    source: tie("value"),
  }, { requiredKeys: [] }),
  conversation: fc.record({
    messages: tie("value"),
    input: tie("value"),
  }, { requiredKeys: [] }),
}));

const headers = fc.dictionary(
  fc.constantFrom(
    "x-claude-code-agent-id",
    "x-codex-turn-metadata",
    "x-interaction-type",
    "content-encoding",
  ),
  fc.string(),
);

/** What `inspectRequest` may return for any input. */
function assertConversation(
  path: string,
  marks: Record<string, string>,
  body: unknown,
) {
  const found = inspectRequest(path, marks, body as BodyInit);
  assertEquals(Object.keys(found), ["initiator", "hasImage"]);
  assert(["user", "agent", undefined].includes(found.initiator));
  assertEquals(typeof found.hasImage, "boolean");
}

test("inspectRequest() throws for no malformed conversation", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...PATHS),
      headers,
      conversation,
      (path, marks, body) =>
        assertConversation(path, marks, JSON.stringify(body)),
    ),
    { numRuns: 2000 },
  );
});

test("inspectRequest() throws for no JSON, text or bytes", () => {
  const body = fc.oneof(
    fc.json(),
    fc.string({ unit: "binary" }),
    fc.uint8Array(),
    conversation.map((body) => JSON.stringify(body).slice(0, -3)),
  );
  fc.assert(
    fc.property(fc.string(), headers, body, assertConversation),
    { numRuns: 2000 },
  );
});

test("inspectRequest() returns user for every prompt that ends a conversation", () => {
  const items = fc.array(conversation, { maxLength: 5 });
  const text = fc.string().filter((text) =>
    !text.includes("</system-reminder>")
  );
  fc.assert(
    fc.property(items, text, (earlier, content) => {
      const messages = [...earlier, { role: "user", content }];
      const body = JSON.stringify({ messages });
      assertEquals(
        inspectRequest("/chat/completions", {}, body).initiator,
        "user",
      );
    }),
  );
});

test("inspectRequest() returns agent for every answer that ends a conversation", () => {
  const items = fc.array(conversation, { maxLength: 5 });
  fc.assert(
    fc.property(items, (earlier) => {
      const messages = [...earlier, { role: "assistant", content: "Hello" }];
      const body = JSON.stringify({ messages });
      assertEquals(
        inspectRequest("/chat/completions", {}, body).initiator,
        "agent",
      );
    }),
  );
});

test("inspectRequest() finds an image at any depth", () => {
  const keys = fc.array(fc.constantFrom("content", "output", "source"));
  fc.assert(
    fc.property(keys, fc.boolean(), (keys, isList) => {
      const nested = keys.reduce<unknown>(
        (value, key) => ({ [key]: isList ? [value] : value }),
        { type: "image" },
      );
      const body = JSON.stringify({ messages: [nested] });
      assertEquals(inspectRequest("/x", {}, body).hasImage, true);
    }),
  );
});

/** The beginnings of blocks, and what follows them. */
const UNCLOSED: [open: string, end: string][] = [
  ["<system-reminder>", ""],
  ["<task-notification>", "</system-reminder>"],
  ["<system-reminder></system-reminder> ", "<system-reminder>"],
  [" ", "</system-reminder>"],
];

test("inspectRequest() reads a megabyte of unclosed reminders in linear time", () => {
  for (const [open, end] of UNCLOSED) {
    const content = open.repeat(60_000) + end;
    const body = JSON.stringify({ messages: [{ role: "user", content }] });
    // Quadratic time would exceed any limit of a test run.
    assertEquals(inspectRequest("/x", {}, body).initiator, "user");
  }
});

test("createCopilotFetch() sends a body that is nested too deep for many parsers", async () => {
  const body = `{"messages":[{"role":"user","content":${"[".repeat(50_000)}${
    "]".repeat(50_000)
  }}]}`;
  const { copilot, requests } = setUp();
  await copilot("/chat/completions", { method: "POST", body });
  assertEquals(requests[0].body, body);
});
