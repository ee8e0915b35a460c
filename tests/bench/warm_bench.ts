/**
 * A call on a warm token over a stubbed `fetch`, against the floor: a function
 * written by hand that does the least a request to Copilot needs.
 */
import { measure } from "mitata";
import { createCopilotFetch, TokenCache } from "../../mod.ts";
import { report, times } from "./report.ts";
import { conversation, floorHeaders, HOST, tokenAnswer } from "./requests.ts";

const answer = new Response("{}");
const stub: typeof globalThis.fetch = (input) =>
  Promise.resolve(String(input).endsWith("/token") ? tokenAnswer() : answer);

async function floor(input: string, init: RequestInit): Promise<Response> {
  const { pathname, search } = new URL(input);
  const headers = floorHeaders(init);
  return await stub(HOST + pathname + search, { ...init, headers });
}

const copilot = createCopilotFetch("ghu_bench", {
  fetch: stub,
  cache: new TokenCache(),
});

await copilot("/warm");
for (const [size, bytes] of [["1 KB", 1e3], ["100 KB", 1e5], ["1 MB", 1e6]]) {
  const init = conversation(bytes as number);
  const url = `${HOST}/chat/completions`;
  const ratios: number[] = [];
  // Side by side and in turn, so that whatever else goes on meets both.
  for (let round = 0; round < 7; round++) {
    const options = { min_cpu_time: 2e8 };
    const ours = await measure(async () => await copilot(url, init), options);
    const least = await measure(async () => await floor(url, init), options);
    ratios.push(ours.p50 / least.p50);
  }
  report(`warm call, ${size}: × the floor`, times(ratios));
}
