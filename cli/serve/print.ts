/**
 * Prints how a coding tool is set up to use the server.
 *
 * @module
 */

import { UsageError } from "../exit_codes.ts";
import { type ServeOptions, urlOf } from "./options.ts";
import { TOOL_SETTINGS, type ToolSettings } from "./tool_settings.ts";

/** The messages about tools. */
export const PRINT_MESSAGES = {
  unknownTool: (received: string, known: string) =>
    `--print knows no tool "${received}". It knows ${known}.`,
  anyPort:
    "--print needs the port on which the server listens: port 0 stands for any free one.",
} as const;

/** In the place of a key: tools send one also where none is required. */
const ANY_KEY = "copilot-fetch";

/** Stands for any port that is free, which is known when the server starts. */
const ANY_PORT = 0;

/**
 * Returns the lines that make a tool use the server of these options. Throws a
 * {@linkcode UsageError}.
 */
export function toolLines(
  tool: string,
  { host, port, key = ANY_KEY }: Pick<ServeOptions, "host" | "port" | "key">,
): string {
  if (!Object.hasOwn(TOOL_SETTINGS, tool)) {
    const known = Object.keys(TOOL_SETTINGS).join(", ");
    throw new UsageError(PRINT_MESSAGES.unknownTool(tool, known));
  }
  if (port === ANY_PORT) throw new UsageError(PRINT_MESSAGES.anyPort);
  const url = urlOf(host, port);
  return formatSettings(TOOL_SETTINGS[tool]({ url, key }));
}

/** Describes the settings as lines for a shell, and files below them. */
export function formatSettings(
  { title, env, files, commands }: ToolSettings,
): string {
  const exports = Object.entries(env)
    .map(([name, value]) => `export ${name}=${quote(value)}`);
  const contents = Object.entries(files)
    .map(([path, content]) => `\n# ${path}\n${content.trimEnd()}`);
  return [`# ${title}`, ...exports, ...commands, ...contents, ""].join("\n");
}

/** A value as a shell reads it. */
function quote(value: string): string {
  return /^[\w./:@-]+$/.test(value)
    ? value
    : `'${value.replaceAll("'", `'\\''`)}'`;
}
