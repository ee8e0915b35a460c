/** What the model says in the outputs of the documents. */
import { type FakeChat, promptOf } from "../../testing/request_body.ts";

/** The answers to the prompts of the examples. */
const REPLIES: Record<string, string> = {
  "Why is the sky blue?": "Air scatters blue light more than red light.",
};

/** The answer to the last prompt; to an unknown one, that prompt. */
export function replyTo(body: FakeChat): string {
  const prompt = promptOf(body).trim();
  return REPLIES[prompt] ?? `You said: ${prompt}`;
}
