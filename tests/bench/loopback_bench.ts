/**
 * A call with a valid token and 1 KB of JSON to a server in another process,
 * against bare `fetch` with the same headers, and against another tree:
 * `--before=PATH`, such as a `git worktree` of the previous commit.
 *
 * The calls of all variants alternate in random order, so that what else the
 * machine does slows them alike.
 */
import { build } from "esbuild";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { median, report, times } from "./report.ts";
import { conversation, HOST, sentHeaders, tokenResponse } from "./requests.ts";

type FetchLike = (input: string, init: RequestInit) => Promise<Response>;
type Library = typeof import("../../mod.ts");

const WARM_UP_ROUNDS = 2000;
const BLOCKS = 15;
const ROUNDS_PER_BLOCK = 200;

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
    // On Windows npm's commands are scripts, which only a shell can start.
    shell: process.platform === "win32",
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

const beforeFlag = process.argv.find((flag) => flag.startsWith("--before="));
const variants: Record<string, FetchLike> = {
  "bare fetch": (_, init) => fetch(origin + path, init),
  now: copilotFetch(await load("now", root)),
};
if (beforeFlag) {
  const tree = resolve(beforeFlag.replace("--before=", ""));
  variants.before = copilotFetch(await load("before", tree));
}

const request = conversation(1000);
const bare = { ...request, headers: sentHeaders(request) };

/** How an SDK passes its headers. */
const kinds: Record<string, (init: RequestInit) => RequestInit> = {
  "plain headers": (init) => init,
  "a Headers object": (init) => ({
    ...init,
    headers: new Headers(init.headers),
  }),
};

const cases = Object.entries(kinds).flatMap(([kind, prepare]) =>
  Object.entries(variants).map(([variant, call]) => ({
    name: `${kind} ${variant}`,
    call,
    prepare: () => prepare(variant === "bare fetch" ? bare : request),
  }))
);

/** The median time of each case, in milliseconds. */
async function measureBlock(rounds: number): Promise<Map<string, number>> {
  const taken = new Map<string, number[]>(cases.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const { name, call, prepare } of shuffle(cases)) {
      const init = prepare(); // the SDK's work, whatever sends the request
      const begun = performance.now();
      await (await call(HOST + path, init)).text();
      taken.get(name)?.push(performance.now() - begun);
    }
  }
  return new Map([...taken].map(([name, all]) => [name, median(all)]));
}

function shuffle<T>(items: T[]): T[] {
  const order = items.map((item) => ({ item, key: Math.random() }));
  return order.toSorted((a, b) => a.key - b.key).map(({ item }) => item);
}

await measureBlock(WARM_UP_ROUNDS);
const blocks: Map<string, number>[] = [];
for (let block = 0; block < BLOCKS; block++) {
  blocks.push(await measureBlock(ROUNDS_PER_BLOCK));
}

/** How many times as long a case takes as another, for every block. */
function ratios(name: string, other: string): number[] {
  return blocks.map((block) =>
    (block.get(name) ?? NaN) / (block.get(other) ?? NaN)
  );
}

for (const kind of Object.keys(kinds)) {
  const what = `call over loopback, 1 KB, ${kind}`;
  report(
    `${what}: × bare fetch`,
    times(ratios(`${kind} now`, `${kind} bare fetch`)),
  );
  if (!beforeFlag) continue;
  report(`… × the tree before`, times(ratios(`${kind} now`, `${kind} before`)));
}

server.stdin.end();
rmSync(folder, { recursive: true });
