/** Runs the command line in this process, over a fake GitHub and Copilot. */
import { main } from "../../cli/mod.ts";
import type { IO, Output, Signal } from "../../cli/mod.ts";
import { listen } from "../../cli/process_server.ts";
import type { FetchLike } from "../../mod.ts";
import {
  createFakeCopilot,
  type FakeAnswer,
  type FakeCopilot,
} from "../../testing/mod.ts";
import { createOutcome, type Outcome } from "./outcome.ts";
import { deferred } from "./stubs.ts";

/** The credential that is set unless a test sets another. */
export const SECRET = "ghu_secretsecret";

/** How the surroundings of a program differ from a shell with pipes. */
export interface FakeIOOptions {
  /** The whole environment. By default only the credential is set. */
  env?: Record<string, string>;
  /** What is piped in; by default nothing. */
  input?: string | Uint8Array | AsyncIterable<Uint8Array>;
  /** What is connected to a terminal. */
  terminals?: ("stdin" | "stdout" | "stderr")[];
  columns?: number;
  /** By default Linux. */
  platform?: string;
  /** Files by path, or why one cannot be read. A folder has no content. */
  files?: Record<string, string | Uint8Array | Error | undefined>;
  /** Reads files; by default those of `files`. */
  readFile?: IO["readFile"];
  /** Opens the folder of `--cache`; by default it cannot be opened. */
  openTokenFolder?: IO["openTokenFolder"];
  /** Runs other programs; by default there is none. */
  run?: IO["run"];
  /** Runs other programs on the terminal; by default there is none. */
  runOnTerminal?: IO["runOnTerminal"];
  /** What Deno permits; by default everything. */
  isPermitted?: IO["isPermitted"];
  /** GitHub and Copilot. */
  fake?: FakeCopilot;
  /** By default the fake's. */
  fetch?: FetchLike;
  /** By default on loopback. */
  listen?: IO["listen"];
  /** What writing to stdout rejects with. */
  stdoutError?: Error;
}

/** A program that runs in this process; it is ended when it is disposed of. */
export interface Program extends AsyncDisposable {
  /** What it has printed so far, and in the end its exit code. */
  readonly outcome: Outcome;
  /** What a terminal was sent to which both outputs are connected. */
  readonly terminal: string;
  /** What it has printed in the end. */
  readonly ended: Promise<Outcome>;
  fake: FakeCopilot;
  /** Waits until it has printed something. */
  prints(what: string | RegExp, where?: "stdout" | "stderr"): Promise<void>;
  /** Sends it a signal. */
  kill(signal?: Signal): void;
}

/** Starts the command line. */
export function startMain(
  args: string[],
  options: FakeIOOptions = {},
): Program {
  const { env = { COPILOT_GITHUB_TOKEN: SECRET }, input = "" } = options;
  const { terminals = [], files = {}, columns, stdoutError } = options;
  const { fake = createFakeCopilot() } = options;
  const { outcome, add, waitFor } = createOutcome();
  const aborted = new AbortController();
  let terminal = "";

  function createOutput(where: "stdout" | "stderr", error?: Error): Output {
    return {
      isTerminal: terminals.includes(where),
      supportsEscapes: terminals.includes(where) && env.TERM !== "dumb",
      write(text) {
        if (error) return Promise.reject(error);
        add(where, text);
        terminal += text;
        return Promise.resolve();
      },
    };
  }

  const program = main(args, {
    env,
    stdin: {
      isTerminal: terminals.includes("stdin"),
      [Symbol.asyncIterator]: () => piecesOf(input)[Symbol.asyncIterator](),
    },
    stdout: createOutput("stdout", stdoutError),
    stderr: createOutput("stderr"),
    fetch: options.fetch ?? fake.fetch,
    signal: aborted.signal,
    columns,
    readFile: options.readFile ??
      ((path) => Promise.resolve().then(() => readFile(files, path))),
    openTokenFolder: options.openTokenFolder ??
      (() => Promise.reject(new Error("There is no folder"))),
    runOnTerminal: options.runOnTerminal ?? runNothing,
    writeFile(path, content) {
      files[path] = content;
      return Promise.resolve();
    },
    listen: options.listen ?? listen,
    platform: options.platform ?? "linux",
    run: options.run ?? runNothing,
    isPermitted: options.isPermitted ?? (() => Promise.resolve(true)),
  });
  const ended = program.then((code) => ({ ...outcome, code }));

  return {
    outcome,
    get terminal() {
      return terminal;
    },
    ended,
    fake,
    prints: (what, where = "stdout") => waitFor(what, where, ended),
    kill: (signal = "SIGINT") => aborted.abort(signal),
    async [Symbol.asyncDispose]() {
      aborted.abort("SIGINT");
      await ended;
    },
  };
}

