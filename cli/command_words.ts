/**
 * Words that are commands if they are the whole prompt.
 *
 * @module
 */

/** What a word stands for. */
export type CommandWord = "help" | "login" | "models" | "serve" | "usage";

const COMMAND_WORDS: Readonly<Record<string, CommandWord>> = {
  auth: "login",
  help: "help",
  login: "login",
  models: "models",
  serve: "serve",
  usage: "usage",
};

/** The command that the words of a prompt stand for, if they are one. */
export function commandOf(words: readonly string[]): CommandWord | undefined {
  const [word = "", ...rest] = words;
  if (!Object.hasOwn(COMMAND_WORDS, word)) return undefined;
  const command = COMMAND_WORDS[word];
  const isServePort = command === "serve" && /^\d+$/.test(rest.join(" "));
  return rest.length === 0 || isServePort ? command : undefined;
}
