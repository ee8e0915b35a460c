import { assertEquals } from "@std/assert";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { setUp } from "../helpers/scripted_copilot.ts";

/** A request of a coding agent: its structure, with neutral texts. */
interface RecordedRequest {
  tool: string;
  path: string;
  headers: Record<string, string>;
  body: unknown;
  expected: { initiator: string; hasImage: boolean };
}

function readRequests(file: string): RecordedRequest[] {
  const url = new URL(`../fixtures/${file}`, import.meta.url);
  return JSON.parse(readFileSync(url, "utf8"));
}

/** Requests of Claude Code, Codex and pi. */
const recorded = readRequests("conversations.json");

/**
 * What opencode 1.18.33 sends for one prompt: a title, which looks like a
 * prompt, the prompt, a subagent's prompt, and the result of the subagent.
 */
const recordedOfOpencode = readRequests("conversations_opencode.json");

const conversations = [...recorded, ...recordedOfOpencode];

test("tests/fixtures/conversations.json has 25 requests, conversations_opencode.json 4", () => {
  assertEquals([recorded.length, recordedOfOpencode.length], [25, 4]);
});

for (
  const [index, { tool, path, headers, body, expected }] of conversations
    .entries()
) {
  const { initiator, hasImage } = expected;
  test(`createCopilotFetch() sends ${initiator}${hasImage ? " and an image" : ""} for request ${index} of ${tool}`, async () => {
    const { copilot, requests } = setUp();
    await copilot(path, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
    });
    const sent = requests[0].headers;
    assertEquals(sent["x-initiator"], initiator);
    assertEquals(
      sent["copilot-vision-request"],
      hasImage ? "true" : undefined,
    );
  });
}
