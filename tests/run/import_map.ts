/**
 * The import map of the tests: deno.json's imports for a machine that reaches
 * npm or a mirror of it, but not JSR.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type DenoConfig, denoConfig, read, root } from "./files.ts";

/** Where npm has what JSR calls `@std`. */
const STD = "npm:deno-std@1.4.0";
const STD_MODULES: Record<string, string> = {
  "@std/assert": `${STD}/assert/mod.js`,
  "@std/http/server-sent-event-stream":
    `${STD}/http/server_sent_event_stream.js`,
  "@std/http/status": `${STD}/http/status.js`,
  "@std/yaml": `${STD}/yaml/mod.js`,
};

export const IMPORT_MAP = "tests/import_map.json";

/** Makes the import map. */
export function importMapOf(
  { name, exports, imports }: DenoConfig,
): { imports: Record<string, string> } {
  const map: Record<string, string> = { ...STD_MODULES };
  for (const [specifier, target] of Object.entries(imports)) {
    const [, npm, major] = /^npm:(.+@(\d+)\..+)$/.exec(target) ?? [];
    if (!npm) continue;
    map[specifier] = target;
    map[`${specifier}/`] = `npm:/${npm}/`;
    // As the documentation's examples name it.
    map[`npm:${specifier}@^${major}`] = target;
  }
  for (const [entry, path] of Object.entries(exports)) {
    map[name + entry.slice(1)] = `.${path}`;
    map[`jsr:${name}${entry.slice(1)}`] = `.${path}`;
  }
  return { imports: map };
}

/** Brings the file up to date. Returns whether it was. */
export function updateImportMap(): boolean {
  const text = JSON.stringify(importMapOf(denoConfig), null, 2) + "\n";
  const isCurrent = text === read(IMPORT_MAP);
  if (!isCurrent) writeFileSync(join(root, IMPORT_MAP), text);
  return isCurrent;
}
