/** A worker with several caches over one store. */
import { createCopilotFetch, TokenCache } from "../../mod.ts";
import { sealStore } from "../../store/mod.ts";
import { createFakeCopilot } from "../../testing/mod.ts";

export default {
  async fetch(): Promise<Response> {
    const { fetch, exchanges } = createFakeCopilot();
    const backend = new Map<string, string>();
    const errors: string[] = [];
    const onError = (error: unknown) => errors.push(String(error));
    const statuses: number[] = [];
    for (let instance = 0; instance < 3; instance++) {
      const cache = new TokenCache({ store: sealStore(backend, { onError }) });
      const copilot = createCopilotFetch("ghu_any", { cache, fetch });
      statuses.push((await copilot("/models")).status);
    }
    return Response.json({ statuses, errors, exchanges: exchanges.length });
  },
};
