/** A call on a warm token to a real server, against plain `fetch`. */
import { createCopilotFetch, TokenCache } from "../../mod.ts";
import { listen, sendJSON } from "../helpers/loopback.ts";
import { median, report, times } from "./report.ts";
import { conversation, floorHeaders, HOST, tokenAnswer } from "./requests.ts";

const CALLS = 1000;

await using server = await listen((request, response) => {
  request.resume().on("end", () => sendJSON(response, { choices: [] }));
});
const copilot = createCopilotFetch("ghu_bench", {
  cache: new TokenCache(),
  fetch(input, init) {
    const url = String(input);
    return url.endsWith("/token")
      ? Promise.resolve(tokenAnswer())
      : fetch(url.replace(HOST, server.origin), init);
  },
});
const init = conversation(1000);

const ours = () => copilot("/chat/completions", init);
const plain = () =>
  fetch(`${server.origin}/chat/completions`, {
    ...init,
    headers: floorHeaders(init),
  });

/** Milliseconds for the call in the middle, its answer read. */
async function time(call: () => Promise<Response>): Promise<number> {
  const calls: number[] = [];
  for (let count = 0; count < CALLS; count++) {
    const begun = performance.now();
    await (await call()).text();
    calls.push(performance.now() - begun);
  }
  return median(calls);
}

await time(ours);
await time(plain);
const ratios: number[] = [];
for (let round = 0; round < 7; round++) {
  ratios.push(await time(ours) / await time(plain));
}
report("call over loopback, 1 KB: × plain fetch", times(ratios));
