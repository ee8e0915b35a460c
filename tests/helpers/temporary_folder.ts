/** A folder that is removed with a test. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder that exists as long as a test. */
export interface TemporaryFolder extends Disposable {
  path: string;
  /** Writes a file, and returns its path. */
  write(name: string, content: string | Uint8Array, mode?: number): string;
}

/** Creates an empty folder. */
export function createFolder(): TemporaryFolder {
  const path = mkdtempSync(join(tmpdir(), "copilot-fetch-cli-"));
  return {
    path,
    write(name, content, mode) {
      const file = join(path, name);
      writeFileSync(file, content, { mode });
      return file;
    },
    [Symbol.dispose]() {
      rmSync(path, { recursive: true });
    },
  };
}
