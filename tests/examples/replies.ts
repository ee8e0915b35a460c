/** What the model says in the outputs of the documents. */
import type { FakeReply } from "../../testing/mod.ts";
import { type FakeChat, promptOf } from "../../testing/request_body.ts";

/** The answers to prompts with these words. */
const REPLIES: Record<string, string> = {
  "Why is the sky blue?": "Air scatters blue light more than red light.",
  "Guten Morgen": "Good morning",
  "Write a commit message": "Subtract in sum()",
  "What differs?": "a.ts adds, and b.ts subtracts.",
  "What does it show?": "A single pixel.",
};

/** The prompt that the model answers with the result of a tool. */
const TOOL_PROMPT = "How warm is it in Oslo?";

/** The answer to the last prompt; to an unknown one, that prompt. */
export function replyTo(body: FakeChat): string | FakeReply {
  const prompt = promptOf(body).trim();
  if (prompt === TOOL_PROMPT) return replyToToolPrompt(body);
  const known = Object.keys(REPLIES)
    .find((words) => prompt.includes(words));
  return known ? REPLIES[known] : `You said: ${prompt}`;
}

function replyToToolPrompt({ messages }: FakeChat): string | FakeReply {
  const last = messages?.at(-1);
  return last?.role === "tool"
    ? `It is ${last.content} °C in Oslo.`
    : { toolCalls: [{ name: "temperature", arguments: { city: "Oslo" } }] };
}
