import { assert, assertEquals } from "@std/assert";
import { test } from "node:test";
import { BUDGET_BYTES, measureCore } from "../run/core_size.ts";

test(`mod.ts is one file without imports, of at most ${BUDGET_BYTES} bytes`, async () => {
  const { imports, gzipped } = await measureCore();
  assertEquals(imports, []);
  assert(gzipped <= BUDGET_BYTES, `${gzipped} bytes`);
});
