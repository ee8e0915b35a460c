/**
 * A call with a valid token to a server in another process, against bare `fetch`
 * with the same headers, and against another tree: `--before=PATH`, such as a
 * `git worktree` of the previous commit.
 *
 * Where the body is longer than 1 KB, parsing it takes most of the time. There
 * bare `fetch` parses it once as well, as whoever sets `X-Initiator` has to.
 */
import { build } from "esbuild";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { NEEDS_SHELL } from "../run/command.ts";
import { alternate, type Repetitions, timeOf } from "./alternate.ts";
import { report, times } from "./report.ts";
import { conversation, HOST, sentHeaders, tokenResponse } from "./requests.ts";

type FetchLike = (input: string, init: RequestInit) => Promise<Response>;
type Library = typeof import("../../mod.ts");

const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "copilot-fetch-bench-"));

/** Bundles a tree, so that both trees are loaded alike. */
async function load(name: string, tree: string): Promise<Library> {
  const { outputFiles: [{ text }] } = await build({
    entryPoints: [join(tree, "mod.ts")],
    bundle: true,
    format: "esm",
    write: false,
  });
  const file = join(folder, `${name}.mjs`);
  writeFileSync(file, text);
  return await import(pathToFileURL(file).href);
}

const server = spawn(
  "tsx",
  [
    `--tsconfig=${join(root, "tests/tsconfig.json")}`,
    join(root, "tests/bench/loopback_server.ts"),
  ],
  {
    stdio: ["pipe", "pipe", "inherit"],
    shell: NEEDS_SHELL,
  },
);
const [port] = await once(server.stdout, "data");
const origin = `http://127.0.0.1:${Number(`${port}`)}`;
const path = "/chat/completions";

/** A `fetch` for Copilot of a tree, led to the server. */
function copilotFetch({ createCopilotFetch, TokenCache }: Library): FetchLike {
  return createCopilotFetch("ghu_bench", {
    cache: new TokenCache(),
    fetch(input, init) {
      const url = String(input);
      return url.endsWith("/token")
        ? Promise.resolve(tokenResponse())
        : fetch(url.replace(HOST, origin), init);
    },
  });
}

const ours = copilotFetch(await load("now", root));

const beforeFlag = process.argv.find((flag) => flag.startsWith("--before="));
const before = beforeFlag && copilotFetch(
  await load("before", resolve(beforeFlag.replace("--before=", ""))),
);

/** How an SDK passes its headers. */
const KINDS: Record<string, (init: RequestInit) => RequestInit> = {
  "plain headers": (init) => init,
  "a Headers object": (init) => ({
    ...init,
    headers: new Headers(init.headers),
  }),
};

/** A body's size, how often it is sent, and what bare `fetch` does besides. */
interface Size extends Repetitions {
  bytes: number;
  parse: (body: string) => void;
}

const SIZES: Record<string, Size> = {
  "1 KB": {
    bytes: 1e3,
    parse: () => {},
    warmUp: 2000,
    blocks: 15,
    perBlock: 200,
  },
  "100 KB": {
    bytes: 1e5,
    parse: JSON.parse,
    warmUp: 300,
    blocks: 11,
    perBlock: 100,
  },
  "1 MB": {
    bytes: 1e6,
    parse: JSON.parse,
    warmUp: 50,
    blocks: 11,
    perBlock: 30,
  },
};

/** A side: how it sends a request that is prepared for it. */
interface Side {
  send: (init: RequestInit) => Promise<Response>;
  init: RequestInit;
}

for (const [size, { bytes, parse, ...repetitions }] of Object.entries(SIZES)) {
  for (const [kind, prepare] of Object.entries(KINDS)) {
    const init = conversation(bytes);
    const sideOf = (send: FetchLike): Side => ({
      send: (init) => send(HOST + path, init),
      init,
    });
    const bare: Side = {
      send(sent) {
        parse(init.body);
        return fetch(origin + path, sent);
      },
      init: { ...init, headers: sentHeaders(init) },
    };
    const measure = async ({ send, init }: Side) => {
      const prepared = prepare(init); // the SDK's work, whatever sends it
      const time = await timeOf(async () => (await send(prepared)).text());
      return { time };
    };
    const what = `call over loopback, ${size}, ${kind}`;
    const other = bytes > 1e3 ? "bare fetch and JSON.parse" : "bare fetch";
    const { time } = await alternate(sideOf(ours), bare, measure, repetitions);
    report(`${what}: × ${other}`, times(time.ratios));
    if (!before) continue;
    const compared = await alternate(
      sideOf(ours),
      sideOf(before),
      measure,
      repetitions,
    );
    report(`${what}: × the tree before`, times(compared.time.ratios));
  }
}

server.stdin.end();
rmSync(folder, { recursive: true });
