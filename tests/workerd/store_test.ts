import { deepStrictEqual as assertEquals } from "node:assert/strict";
import { build } from "esbuild";
import { Miniflare } from "miniflare";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { NEW_DATE, OLD_DATE } from "./run_in_workerd.ts";

for (const compatibilityDate of [OLD_DATE, NEW_DATE]) {
  test(`In workerd (${compatibilityDate}): sealStore() shares a token between caches`, async () => {
    const { outputFiles: [{ text: script }] } = await build({
      entryPoints: [fileURLToPath(new URL("store_worker.ts", import.meta.url))],
      bundle: true,
      format: "esm",
      write: false,
    });
    const miniflare = new Miniflare({
      modules: true,
      script,
      compatibilityDate,
    });
    try {
      const { href } = await miniflare.ready;
      assertEquals(await (await fetch(href)).json(), {
        statuses: [200, 200, 200],
        errors: [],
        exchanges: 1,
      });
    } finally {
      await miniflare.dispose();
    }
  });
}
