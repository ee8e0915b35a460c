import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { test } from "node:test";
import { simulateFleet } from "../helpers/fleet_simulation.ts";
import { fleetRow } from "../helpers/fleet_table.ts";
import { read } from "../run/files.ts";

/** The larger rows take too long: `npm --prefix tests run fleet` prints them. */
for (const size of [1, 10, 100]) {
  test(`docs/scale.md has the exchanges of ${size} simulated processes`, async () => {
    const page = read("docs/scale.md").replace(/ +\|/g, " |").replace(
      /\| +/g,
      "| ",
    );
    assertStringIncludes(page, await fleetRow(size));
  });
}

test("TokenCache.get() makes three exchanges an hour for a fleet with a lock", async () => {
  const { firstHour, perHour } = await simulateFleet(
    300,
    "a store with a lock",
  );
  assert(firstHour <= 3 && perHour <= 3, `${firstHour}, ${perHour}`);
});

test("TokenCache.get() spreads a fleet's refreshes, so that few exchange without a lock", async () => {
  const alone = await simulateFleet(300, "nothing");
  const { firstHour, perHour } = await simulateFleet(300, "a store");
  assertEquals(alone.firstHour, 900);
  assert(firstHour <= 12 && perHour <= 9, `${firstHour}, ${perHour}`);
});
