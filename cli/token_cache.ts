/**
 * The cache of `--cache`: in the user's cache folder, for further runs.
 *
 * @module
 */

import { isAbsolute } from "node:path";
import { TokenCache } from "../mod.ts";
import { sealStore } from "../store/mod.ts";
import { readVariable } from "./environment.ts";
import { errorText } from "./error_text.ts";
import type { IO } from "./io.ts";
import { oneLine, writeLine } from "./terminal.ts";

/** The messages about a cache that cannot be used. */
export const TOKEN_CACHE_MESSAGES = {
  unused: (reason: string) => `The token cache is not used: ${reason}`,
  noFolder: (variable: string) => `${variable} is not set`,
  notPermitted: (folder: string) =>
    `run Deno with --allow-read=${folder} --allow-write=${folder}`,
} as const;

/** Opens the cache of the user's runs; without one, that of this run. */
export async function openTokenCache(io: IO): Promise<TokenCache> {
  let isReported = false;
  const report = async (reason: string) => {
    if (isReported) return; // one line says enough
    isReported = true;
    const text = TOKEN_CACHE_MESSAGES.unused(reason);
    await writeLine(io.stderr, `copilot-fetch: ${oneLine(text)}`);
  };

  const { folder, variable } = await cacheFolder(io);
  if (folder === undefined) {
    await report(TOKEN_CACHE_MESSAGES.noFolder(variable));
    return new TokenCache();
  }
  const isPermitted = await io.isPermitted({ name: "read", path: folder }) &&
    await io.isPermitted({ name: "write", path: folder });
  if (!isPermitted) {
    await report(TOKEN_CACHE_MESSAGES.notPermitted(folder));
    return new TokenCache();
  }
  const store = sealStore(await io.openTokenFolder(folder), {
    onError: (error) => report(errorText(error)),
  });
  return new TokenCache({ store });
}

/** The folder for the user's tokens, and the variable that decides. */
async function cacheFolder(
  io: IO,
): Promise<{ folder: string | undefined; variable: string }> {
  const named = await readVariable("XDG_CACHE_HOME", io);
  if (named && isAbsolute(named)) {
    return { folder: `${named}/copilot-fetch`, variable: "XDG_CACHE_HOME" };
  }
  const [variable, parent] = CACHE_FOLDERS[io.platform] ?? OTHER_CACHE_FOLDER;
  const base = await readVariable(variable, io);
  return { folder: base && `${base}${parent}/copilot-fetch`, variable };
}

/** Where programs keep what can be made again, by platform. */
const CACHE_FOLDERS: Record<string, [variable: string, parent: string]> = {
  win32: ["LOCALAPPDATA", ""],
  darwin: ["HOME", "/Library/Caches"],
};
const OTHER_CACHE_FOLDER = ["HOME", "/.cache"] as const;
