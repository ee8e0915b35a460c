/**
 * The program's process: its real input and output, and how it ends.
 *
 * @module
 */

import process from "node:process";
import { platformIO } from "../credential/io.ts";
import { readVariable } from "./environment.ts";
import { exitCodeOfSignal } from "./exit_codes.ts";
import type { FetchLike } from "../mod.ts";
import type { Input, IO, Output, Signal } from "./io.ts";

const SIGNALS: readonly Signal[] = ["SIGINT", "SIGHUP", "SIGTERM"];

/** Deno and Bun have a version of Node's API too. */
const isNode = !process.versions.deno && !process.versions.bun;

let nodeFetch: Promise<FetchLike> | undefined;

/**
 * Sends a request on Node. What it needs is loaded then, as that takes a while:
 * tests/bench/cli_start_bench.ts.
 */
const fetchOnNode: FetchLike = async (input, init) => {
  nodeFetch ??= import("./node_fetch.ts")
    .then(({ createNodeFetch }) => createNodeFetch(process.env));
  const fetch = await nodeFetch;
  return await fetch(input, init);
};

/** Runs the program in this process, and ends the process. */
export async function runProcess(
  main: (args: string[], io: IO) => Promise<number>,
): Promise<void> {
  const ended = new AbortController();
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      // A second Ctrl-C ends the process at once, also process 1 of a
      // container, which a signal without a listener does not end.
      if (ended.signal.aborted) process.exit(exitCodeOfSignal(signal));
      ended.abort(signal);
    });
  }
  let filesInUse = 0;
  const isDumb = await readVariable("TERM", platformIO) === "dumb";
  const stdout = createOutput(process.stdout, isDumb);
  const stderr = createOutput(process.stderr, isDumb);
  const code = await main(process.argv.slice(2), {
    ...platformIO,
    stdin: createInput(),
    stdout,
    stderr: ignoreErrors(stderr),
    fetch: isNode ? fetchOnNode : (input, init) => fetch(input, init),
    signal: ended.signal,
    get columns() {
      // Where it is unknown, some terminals say 0.
      return process.stdout.columns || undefined;
    },
    // Few commands need these, so they are loaded then, for the same reason.
    async readFile(path) {
      const { readFile } = await import("node:fs/promises");
      filesInUse++;
      try {
        return await readFile(path);
      } finally {
        filesInUse--;
      }
    },
    async writeFile(path, content) {
      const { writeFile } = await import("node:fs/promises");
      await writeFile(path, content);
    },
    async openTokenFolder(path) {
      const { openTokenFolder } = await import("./token_file.ts");
      return openTokenFolder(path);
    },
    async runOnTerminal(command, args, options) {
      const { runOnTerminal } = await import("./process_command.ts");
      return await runOnTerminal(command, args, options);
    },
    async listen(address, handle) {
      const { listen } = await import("./process_server.ts");
      return await listen(address, handle);
    },
  });
  await stderr.flushed();
  if (filesInUse > 0 && ended.signal.aborted) {
    // Node's exit() would wait for the end of a named pipe. Without a listener,
    // the signal ends the process.
    const signal: Signal = ended.signal.reason;
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  }
  // A pending read of stdin would keep the process alive.
  process.exit(code);
}

function createInput(): Input {
  return {
    get isTerminal() {
      return Boolean(process.stdin.isTTY);
    },
    [Symbol.asyncIterator]: () => process.stdin[Symbol.asyncIterator](),
  };
}

interface ProcessOutput extends Output {
  /** Resolves when everything was written, or cannot be. */
  flushed(): Promise<void>;
}

function createOutput(
  stream: NodeJS.WriteStream,
  isDumb: boolean,
): ProcessOutput {
  let last: Promise<void> = Promise.resolve();
  // Without a listener, an error would end the process.
  stream.on("error", () => {});
  return {
    get isTerminal() {
      return Boolean(stream.isTTY);
    },
    get supportsEscapes() {
      return Boolean(stream.isTTY) && !isDumb;
    },
    write(text) {
      last = new Promise((resolve, reject) => {
        stream.write(text, (error) => error ? reject(error) : resolve());
      });
      return last;
    },
    flushed: () => last.catch(() => {}),
  };
}

/** An output that may be closed: the answer is wanted nevertheless. */
function ignoreErrors(output: Output): Output {
  return {
    get isTerminal() {
      return output.isTerminal;
    },
    get supportsEscapes() {
      return output.supportsEscapes;
    },
    write: (text) => output.write(text).catch(() => {}),
  };
}
