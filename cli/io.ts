/**
 * What the program uses of its process, so that tests can run it without one.
 *
 * @module
 */

import type { CredentialIO, RunOptions } from "../credential/mod.ts";
import type { FetchLike } from "../mod.ts";
import type { KeyValueStore } from "../store/mod.ts";

/**
 * Everything outside of the program that it uses. The search for a credential
 * uses the variables, `run` for `gh`, `readFile` for an editor's sign-in, and
 * `isPermitted`.
 *
 * @example The program without a process
 * ```ts
 * import { type IO, main } from "@copilot-fetch/core/cli";
 *
 * const unused = () => Promise.reject(new Error("not used"));
 * const output = {
 *   isTerminal: false,
 *   supportsEscapes: false,
 *   write: (text: string) => Promise.resolve(console.log(text.trim())),
 * };
 * const io: IO = {
 *   env: {},
 *   platform: "linux",
 *   stdin: { isTerminal: true, async *[Symbol.asyncIterator]() {} },
 *   stdout: output,
 *   stderr: output,
 *   fetch,
 *   signal: new AbortController().signal,
 *   columns: undefined,
 *   isPermitted: () => Promise.resolve(true),
 *   run: unused,
 *   readFile: unused,
 *   writeFile: unused,
 *   openTokenFolder: unused,
 *   runOnTerminal: unused,
 *   listen: unused,
 * };
 * await main(["--version"], io);
 * ```
 */
export interface IO extends CredentialIO {
  /** The input: a pipe or a keyboard. */
  readonly stdin: Input;
  /** Where answers go. */
  readonly stdout: Output;
  /** Where everything else goes. */
  readonly stderr: Output;
  /** Sends every request. */
  readonly fetch: FetchLike;
  /** Aborts when the program has to end. The reason is a {@linkcode Signal}. */
  readonly signal: AbortSignal;
  /** The width of the terminal in characters, if stdout is a terminal. */
  readonly columns: number | undefined;
  /** Reads a file. */
  readFile(path: string): Promise<Uint8Array>;
  /** Writes a file, and replaces an older one. */
  writeFile(path: string, content: Uint8Array): Promise<void>;
  /** Opens a folder of sealed tokens, which need not exist. */
  openTokenFolder(path: string): Promise<KeyValueStore>;
  /**
   * Runs a command that uses the terminal itself, and returns its exit code;
   * `null` if a signal ended it. Rejects if it cannot be started.
   */
  runOnTerminal(
    command: string,
    args: string[],
    options: RunOptions,
  ): Promise<number | null>;
  /** Starts an HTTP server. */
  listen(address: Address, handle: RequestHandler): Promise<Listener>;
}

/**
 * The signals that end the program.
 *
 * @example End the program as Ctrl-C does
 * ```ts
 * import type { Signal } from "@copilot-fetch/core/cli";
 *
 * // The `signal` of the program's IO is that of this controller.
 * const controller = new AbortController();
 * const reason: Signal = "SIGINT";
 * controller.abort(reason);
 * console.log(controller.signal.reason); // "SIGINT"
 * ```
 */
export type Signal = "SIGINT" | "SIGHUP" | "SIGTERM";

/**
 * The program's input.
 *
 * @example What a pipe brings
 * ```ts
 * import type { Input } from "@copilot-fetch/core/cli";
 *
 * const stdin: Input = {
 *   isTerminal: false,
 *   async *[Symbol.asyncIterator]() {
 *     yield new TextEncoder().encode("Hello");
 *   },
 * };
 * for await (const bytes of stdin) {
 *   console.log(bytes.length); // 5
 * }
 * ```
 */
export interface Input extends AsyncIterable<Uint8Array> {
  /** Whether a person types it. */
  readonly isTerminal: boolean;
}

/**
 * One of the program's outputs.
 *
 * @example An output that keeps what was written
 * ```ts
 * import type { Output } from "@copilot-fetch/core/cli";
 *
 * const written: string[] = [];
 * const stdout: Output = {
 *   isTerminal: false,
 *   supportsEscapes: false,
 *   write: (text) => Promise.resolve(void written.push(text)),
 * };
 * await stdout.write("Hello");
 * console.log(written.join("")); // "Hello"
 * ```
 */
