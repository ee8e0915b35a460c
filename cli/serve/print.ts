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
} as const;

/** In the place of a key: tools send one also where none is required. */
const ANY_KEY = "copilot-fetch";

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
