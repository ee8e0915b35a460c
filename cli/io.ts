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

/** The signals that end the program. */
export type Signal = "SIGINT" | "SIGHUP" | "SIGTERM";

/** The program's input. */
export interface Input extends AsyncIterable<Uint8Array> {
  /** Whether a person types it. */
  readonly isTerminal: boolean;
}

/** One of the program's outputs. */
export interface Output {
  /** Whether a person sees it at once. */
  readonly isTerminal: boolean;
  /** Whether it is a terminal that understands escape sequences. */
  readonly supportsEscapes: boolean;
  /** Writes a text. Resolves when it was written, rejects if it cannot be. */
  write(text: string): Promise<void>;
}

/** Where a server listens. */
export interface Address {
  /** A host name or an IP address. */
  hostname: string;
  /** A port; 0 stands for any that is free. */
  port: number;
}

/** Returns the response to a request. Must not reject. */
export type RequestHandler = (request: ServerRequest) => Promise<Response>;

/** A request as it was received, with nothing normalized. */
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

/** A server that listens. */
export interface Listener {
  /** The port on which it listens. */
  readonly port: number;
  /** Accepts no new connection. Resolves when all responses have ended. */
  close(): Promise<void>;
  /** Closes every connection, also those with a response in progress. */
  closeConnections(): void;
}
