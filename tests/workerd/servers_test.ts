/** The servers of docs/servers.md, as they stand, in workerd. */
import {
  deepStrictEqual as assertEquals,
  strictEqual as assertSame,
} from "node:assert/strict";
import { build } from "esbuild";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Miniflare } from "miniflare";
import { test } from "node:test";
import { createFakeCopilot, type FakeCopilot } from "../../testing/mod.ts";
import { examplesFor, titleOf } from "../examples/documents.ts";
import { replyTo } from "../examples/replies.ts";
import { assertShown } from "../examples/shown_output.ts";
import { runInTerminal } from "../examples/terminal.ts";
import { deferred } from "../helpers/stubs.ts";
import { NEW_DATE, OLD_DATE } from "./run_in_workerd.ts";

const KEY = "correct-horse";
const PROMPT = "Why is the sky blue?";
/** Into the advisory window of a token, and after its `refreshAt`. */
const IN_REFRESH_SOON_MS = 24 * 60_000;
const IN_REFRESH_DUE_MS = 26 * 60_000;
/** How long an exchange takes. */
const EXCHANGE_MS = 500;

/** Makes `Date.now()` go ahead by as much as a header says. */
const CLOCK = `
import app from "example";
let ahead = 0;
const realNow = Date.now;
Date.now = () => realNow() + ahead;
export default {
  fetch(request, env, context) {
    ahead = Number(request.headers.get("x-ahead"));
    return app.fetch(request, env, context);
  },
};
`;

/** Bundles an example, with a clock that a request can set. */
async function bundle(code: string): Promise<string> {
  const resolveDir = fileURLToPath(new URL("..", import.meta.url));
  const { outputFiles: [{ text }] } = await build({
    stdin: { contents: CLOCK, resolveDir },
    plugins: [{
      name: "example",
      setup({ onResolve, onLoad }) {
        onResolve({ filter: /^example$/ }, () => ({
          path: "example",
          namespace: "example",
        }));
        onLoad({ filter: /./, namespace: "example" }, () => ({
          contents: code,
          loader: "ts",
          resolveDir,
        }));
      },
    }],
    bundle: true,
    format: "esm",
    write: false,
    external: ["cloudflare:workers"],
    tsconfig: fileURLToPath(new URL("../tsconfig.json", import.meta.url)),
  });
  return text;
}

/** A server that runs. */
interface Server extends AsyncDisposable {
  url: string;
  fake: FakeCopilot;
  /** Sends a prompt. */
  ask(init?: RequestInit): Promise<Response>;
  /** Answers the next request to Copilot. */
  answerNext(answer: (response: ServerResponse) => void): void;
}

/** Runs a server in workerd, with GitHub and Copilot on loopback. */
async function serve(
  script: string,
  compatibilityDate: string,
  secrets: Record<string, string>,
): Promise<Server> {
  const fake = createFakeCopilot({ reply: (_, body) => replyTo(body) });
  let answer: ((response: ServerResponse) => void) | undefined;
  // Only a server of its own notices that its client disconnects.
  const upstream = createServer(async (request, response) => {
    const { method = "", url = "", headers: { host, ...headers } } = request;
    if (answer && method === "POST") return answer(response);
    const body = await buffer(request);
    const result = await fake.fetch(`https://${host}${url}`, {
      method,
      headers: headers as Record<string, string>,
      body: body.length > 0 ? body : undefined,
    });
    response.writeHead(result.status, Object.fromEntries(result.headers));
    response.end(await result.text());
  });
  await once(upstream.listen(0, "127.0.0.1"), "listening");
  const { port } = upstream.address() as AddressInfo;
  const miniflare = new Miniflare({
    modules: true,
    script,
    compatibilityDate,
    bindings: secrets,
    // Without it, Miniflare's own Worker would stand between.
    unsafeDirectSockets: [{}],
    outboundService: { external: { address: `127.0.0.1:${port}`, http: {} } },
  });
  await miniflare.ready;
  const { href } = await miniflare.unsafeGetDirectURL();
  return {
    url: href,
    fake,
    ask: (init) =>
      fetch(href, {
        method: "POST",
        body: PROMPT,
        ...init,
        headers: { authorization: `Bearer ${KEY}`, ...init?.headers },
      }),
    answerNext(given) {
      answer = given;
    },
    async [Symbol.asyncDispose]() {
      await miniflare.dispose();
      upstream.closeAllConnections();
      await new Promise((resolve) => upstream.close(resolve));
    },
  };
}

