/**
 * copilot-api against `copilot-fetch --serve`: the first token of a stream, 400
 * streams at once, and the memory of a new server after 10 000. Both run
 * unmodified, behind the proxy of the stand-in.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { closedPort } from "../../helpers/loopback.ts";
import { commandFor, runtime } from "../../helpers/command.ts";
import { root } from "../../run/files.ts";
import { alternate, timeOf } from "../alternate.ts";
import { against, report, times } from "../report.ts";
import { isQuick, packageFile } from "./arguments.ts";
import { end, idOf, memoryOf } from "./processes.ts";
import { type StandIn, startStandIn } from "./stand_in_process.ts";

const OTHER = "copilot-api";
const AT_ONCE = 400;
const STREAMS = isQuick ? 1000 : 10_000;
/** How many of the 10 000 streams run at the same time. */
const CONNECTIONS = 50;
const START_LIMIT_MS = 60_000;

/** A running server. */
interface Server extends AsyncDisposable {
  url: string;
  /** The id of its process. */
  pid: number;
}

/** Starts a server in a home of its own, and waits until it lists models. */
async function startServer(
  command: (port: number) => string[],
  { env }: StandIn,
): Promise<Server> {
  const home = mkdtempSync(join(tmpdir(), "copilot-fetch-others-"));
  const port = await closedPort();
  const [program, ...args] = command(port);
  const child = spawn(program, args, {
    cwd: root,
    // It prints a line for each request, which nobody reads.
    stdio: "ignore",
    env: {
      PATH: process.env.PATH,
      HOME: home,
      DENO_DIR: process.env.DENO_DIR,
      DENO_NO_UPDATE_CHECK: "1",
      COPILOT_GITHUB_TOKEN: "ghu_bench",
      ...env,
    },
  });
  // Also where the benchmark fails.
  process.once("exit", () => child.kill("SIGKILL"));
  const url = `http://127.0.0.1:${port}`;
  await listening(url, child);
  return {
    url,
    pid: idOf(child),
    async [Symbol.asyncDispose]() {
      await end(child);
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** Waits until a server lists models. */
async function listening(url: string, child: ChildProcess): Promise<void> {
  const begun = performance.now();
  while (performance.now() - begun < START_LIMIT_MS) {
    if (child.exitCode !== null) break;
    const response = await fetch(`${url}/v1/models`).catch(() => undefined);
    await response?.text();
    if (response?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${child.spawnargs.join(" ")} does not serve`);
}

const body = JSON.stringify({
  stream: true,
  model: "gpt-5-mini",
  messages: Array(8).fill({
    role: "user",
    content: "How much wood would a woodchuck chuck? ".repeat(3),
  }),
});

/** Begins a stream. */
async function post({ url }: Server): Promise<ReadableStream<Uint8Array>> {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
  });
  if (!response.ok || !response.body) {
    throw new Error(`${url}: ${response.status} ${await response.text()}`);
  }
  return response.body;
}

/** Reads a whole stream. */
async function stream(server: Server): Promise<void> {
  const text = await new Response(await post(server)).text();
  if (!text.trimEnd().endsWith("data: [DONE]")) {
    throw new Error(`${server.url}: a stream without its end`);
  }
}

/** Milliseconds to the first bytes of a stream, which is read to its end. */
async function timeToFirstToken(server: Server): Promise<number> {
  const begun = performance.now();
  const reader = (await post(server)).getReader();
  await reader.read();
  const taken = performance.now() - begun;
  while (!(await reader.read()).done);
  return taken;
}

/** Streams one after another on each of some connections. */
async function streamMany(server: Server, count: number): Promise<void> {
  let left = count;
  await Promise.all(Array.from({ length: CONNECTIONS }, async () => {
    while (left-- > 0) await stream(server);
  }));
}

await using standIn = await startStandIn();
const program = runtime === "Node" ? "cli/bin.ts" : "cli/mod.ts";
const startOurs = () =>
  startServer(
    (port) => commandFor(program, ["--serve", `${port}`]),
    standIn,
  );
const startTheirs = () =>
  startServer((port) => [
    "node",
    packageFile(`${OTHER}/dist/main.js`),
    "start",
    "--proxy-env",
    "--github-token=ghu_bench",
    `--port=${port}`,
  ], standIn);

const ours = await startOurs();
const theirs = await startTheirs();
const blocks = isQuick ? 3 : 9;
const { first } = await alternate(
  ours,
  theirs,
  async (server) => ({ first: await timeToFirstToken(server) }),
  { warmUp: 50, blocks, perBlock: isQuick ? 5 : 40 },
);
report(`--serve, first token: × ${OTHER}`, times(first.ratios));
report("… milliseconds to it", against(first.ours, first.theirs, 1));

const streamAtOnce = (server: Server, count: number) =>
  Promise.all(Array.from({ length: count }, () => stream(server)));
// copilot-api fails a request whose connection takes ten seconds to open, as it
// may for 400 at once on a busy machine.
for (let count = 100; count < AT_ONCE; count += 100) {
  await streamAtOnce(ours, count);
  await streamAtOnce(theirs, count);
}
const { atOnce } = await alternate(
  ours,
  theirs,
  async (server) => ({
    atOnce: await timeOf(() => streamAtOnce(server, AT_ONCE)),
  }),
  { warmUp: 2, blocks, perBlock: 1 },
);
report(`--serve, ${AT_ONCE} streams at once: × ${OTHER}`, times(atOnce.ratios));
report(
  "… streams in a second",
  against(atOnce.ours, atOnce.theirs, 0, (ms) => AT_ONCE / (ms / 1000)),
);

await ours[Symbol.asyncDispose]();
await theirs[Symbol.asyncDispose]();

const { memory } = await alternate(startOurs, startTheirs, async (start) => {
  await using server = await start();
  await streamMany(server, STREAMS);
  return { memory: memoryOf(server.pid) };
}, { warmUp: 0, blocks: isQuick ? 1 : 3, perBlock: 1 });
report(
  `--serve, memory after 10 000 streams: × ${OTHER}`,
  times(memory.ratios),
);
report("… MB", against(memory.ours, memory.theirs, 0, (bytes) => bytes / 1e6));
