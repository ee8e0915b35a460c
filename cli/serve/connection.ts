/**
 * How the server reaches Copilot.
 *
 * @module
 */

import { createCopilotFetch, type FetchLike, TokenCache } from "../../mod.ts";
import type { ConnectionOptions } from "../arguments.ts";
import { fetchOf, withHints } from "../connection.ts";
import type { IO } from "../io.ts";
import type { CredentialSource } from "./credential_source.ts";

/** Creates the Copilot `fetch` of a credential that may change. */
export async function connectServer(
  options: ConnectionOptions,
  credential: CredentialSource,
  io: IO,
): Promise<FetchLike> {
  const copilot = createCopilotFetch(
    async () => (await credential.get()).value,
    {
      domain: credential.current.domain,
      auth: options.direct ? "direct" : "auto",
      cache: new TokenCache(),
      fetch: await fetchOf(options, credential.current, io),
    },
  );
  return (input, init) => withHints(copilot(input, init), credential.current);
}
