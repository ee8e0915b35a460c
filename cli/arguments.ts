/**
 * The program's options and its help text.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { resolveDomain } from "../internal/options.ts";
import { commandOf } from "./command_words.ts";
import { UsageError } from "./exit_codes.ts";

/** Printed by `--help`. */
export const HELP = `Asks GitHub Copilot, and streams the answer to stdout.

Usage: copilot-fetch [options] [prompt ...]

Piped input is appended to the prompt, or is the prompt. A last "-" takes it
from the keyboard as well.

  -m, --model ID        the model to ask, by its id or a part of it; or set
                        COPILOT_MODEL [the default of your subscription]
  -s, --system TEXT     instructions for the model
  -f, --file FILE       add a text file and its name to the prompt; "-" is
                        stdin; may be repeated
  -i, --image FILE|URL  add an image to the prompt; may be repeated
      --effort LEVEL    how much the model is to think, such as low or high
      --no-stream       print the answer when it is complete
      --json            print the response of the API unchanged
      --models          list the models of your subscription
      --usage           print what is left of your plan
      --serve [PORT]    serve an OpenAI-compatible API on 127.0.0.1 for other
                        tools; port 0 stands for any free port [4141]
      --direct          send the credential itself to Copilot, without an
                        exchange; the default depends on the credential
      --from-editor     take the credential from an editor's sign-in to Copilot
      --domain HOST     your tenant, such as acme.ghe.com [github.com]
      --demo            ask a built-in fake instead of GitHub, and print each
                        request on stderr
  -v, --verbose         print each request on stderr, without secrets, with its
                        duration, the quotas, and the answer's tokens and cost
  -h, --help            print this help
  -V, --version         print the version

One of these words as the whole prompt is a command: help, models, usage,
serve [PORT], and login (or auth), which explains how to get a credential and
can sign in with gh. \`-- help\` asks the model.

Credential: COPILOT_GITHUB_TOKEN, else GH_TOKEN, else GITHUB_TOKEN, else the
output of \`gh auth token\`. With --from-editor: the apps.json, else the
hosts.json that an editor has written.

Exit codes: 0 success; 1 refused, failed or cut off; 2 wrong usage or no
credential; 130, 129, 143 after SIGINT, SIGHUP, SIGTERM.

Deno needs -N and -E; -R for --file, --image FILE and --from-editor;
--allow-run=gh for gh.
`;

/** The messages about wrong usage. */
export const ARGUMENT_MESSAGES = {
  /** With the parser's own sentence, such as "Unknown option '--x'". */
  invalid: (reason: string) => `${reason}. See --help.`,
  unexpectedPrompt: (flag: string) => `${flag} takes no prompt. See --help.`,
  invalidDomain: "--domain takes github.com or a subdomain of ghe.com.",
  invalidPort: (received: string) =>
    `--serve takes a port from 0 to 65535, received "${received}".`,
  empty: (flag: string) => `${flag} is empty. See --help.`,
} as const;

/** In the place of a file, stdin: also where a person types it. */
export const STDIN = "-";

/** What the program is to do. */
export type Command =
  | { name: "help" }
  | { name: "version" }
  | { name: "login"; domain: string | undefined }
  | ConnectedCommand;

/** A command that sends requests. */
export type ConnectedCommand =
  | { name: "models"; json: boolean; connection: ConnectionOptions }
  | { name: "usage"; json: boolean; connection: ConnectionOptions }
  | { name: "serve"; port: number; connection: ConnectionOptions }
  | { name: "ask"; question: Question; connection: ConnectionOptions };

/** What to ask, and how to print the answer. */
export interface Question {
  /** An id or a part of one; `undefined` for `COPILOT_MODEL` or the default. */
  model: string | undefined;
  words: string;
  system: string | undefined;
  /** Paths and `file:` URLs of texts; `-` is stdin. */
  files: string[];
  /** Paths and URLs. */
  images: string[];
  /** How much the model is to think. */
  effort: string | undefined;
  stream: boolean;
  json: boolean;
}

