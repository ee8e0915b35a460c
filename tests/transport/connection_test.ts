import { assertEquals } from "@std/assert";
import { test } from "node:test";
import { setUp } from "../helpers/scripted_copilot.ts";

for (const member of ["dispatcher", "client", "proxy", "tls", "agent"]) {
  test(`createCopilotFetch() uses the init's ${member} for the exchange, too`, async () => {
    const connection = { name: member };
    const { copilot, exchanges, requests } = setUp();
    await copilot("/x", { [member]: connection } as RequestInit);
    for (const { init } of [...exchanges, ...requests]) {
      assertEquals((init as Record<string, unknown>)[member], connection);
    }
  });
}

test("createCopilotFetch() uses an inherited dispatcher for the exchange, too", async () => {
  const { copilot, exchanges, requests } = setUp();
  await copilot("/x", Object.create({ dispatcher: "inherited" }));
  for (const { init } of [...exchanges, ...requests]) {
    assertEquals((init as Record<string, unknown>).dispatcher, "inherited");
  }
});

test("createCopilotFetch() uses nothing else of the init for the exchange", async () => {
  const { copilot, exchanges } = setUp();
  await copilot("/x", {
    method: "POST",
    headers: { "x-a": "1" },
    body: "text",
    keepalive: true,
    next: { revalidate: 60 },
    dispatcher: "of undici",
  } as RequestInit);
  const [{ method, headers, body, init }] = exchanges;
  assertEquals([method, headers["x-a"], body], ["GET", undefined, undefined]);
  assertEquals(["keepalive" in init, "next" in init], [false, false]);
});

test("createCopilotFetch() uses each caller's own connection", async () => {
  const { copilot, exchanges } = setUp({ auth: "exchange" });
  await copilot("/x", { dispatcher: "first" } as RequestInit);
  await copilot("/x", { dispatcher: "second" } as RequestInit);
  assertEquals(
    exchanges.map(({ init }) => (init as { dispatcher?: unknown }).dispatcher),
    ["first"],
  );
});

test("createCopilotFetch() uses the connection for the exchange after a 401", async () => {
  const { copilot, exchanges } = setUp(
    {},
    undefined,
    () => new Response("unauthorized", { status: 401 }),
  );
  await copilot("/x", { dispatcher: "of undici" } as RequestInit);
  assertEquals(
    exchanges.map(({ init }) => (init as { dispatcher?: unknown }).dispatcher),
    ["of undici", "of undici"],
  );
});
