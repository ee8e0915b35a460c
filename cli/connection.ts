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
import { createFakeCopilot } from "../testing/mod.ts";
import { fetchUsage, type Usage } from "../usage/mod.ts";
import type { ConnectionOptions } from "./arguments.ts";
import { withProgramHint } from "./hints.ts";
import type { IO } from "./io.ts";
import { logRequests } from "./log.ts";

/** Creates the Copilot `fetch` that the options describe. */
export function connect(
  options: ConnectionOptions,
  credential: FoundCredential,
  io: IO,
): FetchLike {
  const { value, domain } = credential;
  const copilot = createCopilotFetch(value, {
    domain,
    auth: options.direct ? "direct" : "auto",
    cache: new TokenCache(),
    fetch: fetchOf(options, credential, io),
  });
  return (input, init) => withHints(copilot(input, init), credential);
}

/** Asks GitHub for the usage of the credential's account. */
export function readUsage(
  options: ConnectionOptions,
  credential: FoundCredential,
  io: IO,
): Promise<Usage> {
  const { value, domain } = credential;
  const fetch = fetchOf(options, credential, io);
  const usage = fetchUsage(value, { domain, fetch, signal: io.signal });
  return withHints(usage, credential);
}

/** The `fetch` that sends, or that is the built-in fake. */
function fetchOf(
  options: ConnectionOptions,
  { value, domain }: FoundCredential,
  io: IO,
): FetchLike {
  const { demo, verbose } = options;
  const fetch = demo ? createFakeCopilot({ domain }).fetch : io.fetch;
  return demo || verbose ? logRequests(fetch, options, value, io) : fetch;
}

/** The same promise, whose errors have hints in the program's words. */
async function withHints<T>(
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