const SECRETS = { COPILOT_GITHUB_TOKEN: "ghu_server", ACCESS_KEY: KEY };
const SERVERS = examplesFor(["ts"], "workerd", "server");

for (const example of SERVERS) {
  const script = bundle(example.code);

  for (const date of [NEW_DATE, OLD_DATE]) {
    const title = `${titleOf(example)} in workerd (${date})`;

    test(`${title} streams the answer if the key is right, and refuses others`, async () => {
      await using server = await serve(await script, date, SECRETS);
      const response = await server.ask();
      assertSame(response.status, 200);
      assertSame((await response.text()).includes('"content":"blue "'), true);
      for (const authorization of ["", "Bearer", "Bearer wrong", KEY]) {
        const refused = await server.ask({ headers: { authorization } });
        await refused.text();
        assertSame([400, 401].includes(refused.status), true, authorization);
      }
      assertSame(server.fake.requests.length, 1);
    });

    test(`${title} refuses every request while no key is set`, async () => {
      const { COPILOT_GITHUB_TOKEN } = SECRETS;
      await using server = await serve(await script, date, {
        COPILOT_GITHUB_TOKEN,
      });
      for (const key of ["undefined", "", "null"]) {
        const headers = { authorization: `Bearer ${key}` };
        const refused = await server.ask({ headers });
        await refused.text();
        assertSame([401, 500].includes(refused.status), true, key);
      }
      assertSame(server.fake.exchanges.length, 0);
    });

    test(`${title} returns a refused exchange as a response`, async () => {
      await using server = await serve(await script, date, SECRETS);
      server.fake.answerNextExchange(
        Response.json({ message: "Bad credentials" }, { status: 401 }),
      );
      const response = await server.ask();
      assertEquals(
        [response.status, (await response.json()).error.code],
        [401, "bad_credentials"],
      );
    });

    test(`${title} keeps a refresh in the background running after its response`, async () => {
      await using server = await serve(await script, date, SECRETS);
      const { fake, ask } = server;
      const ahead = (milliseconds: number) =>
        ask({ headers: { "x-ahead": `${milliseconds}` } })
          .then((response) => response.text());
      await ahead(0);
      const begun = deferred();
      fake.answerNextExchange(async () => {
        begun.resolve();
        await sleep(EXCHANGE_MS);
      });
      await ahead(IN_REFRESH_SOON_MS);
      await begun.promise;
      await ahead(IN_REFRESH_DUE_MS);
      // The first token, and the refresh.
      assertSame(fake.exchanges.length, 2);
    });

    test(`${title} ends the request to Copilot when the client disconnects`, async () => {
      await using server = await serve(await script, date, SECRETS);
      const closed = deferred();
      server.answerNext((response) => {
        response.writeHead(200, { "content-type": "text/event-stream" });
        const parts = setInterval(() => response.write("data: {}\n\n"), 20);
        response.on("close", () => {
          clearInterval(parts);
          closed.resolve();
        });
      });
      const client = new AbortController();
      const { body } = await server.ask({ signal: client.signal });
      const reader = body?.getReader();
      assertSame((await reader?.read())?.done, false);
      client.abort();
      await closed.promise;
    });
  }

  const hasCurl = spawnSync("curl", ["--version"]).status === 0;
  (hasCurl && process.platform !== "win32" ? test : test.skip)(
    `${titleOf(example)} answers the curl below it in workerd`,
    async () => {
      await using server = await serve(await script, NEW_DATE, SECRETS);
      for (const shell of examplesFor(["sh"], "server")) {
        const { output } = await runInTerminal(
          ["bash", "-c", shell.code],
          fileURLToPath(new URL("..", import.meta.url)),
          { SERVER_URL: server.url, ACCESS_KEY: KEY },
        );
        assertShown(shell, output);
      }
    },
  );
}
