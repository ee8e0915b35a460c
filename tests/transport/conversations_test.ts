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

const recorded: RecordedRequest[] = JSON.parse(
  readFileSync(
    new URL("../fixtures/conversations.json", import.meta.url),
    "utf8",
  ),
);

/** A prompt as opencode sends it, by itself and for a subagent. */
function ofOpencode(
  headers: Record<string, string>,
  initiator: string,
): RecordedRequest {
  return {
    tool: "opencode",
    path: "/chat/completions",
    headers,
    body: {
      messages: [
        { role: "system", content: "Instructions." },
        { role: "user", content: "A prompt." },
      ],
      tools: [{}],
    },
    expected: { initiator, hasImage: false },
  };
}

const conversations = [
  ...recorded,
  ofOpencode({ "x-session-id": "ses_1" }, "user"),
  ofOpencode(
    { "x-session-id": "ses_2", "x-parent-session-id": "ses_1" },
    "agent",
  ),
];

test("conversations.json has 25 requests", () => {
  assertEquals(recorded.length, 25);
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
