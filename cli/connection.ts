/**
 * The Copilot `fetch` of a command.
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
import type { ConnectionOptions } from "./arguments.ts";
import { withProgramHint } from "./hints.ts";
import type { IO } from "./io.ts";
import { logRequests } from "./log.ts";

/** Creates the `fetch` that the options describe. */
export function connect(
  options: ConnectionOptions,
  credential: FoundCredential,
  io: IO,
): FetchLike {
  const { direct, demo, verbose } = options;
  const { value, domain } = credential;
  const fetch = demo ? createFakeCopilot({ domain }).fetch : io.fetch;
  const copilot = createCopilotFetch(value, {
    domain,
    auth: direct ? "direct" : "auto",
    cache: new TokenCache(),
    fetch: demo || verbose ? logRequests(fetch, options, value, io) : fetch,
  });
  return async (input, init) => {
    try {
      return await copilot(input, init);
    } catch (error) {
      if (!(error instanceof CopilotTokenError)) throw error;
      throw withProgramHint(error, credential);
    }
  };
}
