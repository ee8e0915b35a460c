import { assert, assertEquals } from "@std/assert";
import process from "node:process";
import { test } from "node:test";
import { createFakeCopilot } from "../../testing/mod.ts";
import { examples, writeExamples } from "../helpers/readme_examples.ts";
// Deno installs what it knows of when it starts, and not all that comes later.
import "@ai-sdk/openai-compatible";
import "@anthropic-ai/sdk";
import "@langchain/openai";
import "ai";
import "openai";

/** One for all, as they share the cache of the process. */
const fake = createFakeCopilot();

test("The README has an example for each SDK and for Workers", () => {
  assert(examples.some((code) => code.includes("export default {")));
  for (
    const name of [
      "openai",
      "@ai-sdk/openai-compatible",
      "@anthropic-ai/sdk",
      "@langchain/openai",
    ]
  ) {
    assert(examples.some((code) => code.includes(`from "${name}"`)), name);
  }
});

for (const [index, code] of examples.entries()) {
  const title = code.trim().split("\n")[0];
  test(`The README's example ${index + 1} runs: ${title}`, async () => {
    using written = writeExamples();
    const real = globalThis.fetch;
    const before = fake.requests.length;
    globalThis.fetch = fake.fetch as typeof globalThis.fetch;
    process.env.COPILOT_GITHUB_TOKEN = "ghu_readme";
    try {
      const { default: worker } = await import(written.files[index].href);
      await worker?.fetch(
        new Request("https://worker.example", {
          method: "POST",
          headers: { authorization: "Bearer key" },
          body: "Hi",
        }),
        { COPILOT_GITHUB_TOKEN: "ghu_readme", ACCESS_KEY: "key" },
        { waitUntil() {} },
      );
    } finally {
      globalThis.fetch = real;
      delete process.env.COPILOT_GITHUB_TOKEN;
    }
    const hasOwnFake = code.includes("createFakeCopilot(");
    assertEquals(fake.requests.length, hasOwnFake ? before : before + 1);
  });
}
