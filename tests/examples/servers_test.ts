/** The servers of docs/servers.md that run on Deno, Bun and Node too. */
import { assert, assertEquals } from "@std/assert";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { createFakeCopilot } from "../../testing/mod.ts";
import { root } from "../run/files.ts";
import type { Example } from "./blocks.ts";
import { examplesFor, titleOf } from "./documents.ts";
// Deno installs what it knows of when it starts.
import "hono";
import "hono/adapter";
import "hono/bearer-auth";

const KEY = "correct-horse";

/** What answers a request. */
type Handler = (request: Request) => Response | Promise<Response>;

/** Imports an example from a file, with a line before it. */
async function importExample(
  { code }: Example,
  before = "",
): Promise<Record<string, unknown>> {
  const folder = join(root, "tests/.out", `server-${crypto.randomUUID()}`);
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "main.mts");
  writeFileSync(file, before + code);
  try {
    return await import(pathToFileURL(file).href);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Runs with a fake in the place of `fetch`, and secrets in the environment. */
async function withSecrets(
  secrets: Record<string, string>,
  use: (fake: ReturnType<typeof createFakeCopilot>) => Promise<void>,
): Promise<void> {
  const fake = createFakeCopilot();
  const { fetch } = globalThis;
  globalThis.fetch = fake.fetch as typeof globalThis.fetch;
  Object.assign(process.env, secrets);
  try {
    await use(fake);
  } finally {
    globalThis.fetch = fetch;
    for (const name of Object.keys(secrets)) delete process.env[name];
  }
}

const ask = (handle: Handler, key: string) =>
  handle(
    new Request("https://server.example/", {
      method: "POST",
      headers: { authorization: `Bearer ${key}` },
      body: "Hello",
    }),
  );

/** Each server's handler, with what only its platform has replaced. */
const SERVERS = [
  ...examplesFor(["ts"], "server").map((example) => ({
    example,
    async load(): Promise<Handler> {
      const { default: app } = await importExample(example);
      return (app as { fetch: Handler }).fetch;
    },
  })),
  ...examplesFor(["ts"], "next").map((example) => ({
    example,
    async load(): Promise<Handler> {
      const code = example.code.replace(
        'import { after } from "next/server";\n',
        "",
      );
      const after = "const after = (_promise: Promise<unknown>) => {};\n";
      const { POST } = await importExample({ ...example, code }, after);
      return POST as Handler;
    },
  })),
];

for (const { example, load } of SERVERS) {
  test(`${titleOf(example)} streams the answer if the key is right, and refuses others`, async () => {
    const secrets = { COPILOT_GITHUB_TOKEN: "ghu_server", ACCESS_KEY: KEY };
    await withSecrets(secrets, async ({ requests }) => {
      const handle = await load();
      const response = await ask(handle, KEY);
      assertEquals(response.status, 200);
      assert((await response.text()).includes('"content":"Hello"'));
      for (const key of ["", "wrong", `${KEY}1`]) {
        const { status } = await ask(handle, key);
        assert(status === 401 || status === 400, `${status}`);
      }
      assertEquals(requests.length, 1);
    });
  });

  test(`${titleOf(example)} refuses every request while no key is set`, async () => {
    const secrets = { COPILOT_GITHUB_TOKEN: "ghu_server" };
    await withSecrets(secrets, async ({ exchanges }) => {
      const handle = await load();
      for (const key of ["undefined", ""]) {
        const { status } = await ask(handle, key);
        assert(status === 401 || status === 500, `${status}`);
      }
      assertEquals(exchanges.length, 0);
    });
  });
}
