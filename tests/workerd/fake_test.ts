import { deepStrictEqual as assertEquals } from "node:assert/strict";
import { test } from "node:test";
import { NEW_DATE, OLD_DATE, runWorker } from "./run_in_workerd.ts";

for (const compatibilityDate of [OLD_DATE, NEW_DATE]) {
  test(`In workerd (${compatibilityDate}): createFakeCopilot() responds, and ends a stream early`, async () => {
    assertEquals(await runWorker("fake_worker.ts", compatibilityDate), {
      eventsBeforeTheCut: 3,
      isWhole: true,
      url: "https://api.individual.githubcopilot.com/v1/messages",
      exchanges: 1,
    });
  });
}
