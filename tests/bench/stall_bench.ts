/**
 * How long a call waits for a refresh: 10 000 calls over two simulated hours
 * with an exchange of 300 ms, against a cache that refreshes a token only when
 * it is due.
 */
import {
  type CopilotToken,
  createCopilotFetch,
  type ExchangeOptions,
  exchangeToken,
  TokenCache,
} from "../../mod.ts";
import { seeded, simulateTime } from "../helpers/simulated_time.ts";
import { HOUR, tokenResponse } from "../helpers/stubs.ts";
import { report } from "./report.ts";

const CALLS = 10_000;

/** Refreshes a token when it is due, while the call waits. */
class LazyCache extends TokenCache {
  #token?: CopilotToken;

  override async get(
    credential: string,
    options?: ExchangeOptions,
  ): Promise<CopilotToken> {
    if (!this.#token || Date.now() >= this.#token.refreshAt) {
      this.#token = await exchangeToken(credential, options);
    }
    return this.#token;
  }
}

/** The longest wait of a call after the first, in simulated milliseconds. */
async function longestWait(cache: TokenCache): Promise<number> {
  using time = simulateTime();
  const random = seeded(1);
  const copilot = createCopilotFetch("ghu_bench", {
    cache,
    async fetch(input) {
      if (!String(input).endsWith("/token")) return new Response("{}");
      await time.sleep(300);
      return tokenResponse({ refresh_in: 1500 });
    },
  });
  await time.until(copilot("/models"));
  let longest = 0;
  for (let call = 0; call < CALLS; call++) {
    await time.advance(random() * 2 * (2 * HOUR / CALLS));
    const begun = Date.now();
    await time.until(copilot("/models"));
    longest = Math.max(longest, Date.now() - begun);
  }
  return longest;
}

const ours = await longestWait(new TokenCache());
const lazy = await longestWait(new LazyCache());
report(
  "longest wait for a refresh: × without one in the background",
  (ours / lazy).toFixed(2),
);
report("… of an exchange's 300 ms", `${ours} against ${lazy} ms`);
