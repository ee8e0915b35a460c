/**
 * The built-in fake that `--demo` asks.
 *
 * @module
 */

import type { FetchLike } from "../mod.ts";
import { createFakeCopilot } from "../testing/mod.ts";

/** A fake keeps every request; a server of the demo would run out of memory. */
const MAX_KEPT_REQUESTS = 100;

/** The `fetch` of a fake that keeps only its newest requests. */
export function createDemoFetch(domain: string): FetchLike {
  const { fetch, exchanges, requests } = createFakeCopilot({ domain });
  return (input, init) => {
    const response = fetch(input, init);
    dropOldest(exchanges);
    dropOldest(requests);
    return response;
  };
}

function dropOldest(requests: Request[]): void {
  while (requests.length > MAX_KEPT_REQUESTS) requests.shift();
}
