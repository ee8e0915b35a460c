/** Many callers at once without a token. */
import { createCopilotFetch, TokenCache } from "../../mod.ts";
import { report, times } from "./report.ts";
import { tokenResponse } from "./requests.ts";

/** Milliseconds that each of so many callers takes. */
async function time(callers: number): Promise<number> {
  let exchanges = 0;
  const copilot = createCopilotFetch("ghu_bench", {
    cache: new TokenCache(),
    async fetch(input) {
      await Promise.resolve();
      if (!String(input).endsWith("/token")) return new Response("{}");
      exchanges++;
      return tokenResponse();
    },
  });
  const begun = performance.now();
  await Promise.all(Array.from({ length: callers }, () => copilot("/models")));
  const taken = performance.now() - begun;
  if (exchanges !== 1) throw new Error(`${exchanges} exchanges`);
  return taken / callers;
}

for (let round = 0; round < 5; round++) await time(1000);
const ONE = 1;
const rows = new Map<number, number[]>();
for (let round = 0; round < 5; round++) {
  const one: number[] = [];
  for (let count = 0; count < 100; count++) one.push(await time(ONE));
  const each = one.toSorted((a, b) => a - b)[50];
  for (const callers of [100, 10_000, 100_000]) {
    const ratios = rows.get(callers) ?? [];
    rows.set(callers, [...ratios, await time(callers) / each]);
  }
}
for (const [callers, ratios] of rows) {
  const count = callers.toLocaleString("en").replaceAll(",", " ");
  report(`${count} callers without a token: each × one alone`, times(ratios));
}
report("… exchanges that they make", "1");
