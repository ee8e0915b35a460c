/** What the programs share that put something around the global `fetch`. */
import { assertEquals } from "@std/assert";
import { inspect } from "node:util";
import { createCopilotFetch, TokenCache } from "../../mod.ts";
import type { FakeCopilot } from "../../testing/mod.ts";

/** The credential of these programs. */
export const CREDENTIAL = "ghu_secretsecret";

const PATH = "/chat/completions";

/** Options that use the global `fetch`, and a cache of their own. */
export function onGlobalFetch(): { cache: TokenCache } {
  return { cache: new TokenCache() };
}

/** A request that the fake answers with "You said: Hi". */
export function chat(more: Record<string, unknown> = {}) {
  const messages = [{ role: "user", content: "Hi" }];
  return {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: "gpt-5-mini", messages, ...more }),
  };
}

/** Asks for a whole and a streamed answer, and again after a revoked token. */
export async function converse(
  copilot: typeof globalThis.fetch,
  fake: FakeCopilot,
): Promise<void> {
  const whole = await copilot(PATH, chat());
  assertEquals((await whole.json()).choices[0].message.content, "You said: Hi");
  fake.revokeTokens();
  const streamed = await copilot(PATH, chat({ stream: true }));
  assertEquals((await streamed.text()).endsWith("data: [DONE]\n\n"), true);
  assertEquals([fake.exchanges.length, fake.requests.length], [2, 3]);
}

/** A `fetch` for Copilot on the global `fetch`. */
export function createOnGlobalFetch(): typeof globalThis.fetch {
  return createCopilotFetch(CREDENTIAL, onGlobalFetch());
}

/** Fails if a value shows the credential, or a token that the fake has seen. */
export function assertHidesSecrets(value: unknown, fake: FakeCopilot): void {
  const tokens = [...fake.exchanges, ...fake.requests].map(({ headers }) =>
    `${headers.get("authorization")}`.replace("Bearer ", "")
  );
  const text = inspect(value, { depth: Infinity, showHidden: true });
  const shown = [CREDENTIAL, ...tokens].filter((it) => text.includes(it));
  assertEquals(shown, []);
}
