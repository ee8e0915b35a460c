/** Which files there are, by what they are for. Paths begin at the root. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the repository. */
export const root = fileURLToPath(new URL("../..", import.meta.url));

/** The text of a file. */
export function read(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

/** What the project's name, exports and imports are. */
export interface DenoConfig {
  name: string;
  version: string;
  license: string;
  exports: Record<string, string>;
  imports: Record<string, string>;
  publish: { include: string[] };
  test: { include: string[] };
}

export const denoConfig: DenoConfig = JSON.parse(read("deno.json"));

/** Every TypeScript file, except for hidden folders and packages. */
export const allFiles: readonly string[] = filesUnder("");

/** The sources: what is published. */
export const sourceFiles = allFiles.filter((file) =>
  !file.startsWith("tests/")
);

/** What `mod.ts` consists of. */
export const coreFiles = sourceFiles.filter((file) =>
  !file.includes("/") || file.startsWith("internal/")
);

/** The tests. */
export const testFiles = allFiles.filter((file) => file.endsWith("_test.ts"));

function filesUnder(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .flatMap((entry) => {
      if (/^(\.|node_modules$)/.test(entry.name)) return [];
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) return filesUnder(path);
      return path.endsWith(".ts") ? [path] : [];
    }).sort();
}
