import { assert, assertEquals } from "@std/assert";
import { build } from "esbuild";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

/** The most that it may weigh, in bytes. */
const MOST = { minified: 10 * 1024, gzipped: 4.25 * 1024 };

test("The library is one small file without imports", async () => {
  const { metafile, outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("../../mod.ts", import.meta.url))],
    bundle: true,
    minify: true,
    format: "esm",
    platform: "neutral",
    metafile: true,
    write: false,
  });
  assertEquals(outputFiles.length, 1);
  const [{ imports }] = Object.values(metafile.outputs);
  assertEquals(imports, []);
  const [{ contents }] = outputFiles;
  const gzipped = gzipSync(contents, { level: 9 }).length;
  assert(contents.length <= MOST.minified, `${contents.length} bytes`);
  assert(gzipped <= MOST.gzipped, `${gzipped} bytes gzipped`);
});
