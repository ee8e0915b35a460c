/**
 * Keeps sealed tokens in files of the user's, for `--cache`.
 *
 * A file is written under another name and renamed, so that a parallel run or a
 * kill leaves the old or the new one, whole. No symbolic link is followed.
 *
 * @module
 */

import {
  chmod,
  type FileHandle,
  lstat,
  mkdir,
  open,
  readdir,
  rename,
  unlink,
} from "node:fs/promises";
import { join } from "node:path";
import type { KeyValueStore } from "../store/mod.ts";

/** For the user alone. Set after creation, as the umask may remove more. */
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;
/** A larger file was not written by this program. */
const MAX_FILE_BYTES = 64 * 1024;
/** No token is valid for longer, and no run writes a file for so long. */
const MAX_FILE_AGE_MS = 24 * 60 * 60_000;

/** The messages about files that cannot be used. */
export const TOKEN_FILE_MESSAGES = {
  notFolder: (path: string) => `${path} is not a folder`,
} as const;

/** Opens a folder of tokens, which is created when the first is written. */
export function openTokenFolder(folder: string): KeyValueStore {
  const pathOf = (key: string) => join(folder, key.replaceAll(/[^\w-]/g, "_"));
  return {
    get: (key) => readFile(pathOf(key)),
    async set(key, value) {
      await createFolder(folder);
      await removeOldFiles(folder);
      await writeFile(pathOf(key), value);
    },
    delete: (key) => remove(pathOf(key)),
    async lock(key, ttlMs) {
      await createFolder(folder);
      const path = pathOf(key);
      if (await createFile(path)) return true;
      const ageMs = await ageOf(path);
      if (ageMs !== undefined && ageMs < ttlMs) return false;
      // Two runs that do this at once may both get the lock, and exchange.
      await remove(path);
      return await createFile(path);
    },
  };
}

async function createFolder(folder: string): Promise<void> {
  const created = await mkdir(folder, { recursive: true, mode: FOLDER_MODE });
  if (created !== undefined) await chmod(folder, FOLDER_MODE);
  const isFolder = (await lstat(folder)).isDirectory();
  if (!isFolder) throw new Error(TOKEN_FILE_MESSAGES.notFolder(folder));
}

/** The content of a file, if it is one and no link to another. */
async function readFile(path: string): Promise<string | undefined> {
  const found = await ignoring("ENOENT", () => lstat(path));
  if (!found?.isFile() || found.size > MAX_FILE_BYTES) return undefined;
  const file = await open(path, "r");
  try {
    // Another file may have taken its place.
    const { ino, dev } = await file.stat();
    if (ino !== found.ino || dev !== found.dev) return undefined;
    return await file.readFile("utf8");
  } finally {
    await file.close();
  }
}

/** Replaces a file, or a link, in one step. */
async function writeFile(path: string, content: string): Promise<void> {
  const temporary = `${path}.${crypto.randomUUID()}`;
  try {
    const file = await openNew(temporary);
    try {
      await file.writeFile(content);
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await remove(temporary);
    throw error;
  }
}

/** Creates an empty file, unless there is something of this name. */
async function createFile(path: string): Promise<boolean> {
  const file = await ignoring("EEXIST", () => openNew(path));
  await file?.close();
  return file !== undefined;
}

/** Rejects if there is something of this name, also a link. */
async function openNew(path: string): Promise<FileHandle> {
  const file = await open(path, "wx", FILE_MODE);
  await file.chmod(FILE_MODE);
  return file;
}

/** Milliseconds since a file was written; `undefined` if there is none. */
async function ageOf(path: string): Promise<number | undefined> {
  const found = await ignoring("ENOENT", () => lstat(path));
  if (!found || found.isDirectory()) return undefined;
  return Math.abs(Date.now() - found.mtimeMs);
}

/** Removes old tokens, and what runs that were killed have left. */
async function removeOldFiles(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const ageMs = await ageOf(path) ?? 0;
    if (ageMs > MAX_FILE_AGE_MS) await remove(path);
  }
}

async function remove(path: string): Promise<void> {
  await ignoring("ENOENT", () => unlink(path));
}

/** The result; `undefined` if it rejects with this code. */
async function ignoring<T>(
  code: string,
  run: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === code) {
      return undefined;
    }
    throw error;
  }
}