/** Runs the command line, and returns what it has printed, and its exit code. */
export async function runMain(
  args: string[],
  options: FakeIOOptions = {},
): Promise<Outcome> {
  return await startMain(args, options).ended;
}

function runNothing(): Promise<never> {
  return Promise.reject(Object.assign(new Error(), { code: "ENOENT" }));
}

async function* piecesOf(
  input: NonNullable<FakeIOOptions["input"]>,
): AsyncGenerator<Uint8Array, void> {
  if (typeof input === "string") yield new TextEncoder().encode(input);
  else if (input instanceof Uint8Array) yield input;
  else yield* input;
}

function readFile(
  files: NonNullable<FakeIOOptions["files"]>,
  path: string,
): Uint8Array {
  const content = files[path];
  if (typeof content === "string") return new TextEncoder().encode(content);
  if (content instanceof Error) throw content;
  if (content) return content;
  const isFolder = path in files;
  throw Object.assign(
    new Error(isFolder ? "illegal operation on a directory" : "no such file"),
    { code: isFolder ? "EISDIR" : "ENOENT" },
  );
}

/** The command as it is typed into a shell. */
export function commandLine(args: string[]): string {
  const words = args.map((arg) => /^[\w.:=-]+$/.test(arg) ? arg : `"${arg}"`);
  return ["copilot-fetch", ...words].join(" ");
}

/** The requests to GitHub and to Copilot as text. */
export function requestsTo({ exchanges, requests }: FakeCopilot): string[] {
  return [...exchanges, ...requests].map(({ method, url }) =>
    `${method} ${url}`
  );
}

/** The JSON body of the last request to Copilot. */
// deno-lint-ignore no-explicit-any -- each test knows the shape
export async function lastBody({ requests }: FakeCopilot): Promise<any> {
  return await requests.at(-1)?.clone().json();
}

/** Answers the next prompt so, and the request for the models as usual. */
export function answerNextPrompt(fake: FakeCopilot, answer: FakeAnswer): void {
  fake.answerNextRequest(() => {});
  fake.answerNextRequest(answer);
}

/** An answer whose parts a test sends one by one. */
export interface SlowAnswer {
  /** To be passed to `answerNextPrompt`. */
  respond(request: Request): Response;
  /** Sends a part of the answer. */
  send(text: string): void;
  /** Sends the end of the answer. */
  end(): void;
  /** Resolves when the request was aborted. */
  cancelled: Promise<void>;
}

/** Creates a streamed answer of Chat Completions. */
export function createSlowAnswer(): SlowAnswer {
  const encoder = new TextEncoder();
  const cancelled = deferred();
  let controller: ReadableStreamDefaultController<Uint8Array>;
  const body = new ReadableStream<Uint8Array>({
    start(given) {
      controller = given;
    },
    cancel: () => cancelled.resolve(),
  });
  return {
    respond({ signal }) {
      signal.addEventListener("abort", () => {
        cancelled.resolve();
        controller.error(signal.reason);
      });
      const headers = { "content-type": "text/event-stream" };
      return new Response(body, { headers });
    },
    send(text) {
      controller.enqueue(encoder.encode(event(text)));
    },
    end() {
      controller.enqueue(encoder.encode(`${STOP}data: [DONE]\n\n`));
      controller.close();
    },
    cancelled: cancelled.promise,
  };
}

/** An event of Chat Completions with a part of an answer. */
export function event(content: string): string {
  const choices = [{ index: 0, delta: { content }, finish_reason: null }];
  return `data: ${JSON.stringify({ choices })}\n\n`;
}

const STOP = `data: ${
  JSON.stringify({
    choices: [{ index: 0, delta: {}, finish_reason: "stop" }],
  })
}\n\n`;

/** A promise that stays pending. */
export const never = new Promise<void>(() => {});
