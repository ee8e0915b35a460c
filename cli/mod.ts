/**
 * Asks GitHub Copilot from the command line.
 *
 * ```sh
 * deno run -NE jsr:@copilot-fetch/core/cli "Why is the sky blue?"
 * git diff | deno run -NE jsr:@copilot-fetch/core/cli "Write a commit message"
 * deno run -NE jsr:@copilot-fetch/core/cli --serve
 * ```
 *
 * The credential is the first of `COPILOT_GITHUB_TOKEN`, `GH_TOKEN`,
 * `GITHUB_TOKEN` and the output of `gh auth token`; with `--from-editor`, that
 * of an editor's sign-in. Deno needs `-N` to reach GitHub and Copilot, and `-E`
 * to read the credential; `-R` only for `--file`, `--image FILE` and
 * `--from-editor`, `-R` and `-W` only for `--cache`, and `--allow-run=gh` only
 * for `gh auth token`. On Bun and Node, the npm package has the command
 * `copilot-fetch`.
 *
 * Importing this module starts nothing.
 *
 * @module
 */

import type { FoundCredential } from "../credential/mod.ts";
import config from "../deno.json" with { type: "json" };
import { readArguments } from "./arguments.ts";
import { HELP } from "./help.ts";
import {
  exitCodeOfError,
  exitCodeOfSignal,
  isClosedPipe,
  SUCCESS,
} from "./exit_codes.ts";
import type { IO } from "./io.ts";
import { eraseLine } from "./terminal.ts";

export type {
  Address,
  Input,
  IO,
  Listener,
  Output,
  RequestHandler,
  ServerRequest,
  Signal,
} from "./io.ts";
export type {
  CommandResult,
  CredentialIO,
  Permission,
  RunOptions,
} from "../credential/mod.ts";
export type { FetchLike } from "../mod.ts";
export type { KeyValueStore } from "../store/mod.ts";

/**
 * Runs the program, and returns its exit code: 0; 1 if a request was refused
 * or failed, or an answer was cut off; 2 for wrong usage or no credential; 130,
 * 129 or 143 after SIGINT, SIGHUP or SIGTERM.
 *
 * Failures are reported on `io.stderr`; the promise does not reject. Nothing
 * but `io` is read, written, sent or started.
 *
 * @example The program in a test
 * ```ts
 * import { type IO, main } from "@copilot-fetch/core/cli";
 *
 * const unused = () => Promise.reject(new Error("not used"));
 * const printed: string[] = [];
 * const output = {
 *   isTerminal: false,
 *   supportsEscapes: false,
 *   write: (text: string) => Promise.resolve(void printed.push(text)),
 * };
 * const io: IO = {
 *   env: {},
 *   platform: "linux",
 *   stdin: { isTerminal: true, async *[Symbol.asyncIterator]() {} },
 *   stdout: output,
 *   stderr: { ...output, write: () => Promise.resolve() },
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
 * console.log(await main(["--demo", "Hello"], io)); // 0
 * console.log(printed.join("").trim()); // "You said: Hello"
 * ```
 *
 * @param args The arguments, without the program's name
 * @param io What the program uses of its process
 * @returns The exit code
 */
export async function main(args: string[], io: IO): Promise<number> {
  let credential: FoundCredential | undefined;
  let verbose = false;
  try {
    const command = readArguments(args);
    if (command.name === "help") {
      await io.stdout.write(HELP);
      return SUCCESS;
    }
    if (command.name === "version") {
      await io.stdout.write(`${config.version}\n`);
      return SUCCESS;
    }
    // To load a module takes longer than to run it, so each is loaded when it
    // is needed: tests/bench/cli_start_bench.ts.
    if (command.name === "login") {
      const { logIn } = await import("./login.ts");
      await logIn(command.domain, io);
      return SUCCESS;
    }
    if (command.name === "print") {
      const { toolLines } = await import("./serve/print.ts");
      await io.stdout.write(toolLines(command.tool, command.server));
      return SUCCESS;
    }
    const { connection } = command;
    verbose = connection.verbose;
    const { readCredential } = await import("./credential.ts");
    credential = await readCredential(connection, io);
    const { runCommand } = await import("./commands.ts");
    await runCommand(command, credential, io);
  } catch (error) {
    if (!io.signal.aborted) {
      // The program that reads stdout has read enough.
      if (isClosedPipe(error)) return SUCCESS;
      const { reportFailure } = await import("./report_failure.ts");
      await reportFailure(error, { credential, verbose }, io);
      return exitCodeOfError(error);
    }
  }
  if (!io.signal.aborted) return SUCCESS;
  await eraseLine(io.stderr);
  return exitCodeOfSignal(io.signal.reason);
}

// Node 20 lacks this property, and starts bin.ts instead.
const { main: isMain } = import.meta as { main?: boolean };
// Not awaited: bin.ts waits for this module.
if (isMain) import("./bin.ts");
