import { assert, assertEquals } from "@std/assert";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { createFakeCopilot } from "../testing.ts";
// Deno installs what it knows of when it starts, and not all that comes later.
import "@ai-sdk/openai-compatible";
import "@anthropic-ai/sdk";
import "@langchain/openai";
import "ai";
import "openai";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const folder = new URL(`./.out/readme-${process.pid}/`, import.meta.url);

/** What the examples take for granted where they do not say it themselves. */
const ASSUMED: Record<string, string> = {
  createCopilotClient:
    `import { createCopilotClient } from "@copilot-fetch/core";`,
  createCopilotFetch:
    `import { createCopilotFetch } from "@copilot-fetch/core";`,
  credential: `const credential = "ghu_readme";`,
  token: `const token = "github_pat_readme";`,
  openai: `import OpenAI from "openai";
const openai = new OpenAI(createCopilotClient("ghu_readme"));`,
};

/** One for all, as they share the cache of the process. */
const fake = createFakeCopilot();

const examples = [...readme.matchAll(/^```ts\n([^]*?)^```$/gm)]
  .map(([, code]) => code);

test("The README has an example for each SDK", () => {
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
    const assumed = Object.entries(ASSUMED).filter(([name]) =>
      new RegExp(`\\b${name}\\b`).test(code) && !declares(code, name)
    );
    const needed = assumed.map(([, line]) => line).join("\n");
    const more = /createCopilotClient/.test(needed + code) &&
        !/import \{ createCopilotClient/.test(needed + code)
      ? ASSUMED.createCopilotClient
      : "";
    mkdirSync(folder, { recursive: true });
    const file = new URL(`example_${index}.ts`, folder);
    writeFileSync(file, `${more}\n${needed}\n${code}\nexport {};\n`);

    const real = globalThis.fetch;
    const before = fake.requests.length;
    globalThis.fetch = fake.fetch as typeof globalThis.fetch;
    process.env.COPILOT_GITHUB_TOKEN = "ghu_readme";
    try {
      await import(file.href);
    } finally {
      globalThis.fetch = real;
      delete process.env.COPILOT_GITHUB_TOKEN;
      rmSync(folder, { recursive: true });
    }
    // What only makes a client, or has a fake of its own, asks for nothing.
    if (/\bawait\b/.test(code)) assertEquals(fake.requests.length, before + 1);
  });
}

/** Whether an example makes a name itself, or brings it in. */
function declares(code: string, name: string): boolean {
  return new RegExp(
    `const \\{?[\\w, ]*\\b${name}\\b[\\w, ]*\\}? =|` +
      `import [^;]*\\b${name}\\b[^;]* from`,
  ).test(code);
}
