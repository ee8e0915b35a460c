/**
 * A call with a valid token over a stubbed `fetch`, against a function written
 * by hand that only sets the headers.
 */
import { measure } from "mitata";
import { createCopilotFetch, TokenCache } from "../../mod.ts";
import { against, report, times } from "./report.ts";
import {
  conversation,
  type ConversationInit,
  HOST,
  sentHeaders,
  tokenResponse,
} from "./requests.ts";

const response = new Response("{}");
const stub: typeof globalThis.fetch = (input) =>
  Promise.resolve(
    String(input).endsWith("/token") ? tokenResponse() : response,
  );

async function byHand(
  input: string,
  init: ConversationInit,
): Promise<Response> {
  const { pathname, search } = new URL(input);
  const headers = sentHeaders(init);
  return await stub(HOST + pathname + search, { ...init, headers });
}

const copilot = createCopilotFetch("ghu_bench", {
  fetch: stub,
  cache: new TokenCache(),
});

await copilot("/warm");
/** The sizes of a body, in bytes. */
const SIZES = { "1 KB": 1e3, "100 KB": 1e5, "1 MB": 1e6 };

for (const [size, bytes] of Object.entries(SIZES)) {
  const init = conversation(bytes);
  const url = `${HOST}/chat/completions`;
  const ours: number[] = [];
  const least: number[] = [];
  // Side by side and in turn, so that whatever else goes on meets both.
  for (let round = 0; round < 7; round++) {
    const options = { min_cpu_time: 2e8 };
    const call = await measure(async () => await copilot(url, init), options);
    const hand = await measure(async () => await byHand(url, init), options);
    ours.push(call.p50);
    least.push(hand.p50);
  }
  const ratios = ours.map((nanoseconds, round) => nanoseconds / least[round]);
  report(`warm call, ${size}: × a function by hand`, times(ratios));
  const digits = bytes < 1e5 ? 1 : 0;
  const microseconds = against(ours, least, digits, (ns) => ns / 1000);
  report(`… microseconds with ${size}`, microseconds);
}
