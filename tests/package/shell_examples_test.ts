import process from "node:process";
import { test } from "node:test";
import { assert } from "@std/assert";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { hasOpenSSL } from "../helpers/authority.ts";
import { isOpen } from "../helpers/cli_server.ts";
import { emptyFolder } from "../helpers/folder.ts";
import { startJSR } from "../helpers/jsr_registry.ts";
import { startNetwork } from "../helpers/network.ts";
import { root } from "../run/files.ts";
import type { Runtime } from "../run/test_command.ts";
import type { Example } from "../examples/blocks.ts";
import {
  examplesFor,
  examplesWithout,
  titleOf,
} from "../examples/documents.ts";
import { replyTo } from "../examples/replies.ts";
import { setUpHome } from "../examples/shell_home.ts";
import { assertShown } from "../examples/shown_output.ts";
import { runInTerminal } from "../examples/terminal.ts";

const RUNTIMES: readonly Runtime[] = ["deno", "bun", "node"];
/** The port of `copilot-fetch --serve`. */
const PORT = 4141;

const isPOSIX = process.platform !== "win32";
const testInShell = hasOpenSSL && isPOSIX ? test : test.skip;

/** A home with JSR, GitHub and Copilot on loopback, and a shell. */
interface Shell extends AsyncDisposable {
  /** Runs an example, and returns what the terminal shows. */
  run(example: Example): Promise<string>;
  env: Record<string, string | undefined>;
  folder: string;
}

async function openShell(runtime: Runtime): Promise<Shell> {
  const network = await startNetwork({ reply: (_, body) => replyTo(body) });
  const jsr = await startJSR();
  const home = await emptyFolder();
  const env = {
    ...network.env,
    ...await setUpHome(home, runtime),
    NO_PROXY: "127.0.0.1", // JSR's
    JSR_URL: `${jsr.origin}/`,
    GH_TOKEN: undefined,
    GITHUB_TOKEN: undefined,
    COPILOT_MODEL: undefined,
  };
  return {
    env,
    folder: home.path,
    async run(example) {
      const { code, marks } = example;
      const folder = marks.includes("clone") ? root : home.path;
      const words = ["bash", "-euo", "pipefail", "-c", code];
      const { status, output } = await runInTerminal(words, folder, env);
      assert(status === 0, `${titleOf(example)} ${status}\n${output}`);
      // On a terminal, Deno's progress is not left.
      return output.replaceAll(/^Download .*\n/gm, "");
    },
    async [Symbol.asyncDispose]() {
      await network[Symbol.asyncDispose]();
      await jsr[Symbol.asyncDispose]();
      await home[Symbol.asyncDispose]();
    },
  };
}

/** Examples that a test of their own runs, or none. */
const OTHERS = ["install", "server", "serve", "client", "no-run"];

for (const runtime of RUNTIMES) {
  const isForRuntime = ({ code }: Example) =>
    // What names a runtime itself, or none, is run once.
    code.includes("copilot-fetch ") || runtime === "node";

  testInShell(
    `The shell examples of the documents print what the pages show, with copilot-fetch on ${runtime}`,
    async () => {
      await using shell = await openShell(runtime);
      const examples = examplesWithout(["sh"], ...OTHERS).filter(isForRuntime);
      for (const example of examples) {
        const output = await shell.run(example);
        if (!example.marks.includes("no-output")) assertShown(example, output);
      }
    },
  );
}

const isPortFree = !await isOpen(PORT, "127.0.0.1");

for (const runtime of RUNTIMES) {
  (isPortFree ? testInShell : test.skip)(
    `The examples of --serve in the documents print what the pages show, on ${runtime}`,
    async () => {
      await using shell = await openShell(runtime);
      const [serve] = examplesFor(["sh"], "serve");
      const server = spawn("bash", ["-c", `exec ${serve.code}`], {
        cwd: shell.folder,
        env: { ...process.env, NO_COLOR: "1", ...shell.env },
        stdio: ["ignore", "pipe", "ignore"],
      });
      try {
        const [line] = await once(server.stdout, "data");
        assertShown(serve, `${line}`);
        for (const client of examplesFor(["sh"], "client")) {
          assertShown(client, await shell.run(client));
        }
      } finally {
        server.kill("SIGTERM");
        await once(server, "close");
      }
    },
  );
}
