#!/usr/bin/env -S deno run -NE
/**
 * Asks GitHub Copilot from the command line.
 *
 * ```sh
 * deno run -NE jsr:@copilot-fetch/core/cli "Why is the sky blue?"
 * ```
 *
 * The credential comes from `COPILOT_GITHUB_TOKEN`. Deno needs `-N` to reach
 * GitHub and Copilot, and `-E` to read the credential.
 *
 * @module
 */

import process from "node:process";
import { parseArgs } from "node:util";
import { type CopilotFetch, createCopilotFetch } from "./mod.ts";
import { createFakeCopilot } from "./testing.ts";

const HELP = `Asks GitHub Copilot, and streams the answer to stdout.

Usage: copilot [options] prompt ...

  --demo        ask a built-in fake, and show on stderr what goes on the wire
  -h, --help    show this

The credential is taken from COPILOT_GITHUB_TOKEN.
`;

/** A mistake of the caller's, told without a stack. */
class UsageError extends Error {}

async function main(args: string[]): Promise<void> {
  const { values, positionals } = readArguments(args);
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const prompt = positionals.join(" ").trim();
  if (!prompt) throw new UsageError("There is no prompt; see --help");

  const copilot = values.demo
    ? createCopilotFetch("ghu_demo", {
      fetch: shown(createFakeCopilot().fetch),
    })
    : createCopilotFetch(readCredential());
  const response = await copilot("/chat/completions", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      model: "gpt-4.1",
      stream: true,
      messages: [{ role: "user", content: prompt }],
    }),
  });
  if (!response.ok) {
    const body = (await response.text()).trim().slice(0, 500);
    throw new Error(`http ${response.status}: ${body}`);
  }
  for await (const data of events(response)) {
    process.stdout.write(JSON.parse(data).choices?.[0]?.delta?.content ?? "");
  }
  process.stdout.write("\n");
}

function readArguments(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        demo: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function readCredential(): string {
  const credential = process.env.COPILOT_GITHUB_TOKEN?.trim();
  if (credential) return credential;
  throw new UsageError(
    "Set COPILOT_GITHUB_TOKEN to a GitHub credential, or try --demo",
  );
}

/** Tells on stderr what goes over `fetch`, but no secret. */
function shown(fetch: CopilotFetch): CopilotFetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const response = await fetch(request);
    const { origin, pathname } = new URL(request.url);
    const initiator = request.headers.get("x-initiator");
    process.stderr.write(
      initiator
        ? `host       ${origin}, from the token's proxy-ep\n` +
          `request    ${request.method} ${pathname}: ${response.status}\n` +
          `initiator  ${initiator}\n`
        : `exchange   ${request.method} ${origin}${pathname}: ` +
          `${response.status}\n`,
    );
    return response;
  };
}

/** The data of a stream of server-sent events, up to `[DONE]`. */
async function* events({ body }: Response): AsyncGenerator<string, void> {
  if (!body) return;
  let rest = "";
  const texts = body.pipeThrough(new TextDecoderStream());
  for await (const text of texts as AsyncIterable<string> & typeof texts) {
    const lines = (rest + text).split(/\r?\n/);
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const data = /^data: ?(.*)$/.exec(line)?.[1];
      if (data === "[DONE]") return;
      if (data) yield data;
    }
  }
}

main(process.argv.slice(2)).catch((error) => {
  process.stderr.write(`copilot: ${error?.message ?? error}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
});
