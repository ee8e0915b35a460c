import { assert, assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { spawn } from "node:child_process";
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import process from "node:process";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { createFakeCopilot } from "../../../testing/mod.ts";
import { listen } from "../../helpers/loopback.ts";
import { deferred } from "../../helpers/stubs.ts";

const CREDENTIAL = "ghu_secretsecret";
/** What a response has that Next.js may store. */
const STORED = "this may be stored";

const here = fileURLToPath(new URL(".", import.meta.url));
const app = join(here, "next-app");
const next = createRequire(import.meta.url).resolve("next/dist/bin/next");

const FILES = {
  "package.json": `{ "type": "module" }`,
  "next.config.js": `export default { turbopack: { root: "../../.." } };\n`,
  "app/layout.js": `import { createElement } from "react";
export default function Layout({ children }) {
  const body = createElement("body", null, children);
  return createElement("html", { lang: "en" }, body);
}
`,
  "app/page.js": `import { createElement } from "react";
import { createCopilotFetch } from "../copilot_fetch.js";

export const revalidate = 60;

const { COPILOT_GITHUB_TOKEN, SERVER } = process.env;
const copilot = createCopilotFetch(COPILOT_GITHUB_TOKEN, {
  fetch(input, init) {
    const { host, pathname } = new URL(input);
    const headers = { ...init.headers, "x-host": host };
    return fetch(SERVER + pathname, { ...init, headers });
  },
});

export default async function Page() {
  const stored = await fetch(SERVER + "/stored", { cache: "force-cache" });
  const { status } = await copilot("/models");
  return createElement("p", null, await stored.text(), " status=", status);
}
`,
};

function writeApp(): void {
  rmSync(app, { recursive: true, force: true });
  mkdirSync(join(app, "app"), { recursive: true });
  for (const [path, text] of Object.entries(FILES)) {
    writeFileSync(join(app, path), text);
  }
  copyFileSync(join(here, "mod.mjs"), join(app, "copilot_fetch.js"));
}

/** The files below a folder that contain a text. */
function filesWith(text: string, folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((file) => readFileSync(file).includes(text));
}

after(() => rmSync(app, { recursive: true, force: true }));

test("Next.js stores no token, during the build and on requests, though it stores other responses", async () => {
  writeApp();
  const fake = createFakeCopilot();
  await using server = await listen(async (incoming, outgoing) => {
    const { url = "", headers } = incoming;
    if (url === "/stored") return void outgoing.end(STORED);
    const response = await fake.fetch(`https://${headers["x-host"]}${url}`, {
      headers: Object.entries(headers).map(([name, it]) => [name, `${it}`]),
    });
    outgoing.writeHead(response.status);
    outgoing.end(new Uint8Array(await response.arrayBuffer()));
  });
  const env = {
    ...process.env,
    COPILOT_GITHUB_TOKEN: CREDENTIAL,
    SERVER: server.origin,
    NEXT_TELEMETRY_DISABLED: "1",
    NODE_ENV: "production" as const,
  };

  const build = await run([next, "build"], env);
  assertEquals(build.code, 0, build.output);

  const child = spawn(process.execPath, [next, "start", "--port", "0"], {
    cwd: app,
    env,
  });
  const { promise: address, resolve, reject } = deferred<string>();
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    const [url] = /http:\/\/localhost:\d+/.exec(text) ?? [];
    if (url) resolve(url);
  });
  child.on("exit", () => reject(new Error("next start has ended")));
  try {
    const url = await address;
    for (let count = 0; count < 3; count++) {
      const text = await (await fetch(url)).text();
      assert(/status=.{0,20}200/.test(text), text);
    }
  } finally {
    child.kill("SIGKILL");
  }

  const tokens = [...fake.exchanges, ...fake.requests].map(({ headers }) =>
    `${headers.get("authorization")}`.replace("Bearer ", "")
  );
  assert(tokens.length >= 2);
  for (const secret of new Set([CREDENTIAL, ...tokens])) {
    assertEquals(filesWith(secret, join(app, ".next")), []);
  }
  const cache = join(app, ".next/cache/fetch-cache");
  const isText = filesWith(STORED, cache).length > 0;
  const base64 = Buffer.from(STORED).toString("base64");
  assert(isText || filesWith(base64, cache).length > 0);
  // A stored body is in base64.
  for (const { headers } of fake.requests) {
    const token = `${headers.get("authorization")}`.slice("Bearer ".length);
    const encoded = Buffer.from(`{"token":"${token}`).toString("base64");
    assertEquals(filesWith(encoded.slice(0, 40), cache), []);
  }
});

async function run(
  args: string[],
  env: NodeJS.ProcessEnv,
): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, args, { cwd: app, env });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => output += text);
  }
  const code = await new Promise<number | null>((resolve) => {
    child.on("close", resolve);
  });
  return { code, output };
}