/** How Copilot is reached. */
export interface ConnectionOptions {
  direct: boolean;
  fromEditor: boolean;
  domain: string | undefined;
  demo: boolean;
  verbose: boolean;
}

const OPTIONS = {
  model: { type: "string", short: "m" },
  system: { type: "string", short: "s" },
  file: { type: "string", short: "f", multiple: true },
  image: { type: "string", short: "i", multiple: true },
  effort: { type: "string" },
  "no-stream": { type: "boolean" },
  json: { type: "boolean" },
  models: { type: "boolean" },
  usage: { type: "boolean" },
  serve: { type: "boolean" },
  direct: { type: "boolean" },
  "from-editor": { type: "boolean" },
  domain: { type: "string" },
  demo: { type: "boolean" },
  verbose: { type: "boolean", short: "v" },
  help: { type: "boolean", short: "h" },
  version: { type: "boolean", short: "V" },
} as const;

/** Reads the arguments. Throws a {@linkcode UsageError} for wrong ones. */
export function readArguments(args: string[]): Command {
  const { values, positionals, tokens } = parse(args);
  // After "--", every word is for the model.
  const isForModel = tokens.some(({ kind }) => kind === "option-terminator");
  const command = isForModel ? undefined : commandOf(positionals);
  const words = command ? positionals.slice(1) : positionals;
  if (values.help || command === "help") return { name: "help" };
  if (values.version) return { name: "version" };
  const { direct = false, demo = false, verbose = false } = values;
  const fromEditor = values["from-editor"] ?? false;
  const domain = readDomain(values.domain);
  if (command === "login") return { name: "login", domain };
  const connection = { direct, fromEditor, domain, demo, verbose };
  const { json = false } = values;
  if (values.serve || command === "serve") {
    return { name: "serve", port: readPort(words), connection };
  }
  for (const name of ["models", "usage"] as const) {
    if (!values[name] && command !== name) continue;
    if (words.length === 0) return { name, json, connection };
    throw new UsageError(ARGUMENT_MESSAGES.unexpectedPrompt(`--${name}`));
  }
  for (const name of ["model", "effort"] as const) {
    if (values[name]?.trim() !== "") continue;
    throw new UsageError(ARGUMENT_MESSAGES.empty(`--${name}`));
  }
  const endsWithStdin = !isForModel && words.at(-1) === STDIN;
  const files = values.file ?? [];
  const question = {
    model: values.model,
    words: (endsWithStdin ? words.slice(0, -1) : words).join(" "),
    system: values.system,
    files: endsWithStdin ? [...files, STDIN] : files,
    images: values.image ?? [],
    effort: values.effort,
    stream: !values["no-stream"] && !json,
    json,
  };
  return { name: "ask", question, connection };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args: args.flatMap(splitServe),
      allowPositionals: true,
      tokens: true,
      options: OPTIONS,
    });
  } catch (error) {
    // The parser's further sentences explain options that this program lacks.
    const [reason] = (error as Error).message.split(/\.?\s*\n|\. /);
    throw new UsageError(ARGUMENT_MESSAGES.invalid(reason));
  }
}

/** `--serve=PORT` as two arguments: `parseArgs` knows no optional values. */
function splitServe(arg: string): string[] {
  return arg.startsWith("--serve=") ? arg.split("=", 2) : [arg];
}

function readDomain(domain: string | undefined): string | undefined {
  if (domain === undefined) return undefined;
  try {
    return resolveDomain(domain);
  } catch {
    // The library's message names its option, not the flag.
    throw new UsageError(ARGUMENT_MESSAGES.invalidDomain);
  }
}

const DEFAULT_PORT = 4141;
const MAX_PORT = 65_535;

function readPort(words: string[]): number {
  const text = words.length === 0 ? `${DEFAULT_PORT}` : words.join(" ");
  const isPort = /^\d{1,5}$/.test(text) && Number(text) <= MAX_PORT;
  if (isPort) return Number(text);
  throw new UsageError(ARGUMENT_MESSAGES.invalidPort(text));
}
