/** A first call in a fresh process, against an empty program. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { median, report, times } from "./report.ts";

const folder = mkdtempSync(join(tmpdir(), "copilot-fetch-bench-"));
const { metafile, outputFiles: [{ contents }] } = await build({
  entryPoints: [fileURLToPath(new URL("../../mod.ts", import.meta.url))],
  bundle: true,
  format: "esm",
  minify: true,
  metafile: true,
  write: false,
});
writeFileSync(join(folder, "copilot_fetch.js"), contents);
writeFileSync(join(folder, "package.json"), `{"type":"module"}`);
writeFileSync(join(folder, "empty.js"), `globalThis.done = true;\n`);
writeFileSync(
  join(folder, "first_call.js"),
  `import { createCopilotFetch } from "./copilot_fetch.js";
const copilot = createCopilotFetch("ghu_bench", {
  fetch: (input) =>
    Promise.resolve(Response.json(
      input.endsWith("/token") ? { token: "tid=1", refresh_in: 1500 } : {},
    )),
});
await copilot("/models");
`,
);
const args = "Deno" in globalThis ? ["run"] : [];

/** Milliseconds that a program takes. */
function time(program: string): number {
  const begun = performance.now();
  const { status } = spawnSync(process.execPath, [
    ...args,
    join(folder, program),
  ]);
  if (status !== 0) throw new Error(`${program}: ${status}`);
  return performance.now() - begun;
}

time("first_call.js");
const ratios: number[] = [];
for (let round = 0; round < 7; round++) {
  const first: number[] = [];
  const empty: number[] = [];
  for (let count = 0; count < 9; count++) {
    first.push(time("first_call.js"));
    empty.push(time("empty.js"));
  }
  ratios.push(median(first) / median(empty));
}
rmSync(folder, { recursive: true });
report("process with a first call: × an empty one", times(ratios));
const size = (bytes: number) => `${(bytes / 1024).toFixed(1)} KB`;
const sources = Object.values(metafile.inputs).map(({ bytes }) => bytes);
report(
  "… bytes loaded: sources, minified, gzipped",
  [
    sources.reduce((sum, bytes) => sum + bytes),
    contents.length,
    gzipSync(contents, { level: 9 }).length,
  ].map(size).join(", "),
);
