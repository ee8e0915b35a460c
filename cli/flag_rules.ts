/**
 * Which flags exclude each other.
 *
 * @module
 */

import { UsageError } from "./exit_codes.ts";
import { SERVE_FLAGS } from "./serve_arguments.ts";

/** The messages about flags that exclude each other. */
export const FLAG_MESSAGES = {
  excluded: (one: string, other: string) =>
    `${one} cannot be combined with ${other}. See --help.`,
  onlyWith: (flag: string, command: string) =>
    `${flag} belongs to ${command}. See --help.`,
} as const;

/** Flags of every command that sends requests. */
const CONNECTION = [
  "cache",
  "direct",
  "from-editor",
  "domain",
  "demo",
  "verbose",
];

const OF_SERVE = Object.keys(SERVE_FLAGS);

/** The flags of each command, besides the one that names it. */
const FLAGS_OF_COMMAND: Readonly<Record<string, readonly string[]>> = {
  models: [...CONNECTION, "json"],
  usage: [...CONNECTION, "json"],
  serve: [...CONNECTION, ...OF_SERVE],
  login: ["domain"],
};

/** Flags that exclude each other also where a model is asked. */
const PAIRS: readonly [string, string][] = [
  ["demo", "from-editor"],
  ["strict", "adapt"],
];

/**
 * Throws a {@linkcode UsageError} for flags that exclude each other. `given` are
 * all flags that were given; `word` is the command that the words stand for.
 */
export function assertCompatible(
  given: readonly string[],
  word: string | undefined,
): void {
  const named = given.find((flag) => Object.hasOwn(FLAGS_OF_COMMAND, flag));
  const command = named ?? word;
  if (named !== undefined && word !== undefined && word !== named) {
    throw excluded(`--${named}`, word);
  }
  const ofServe = given.find((flag) => OF_SERVE.includes(flag));
  if (command === undefined && ofServe !== undefined) {
    throw new UsageError(FLAG_MESSAGES.onlyWith(`--${ofServe}`, "--serve"));
  }
  const accepted = command === undefined ? given : FLAGS_OF_COMMAND[command];
  const other = given.find((flag) =>
    flag !== command && !accepted.includes(flag)
  );
  if (other !== undefined) {
    throw excluded(named ? `--${named}` : `${word}`, `--${other}`);
  }
  for (const [one, other] of PAIRS) {
    if (!given.includes(one) || !given.includes(other)) continue;
    throw excluded(`--${one}`, `--${other}`);
  }
}

function excluded(one: string, other: string): UsageError {
  return new UsageError(FLAG_MESSAGES.excluded(one, other));
}
