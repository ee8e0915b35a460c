/**
 * Loaded before an example: what it would send to GitHub and Copilot goes to a
 * fake.
 */
import { createFakeCopilot } from "../../testing/mod.ts";
import { replyTo } from "./replies.ts";

const fake = createFakeCopilot({ reply: (_, body) => replyTo(body) });
const { fetch } = globalThis;

globalThis.fetch = ((input: string | URL | Request, init?: RequestInit) => {
  const { hostname } = new URL(input instanceof Request ? input.url : input);
  // An example may be a server, and its own client.
  const isOwn = ["127.0.0.1", "localhost"].includes(hostname);
  return isOwn ? fetch(input, init) : fake.fetch(input, init);
}) as typeof globalThis.fetch;
