/**
 * How a command reaches Copilot and GitHub.
 *
 * @module
 */

import type { FoundCredential } from "../credential/mod.ts";
import {
  CopilotTokenError,
  createCopilotFetch,
  type FetchLike,
  TokenCache,
} from "../mod.ts";
import type { ConnectionOptions } from "./arguments.ts";
import { readVariable } from "./environment.ts";
import { errorText } from "./error_text.ts";
import { withProgramHint } from "./hints.ts";
import type { IO } from "./io.ts";

/** Creates the Copilot `fetch` that the options describe. */
export async function connect(
  options: ConnectionOptions,
  credential: FoundCredential,
  io: IO,
): Promise<FetchLike> {
  const { value, domain } = credential;
  const copilot = createCopilotFetch(value, {
    domain,
    auth: options.direct ? "direct" : "auto",
    cache: await cacheOf(options, io),
    fetch: await fetchOf(options, credential, io),
  });
  return async (input, init) => {
    try {
      return await withHints(copilot(input, init), credential);
    } catch (error) {
      if (error instanceof CopilotTokenError) throw error;
      throw new UnansweredRequest(errorText(error), { cause: error });
    }
  };
}

/** A request to Copilot that got no response. */
export class UnansweredRequest extends Error {}

/** The cache of the user's runs, or that of this run. */
async function cacheOf(
  { cache, demo }: ConnectionOptions,
  io: IO,
): Promise<TokenCache> {
  const isWanted = cache || await readVariable("COPILOT_CACHE", io) === "1";
  // Each run of the fake has tokens of its own.
  if (!isWanted || demo) return new TokenCache();
  const { openTokenCache } = await import("./token_cache.ts");
  return await openTokenCache(io);
}

/** The `fetch` that sends, or that is the built-in fake. */
export async function fetchOf(
  options: ConnectionOptions,
  { value, domain }: FoundCredential,
  io: IO,
): Promise<FetchLike> {
  const { demo, verbose } = options;
  const fetch = demo ? await loadDemoFetch(domain) : io.fetch;
  if (!demo && !verbose) return fetch;
  const { logRequests } = await import("./log.ts");
  return logRequests(fetch, options, value, io);
}

async function loadDemoFetch(domain: string): Promise<FetchLike> {
  const { createDemoFetch } = await import("./demo.ts");
  return createDemoFetch(domain);
}

/** The same promise, whose errors have hints in the program's words. */
export async function withHints<T>(
  promise: Promise<T>,
  credential: FoundCredential,
): Promise<T> {
  try {
    return await promise;
  } catch (error) {
    if (!(error instanceof CopilotTokenError)) throw error;
    throw withProgramHint(error, credential);
  }
}
