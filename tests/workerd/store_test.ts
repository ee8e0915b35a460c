import { deepStrictEqual as assertEquals } from "node:assert/strict";
import { test } from "node:test";
import { NEW_DATE, OLD_DATE, runWorker } from "./run_in_workerd.ts";

for (const compatibilityDate of [OLD_DATE, NEW_DATE]) {
  test(`In workerd (${compatibilityDate}): sealStore() shares a token between caches`, async () => {
    assertEquals(await runWorker("store_worker.ts", compatibilityDate), {
      statuses: [200, 200, 200],
      errors: [],
      exchanges: 1,
    });
  });
}