export interface Output {
  /** Whether a person sees it at once. */
  readonly isTerminal: boolean;
  /** Whether it is a terminal that understands escape sequences. */
  readonly supportsEscapes: boolean;
  /** Writes a text. Resolves when it was written, rejects if it cannot be. */
  write(text: string): Promise<void>;
}

/**
 * Where a server listens.
 *
 * @example Where a test would listen
 * ```ts
 * import type { Address, IO } from "@copilot-fetch/core/cli";
 *
 * const addresses: Address[] = [];
 * const listen: IO["listen"] = (address) => {
 *   addresses.push(address);
 *   return Promise.reject(new Error("This test has no network"));
 * };
 * const handle = () => Promise.resolve(new Response());
 * await listen({ hostname: "127.0.0.1", port: 8080 }, handle).catch(() => {});
 * console.log(addresses[0].port); // 8080
 * ```
 */
export interface Address {
  /** A host name or an IP address. */
  hostname: string;
  /** A port; 0 stands for any that is free. */
  port: number;
}

/**
 * Returns the response to a request. Must not reject.
 *
 * @example A handler that shows what it received
 * ```ts
 * import type { RequestHandler } from "@copilot-fetch/core/cli";
 *
 * const handle: RequestHandler = ({ method, target }) =>
 *   Promise.resolve(new Response(`${method} ${target}`));
 * const response = await handle({
 *   method: "GET",
 *   target: "/v1/models",
 *   headers: [["host", "127.0.0.1:8080"]],
 *   body: (async function* () {})(),
 *   signal: new AbortController().signal,
 *   ended: Promise.resolve(true),
 * });
 * console.log(await response.text()); // "GET /v1/models"
 * ```
 */
export type RequestHandler = (request: ServerRequest) => Promise<Response>;

/**
 * A request as it was received, with nothing normalized.
 *
 * @example A request for a test of `--serve`
 * ```ts
 * import type { ServerRequest } from "@copilot-fetch/core/cli";
 *
 * const request: ServerRequest = {
 *   method: "GET",
 *   target: "/v1/models",
 *   headers: [["host", "127.0.0.1:8080"]],
 *   body: (async function* () {})(),
 *   signal: new AbortController().signal,
 *   ended: Promise.resolve(true),
 * };
 * const headers = new Headers(request.headers.map(([...line]) => line));
 * console.log(headers.get("host")); // "127.0.0.1:8080"
 * ```
 */
export interface ServerRequest {
  /** The method, such as `"POST"`. */
  method: string;
  /** The request target: nearly always a path with a query. */
  target: string;
  /** All header lines in their order. */
  headers: readonly [name: string, value: string][];
  /** The body. */
  body: AsyncIterable<Uint8Array>;
  /** Aborts when the client has closed the connection. */
  signal: AbortSignal;
  /** Resolves when the response has ended, to whether all of it was sent. */
  ended: Promise<boolean>;
}

/**
 * A server that listens.
 *
 * @example A server without a network
 * ```ts
 * import type { IO, Listener } from "@copilot-fetch/core/cli";
 *
 * const listen: IO["listen"] = ({ port }) => {
 *   const listener: Listener = {
 *     port,
 *     close: () => Promise.resolve(),
 *     closeConnections() {},
 *   };
 *   return Promise.resolve(listener);
 * };
 * const handle = () => Promise.resolve(new Response());
 * const { port } = await listen({ hostname: "127.0.0.1", port: 8080 }, handle);
 * console.log(port); // 8080
 * ```
 */
export interface Listener {
  /** The port on which it listens. */
  readonly port: number;
  /** Accepts no new connection. Resolves when all responses have ended. */
  close(): Promise<void>;
  /** Closes every connection, also those with a response in progress. */
  closeConnections(): void;
}
