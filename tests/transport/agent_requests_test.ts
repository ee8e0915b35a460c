import { assertEquals } from "@std/assert";
import { test } from "node:test";
import { inspectRequest } from "../../internal/initiator.ts";
import { setUp } from "../helpers/scripted_copilot.ts";

const CHAT = "/chat/completions";

const user = { role: "user", content: "Hello" };

// Paths

const paths: [path: string, initiator: string][] = [
  ["/embeddings", "agent"],
  ["/v1/embeddings", "agent"],
  ["/embeddings/", "agent"],
  ["/v1/messages/count_tokens", "agent"],
  ["/responses/compact", "agent"],
  ["/v1/responses/compact//", "agent"],
  ["/responses/input_tokens", "agent"],
  ["/embeddings/of/mine", "user"],
  ["/my_embeddings", "user"],
  ["/count_tokens", "user"],
  ["/responses", "user"],
  ["/responses/other", "user"],
];

for (const [path, initiator] of paths) {
  test(`inspectRequest() returns ${initiator} for a prompt to ${path}`, () => {
    const body = JSON.stringify({ input: "Hello", messages: [user] });
    assertEquals(inspectRequest(path, {}, body).initiator, initiator);
    const unread = agentOnly(initiator);
    assertEquals(inspectRequest(path, {}, new Blob()).initiator, unread);
  });
}

/** What is known of a request whose body cannot be read. */
function agentOnly(initiator: string): string | undefined {
  return initiator === "agent" ? "agent" : undefined;
}

test("createCopilotFetch() ignores the query where the path decides who started a request", async () => {
  const { copilot, requests } = setUp();
  const init = { method: "POST", body: JSON.stringify({ input: "Hello" }) };
  await copilot("/embeddings?a=b", init);
  await copilot("/responses?a=/embeddings", init);
  assertEquals(requests.map(({ headers }) => headers["x-initiator"]), [
    "agent",
    "user",
  ]);
});

// Marks

const marks: [header: string, value: string, initiator: string][] = [
  ["x-claude-code-agent-id", "a1", "agent"],
  ["x-claude-code-agent-id", "", "user"],
  ["x-claude-code-session-id", "1", "user"],
  ["x-parent-session-id", "ses_1", "agent"],
  ["x-parent-session-id", "", "user"],
  ["x-session-id", "ses_1", "user"],
  ["x-openai-subagent", "review", "agent"],
  ["x-openai-subagent", "", "user"],
  ["x-codex-turn-metadata", '{"request_kind":"compaction"}', "agent"],
  ["x-codex-turn-metadata", '{"a":1, "request_kind" : "compaction"}', "agent"],
  ["x-codex-turn-metadata", '{"request_kind":"turn"}', "user"],
  ["x-codex-turn-metadata", '{"thread":"compaction"}', "user"],
  [
    "x-codex-turn-metadata",
    '{"a":"\\"request_kind\\":\\"compaction\\""}',
    "user",
  ],
  ["x-interaction-type", "conversation-subagent", "agent"],
  ["x-interaction-type", "conversation-background", "agent"],
  ["x-interaction-type", "conversation-compaction", "agent"],
  ["x-interaction-type", "conversation-agent", "user"],
  ["x-interaction-type", "my-conversation-subagent", "user"],
  ["x-interaction-type", "conversation-subagents", "user"],
];

for (const [header, value, initiator] of marks) {
  test(`inspectRequest() returns ${initiator} for a prompt with ${header}: ${value}`, () => {
    const headers = { [header]: value };
    const body = JSON.stringify({ messages: [user] });
    assertEquals(inspectRequest(CHAT, headers, body).initiator, initiator);
    const unread = agentOnly(initiator);
    assertEquals(inspectRequest(CHAT, headers, new Blob()).initiator, unread);
  });
}
