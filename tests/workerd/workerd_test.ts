import {
  deepStrictEqual as assertEquals,
  match as assertMatch,
} from "node:assert/strict";
import { request as httpRequest } from "node:http";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { createFakeCopilot, type FakeCopilot } from "../../testing/mod.ts";
import { deferred } from "../helpers/stubs.ts";

/** A request of Miniflare's, whose classes are its own. */
interface Outbound {
  url: string;
  method: string;
  headers: Iterable<[string, string]>;
  body: unknown;
}

/** Runs a test in workerd, with a fake outside in the place of the internet. */
function testInWorkerd(
  name: string,
  run: (fake: FakeCopilot, url: string) => Promise<void>,
): void {
  // Miniflare is a program for Node; workerd is the same whoever starts it.
  if ("Deno" in globalThis || "Bun" in globalThis) return;
  test(`In workerd: ${name}`, async () => {
    const { build } = await import("esbuild");
    const { Miniflare, Response } = await import("miniflare");
    const { outputFiles: [{ text: script }] } = await build({
      entryPoints: [fileURLToPath(new URL("worker.ts", import.meta.url))],
      bundle: true,
      format: "esm",
      write: false,
    });
    const fake = createFakeCopilot({ plan: "business", reply: "Hello you" });
    const miniflare = new Miniflare({
      modules: true,
      script,
      compatibilityDate: "2026-04-01",
      compatibilityFlags: [],
      async outboundService({ url, method, headers, body }: Outbound) {
        const response = await fake.fetch(url, {
          method,
          headers: [...headers],
          body: body as ReadableStream<Uint8Array> | null,
          duplex: "half",
        } as RequestInit);
        return new Response(response.body as never, {
          status: response.status,
          headers: [...response.headers],
        });
      },
    });
    try {
      await run(fake, (await miniflare.ready).href);
    } finally {
      await miniflare.dispose();
    }
  });
}

testInWorkerd("a chat is answered, whole and streamed", async (fake, url) => {
  const chat = (stream: boolean) =>
    fetch(`${url}chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        model: "gpt-5-mini",
        stream,
        messages: [{ role: "user", content: "Hi" }],
      }),
    });
  const { choices } = await (await chat(false)).json();
  assertEquals(choices[0].message.content, "Hello you");
  const events = await (await chat(true)).text();
  assertEquals(events.endsWith("data: [DONE]\n\n"), true);
  assertEquals(fake.exchanges.length, 1);
  for (const { url, headers } of fake.requests) {
    assertEquals(
      url,
      "https://api.business.githubcopilot.com/chat/completions",
    );
    assertEquals(headers.get("x-initiator"), "user");
    assertEquals(headers.get("user-agent"), "GitHubCopilotChat/0.35.0");
  }
});

testInWorkerd("an exchange that redirects is refused", async (fake, url) => {
  fake.answerNextExchange(
    new Response("", { status: 302, headers: { location: "https://a.com" } }),
  );
  assertEquals((await fetch(`${url}models`)).status, 502);
  assertEquals((await fetch(`${url}models`)).status, 200);
  assertEquals(fake.exchanges.length, 2);
});

testInWorkerd("requests that meet share an exchange", async (fake, url) => {
  const begun = deferred();
  const gate = deferred();
  fake.answerNextExchange(() => {
    begun.resolve();
    return gate.promise;
  });
  const first = fetch(`${url}models`);
  await begun.promise;
  const second = fetch(`${url}models`);
  // Nothing tells when the second waits, but when one behind it has gone by.
  await (await fetch(`${url}leave`)).text();
  gate.resolve();
  assertEquals((await first).status, 200);
  assertEquals((await second).status, 200);
  assertEquals(fake.exchanges.length, 1);
});

testInWorkerd(
  "the second is answered if the first one leaves",
  async (fake, url) => {
    const begun = deferred();
    const gate = deferred();
    fake.answerNextExchange(() => {
      begun.resolve();
      return gate.promise;
    });
    const first = httpRequest(`${url}models`).on("error", () => {});
    first.end();
    await begun.promise;
    const second = fetch(`${url}models`);
    const closed = new Promise((resolve) => first.on("close", resolve));
    first.destroy();
    await closed;
    gate.resolve();
    assertEquals((await second).status, 200);
  },
);

testInWorkerd(
  "who waits for an exchange that died is told when its time is up",
  async (fake, url) => {
    const begun = deferred();
    fake.answerNextExchange(() => {
      begun.resolve();
      return new Promise(() => {});
    });
    assertEquals(await (await fetch(`${url}leave`)).text(), "gone");
    await begun.promise;
    const responses = await Promise.all(
      Array.from({ length: 3 }, () => fetch(`${url}models`)),
    );
    for (const response of responses) {
      assertEquals(response.status, 500);
      assertMatch(await response.text(), /no answer in time/);
    }
    assertEquals((await fetch(`${url}models`)).status, 200);
    assertEquals(fake.exchanges.length, 2);
  },
);
