/**
 * The options of `--serve`.
 *
 * @module
 */

import { UsageError } from "./exit_codes.ts";
import type { ServeOptions } from "./serve/options.ts";

/** The messages about wrong options of `--serve`. */
export const SERVE_ARGUMENT_MESSAGES = {
  invalidPort: (received: string) =>
    `--serve takes a port from 0 to 65535, received "${received}".`,
  invalidMaxBody: (received: string) =>
    `--max-body takes a number of megabytes from 1 to 1024, received "${received}".`,
  invalidKey:
    "--key takes visible ASCII characters. Set COPILOT_SERVE_KEY to hide it from other users.",
} as const;

/** The options in the form that `parseArgs` takes. */
export const SERVE_FLAGS = {
  serve: { type: "boolean" },
  host: { type: "string" },
  key: { type: "string" },
  "allow-host": { type: "string", multiple: true },
  "max-body": { type: "string" },
  quiet: { type: "boolean", short: "q" },
  strict: { type: "boolean" },
  adapt: { type: "boolean" },
  print: { type: "string" },
} as const;

/** What `parseArgs` has read of them. */
export interface ServeValues {
  host?: string;
  key?: string;
  "allow-host"?: string[];
  "max-body"?: string;
  quiet?: boolean;
  strict?: boolean;
  adapt?: boolean;
  print?: string;
}

/** Checks the options. Throws a {@linkcode UsageError} for wrong ones. */
export function readServeOptions(
  values: ServeValues,
  words: string[],
): ServeOptions {
  const { strict = false, adapt = false, quiet = false } = values;
  return {
    port: readPort(words),
    host: values.host || undefined,
    key: readKey(values.key),
    allowedHosts: values["allow-host"] ?? [],
    maxBodyMegabytes: readMaxBody(values["max-body"]),
    isQuiet: quiet,
    isStrict: strict,
    adaptsFields: adapt,
  };
}

const DEFAULT_PORT = 4141;
const MAX_PORT = 65_535;

function readPort(words: string[]): number {
  const text = words.length === 0 ? `${DEFAULT_PORT}` : words.join(" ");
  const isPort = /^\d{1,5}$/.test(text) && Number(text) <= MAX_PORT;
  if (isPort) return Number(text);
  throw new UsageError(SERVE_ARGUMENT_MESSAGES.invalidPort(text));
}

/** In megabytes. A longer body does not fit into a string of JavaScript. */
const MAX_BODY = { default: 64, least: 1, most: 1024 };

function readMaxBody(text: string = `${MAX_BODY.default}`): number {
  const megabytes = /^\d+$/.test(text) ? Number(text) : NaN;
  const isInRange = megabytes >= MAX_BODY.least && megabytes <= MAX_BODY.most;
  if (isInRange) return megabytes;
  throw new UsageError(SERVE_ARGUMENT_MESSAGES.invalidMaxBody(text));
}

function readKey(key: string | undefined): string | undefined {
  if (key === undefined || /^[!-~]+$/.test(key)) return key;
  throw new UsageError(SERVE_ARGUMENT_MESSAGES.invalidKey);
}
