/**
 * Reads the program's arguments.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { resolveDomain } from "../internal/options.ts";
import { commandOf } from "./command_words.ts";
import type { Json } from "./answers/endpoint.ts";
import { UsageError } from "./exit_codes.ts";
import { assertCompatible } from "./flag_rules.ts";
import { readFields } from "./request_fields.ts";
import type { ServeOptions } from "./serve/options.ts";
import { readServeOptions, SERVE_FLAGS } from "./serve_arguments.ts";

/** The messages about wrong usage. */
export const ARGUMENT_MESSAGES = {
  /** With the parser's own sentence, such as "Unknown option '--x'". */
  invalid: (reason: string) => `${reason}. See --help.`,
  unexpectedPrompt: (flag: string) => `${flag} takes no prompt. See --help.`,
  invalidDomain: "--domain takes github.com or a subdomain of ghe.com.",
  empty: (flag: string) => `${flag} is empty. See --help.`,
} as const;

/** In the place of a file, stdin: also where a person types it. */
export const STDIN = "-";

/** What the program is to do. */
export type Command =
  | { name: "help" }
  | { name: "version" }
  | { name: "login"; domain: string | undefined }
  | { name: "print"; tool: string; server: ServeOptions }
  | ConnectedCommand;

/** A command that sends requests. */
export type ConnectedCommand =
  | { name: "models"; json: boolean; connection: ConnectionOptions }
  | { name: "usage"; json: boolean; connection: ConnectionOptions }
  | { name: "serve"; server: ServeOptions; connection: ConnectionOptions }
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
  /** More fields of the request. */
  fields: Json;
  stream: boolean;
  json: boolean;
}

/** How Copilot is reached. */
export interface ConnectionOptions {
  /** Whether the token is kept for further runs; or set COPILOT_CACHE. */
  cache: boolean;
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
  option: { type: "string", short: "o", multiple: true },
  "no-stream": { type: "boolean" },
  json: { type: "boolean" },
  models: { type: "boolean" },
  usage: { type: "boolean" },
  ...SERVE_FLAGS,
  cache: { type: "boolean" },
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
  assertCompatible(Object.keys(values), command);
  const connection = readConnection(values);
  if (command === "login") return { name: "login", domain: connection.domain };
  if (values.serve || command === "serve") {
    const server = readServeOptions(values, words);
    const { print: tool } = values;
    return tool === undefined
      ? { name: "serve", server, connection }
      : { name: "print", tool, server };
  }
  for (const name of ["models", "usage"] as const) {
    if (!values[name] && command !== name) continue;
    if (words.length === 0) {
      return { name, json: values.json ?? false, connection };
    }
    throw new UsageError(ARGUMENT_MESSAGES.unexpectedPrompt(`--${name}`));
  }
  const question = readQuestion(values, words, isForModel);
  return { name: "ask", question, connection };
}

/** Reads how Copilot is reached. */
function readConnection(values: Values): ConnectionOptions {
  return {
    cache: values.cache ?? false,
    direct: values.direct ?? false,
    fromEditor: values["from-editor"] ?? false,
    domain: readDomain(values.domain),
    demo: values.demo ?? false,
    verbose: values.verbose ?? false,
  };
}

/** Reads what to ask. A last "-" is stdin, unless every word is for the model. */
function readQuestion(
  values: Values,
  words: string[],
  isForModel: boolean,
): Question {
  for (const name of ["model", "effort", "file", "image"] as const) {
    const given = [values[name] ?? []].flat();
    if (given.every((value) => value.trim() !== "")) continue;
    throw new UsageError(ARGUMENT_MESSAGES.empty(`--${name}`));
  }
  const { json = false } = values;
  const endsWithStdin = !isForModel && words.at(-1) === STDIN;
  const files = values.file ?? [];
  return {
    model: values.model,
    words: (endsWithStdin ? words.slice(0, -1) : words).join(" "),
    system: values.system,
    files: endsWithStdin ? [...files, STDIN] : files,
    images: values.image ?? [],
    effort: values.effort,
    fields: readFields(values.option ?? []),
    stream: !values["no-stream"] && !json,
    json,
  };
}

/** The options as `parseArgs` returns them. */
type Values = ReturnType<typeof parse>["values"];

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
