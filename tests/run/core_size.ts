/** The size of the core: `mod.ts` as one file. */
import { build } from "esbuild";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { root } from "./files.ts";

/** The most that the core may weigh, minified and compressed. */
export const BUDGET_BYTES = 10 * 1024;

/** What the core weighs, in bytes. */
export interface CoreSize {
  minified: number;
  gzipped: number;
  /** What each file adds to `minified`. */
  byFile: Map<string, number>;
  /** What the file imports; nothing, if it is complete. */
  imports: string[];
}

/**
 * As `esbuild mod.ts --bundle --minify --format=esm | gzip -9`.
 *
 * @param file The core in another form, such as that of the npm package
 */
export async function measureCore(
  file: string = join(root, "mod.ts"),
): Promise<CoreSize> {
  const { metafile, outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [file],
    bundle: true,
    minify: true,
    format: "esm",
    platform: "neutral",
    metafile: true,
    write: false,
  });
  const [{ contents }] = outputFiles;
  const [{ inputs, imports }] = Object.values(metafile.outputs);
  return {
    minified: contents.length,
    gzipped: gzipSync(contents, { level: 9 }).length,
    byFile: new Map(
      Object.entries(inputs).map(([file, { bytesInOutput }]) => [
        file,
        bytesInOutput,
      ]),
    ),
    imports: imports.map(({ path }) => path),
  };
}
