/** The conversation of tls_test.ts with a program. */
import process from "node:process";
import { createInterface } from "node:readline";
import { inspect } from "node:util";
import type { FetchLike } from "../../mod.ts";

/** Streams an answer of Copilot to each line of stdin, as a line. */
export async function converse(copilot: FetchLike): Promise<void> {
  for await (const prompt of createInterface({ input: process.stdin })) {
    try {
      await chat(copilot, prompt);
    } catch (error) {
      process.stdout.write(`failed: ${inspect(error).replace(/\s+/g, " ")}`);
    }
    process.stdout.write("\n");
  }
}

async function chat(copilot: FetchLike, prompt: string): Promise<void> {
  const response = await copilot("/chat/completions", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      model: "gpt-5-mini",
      stream: true,
      messages: [{ role: "user", content: prompt }],
    }),
  });
  if (!response.ok) {
    throw new Error(`http ${response.status}: ${await response.text()}`);
  }
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of response.body ?? []) {
    const events = (rest + decoder.decode(bytes, { stream: true })).split(
      "\n\n",
    );
    rest = events.pop() ?? "";
    for (const event of events) {
      const data = event.replace("data: ", "");
      if (data === "[DONE]") continue;
      process.stdout.write(JSON.parse(data).choices[0].delta.content ?? "");
    }
  }
}
