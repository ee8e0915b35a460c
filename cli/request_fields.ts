/**
 * Fields of a request that are given as `key=value`.
 *
 * @module
 */

import type { Json } from "./answers/endpoint.ts";
import { UsageError } from "./exit_codes.ts";

/** The messages about fields of a request. */
export const FIELD_MESSAGES = {
  invalid: (received: string) =>
    `--option takes KEY=VALUE with a JSON value, such as temperature=0 or 'stop="END"'; received ${received}.`,
  reserved: (key: string, flag: string) =>
    `--option cannot set ${key}. Use ${flag}.`,
  repeated: (key: string) => `--option sets ${key} twice.`,
} as const;

/** Fields that have a flag, or that are the prompt. */
const RESERVED: ReadonlyMap<string, string> = new Map([
  ["model", "--model"],
  ["stream", "--no-stream or --json"],
  ["system", "--system"],
  ["instructions", "--system"],
  ["reasoning_effort", "--effort"],
  ["messages", "the prompt"],
  ["input", "the prompt"],
]);

/** Reads fields such as `temperature=0.5`. */
export function readFields(texts: readonly string[]): Json {
  const fields = new Map<string, unknown>();
  for (const text of texts) {
    const [, key, json] = /^\s*([^=\s]+)\s*=(.*)$/s.exec(text) ?? [];
    const value = json === undefined ? undefined : parse(json);
    if (value === undefined) {
      throw new UsageError(FIELD_MESSAGES.invalid(text));
    }
    const flag = RESERVED.get(key);
    if (flag !== undefined) {
      throw new UsageError(FIELD_MESSAGES.reserved(key, flag));
    }
    if (fields.has(key)) throw new UsageError(FIELD_MESSAGES.repeated(key));
    fields.set(key, value);
  }
  return Object.fromEntries(fields);
}

/** `undefined`, which is no JSON value, if the text is none. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * A body with more fields. Where both have an object, its members are merged:
 * `reasoning={"summary":"auto"}` keeps the effort.
 */
export function addFields(body: Json, fields: Json): Json {
  const merged = Object.entries(fields).map(([key, value]) => {
    const present = Object.hasOwn(body, key) ? body[key] : undefined;
    const isMerged = isObject(present) && isObject(value);
    return [key, isMerged ? { ...present, ...value } : value];
  });
  return { ...body, ...Object.fromEntries(merged) };
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
