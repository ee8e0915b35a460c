/** A program for Node 20, whose own `fetch` does not support a proxy. */
import { createRequire } from "node:module";
import process from "node:process";
import { createCopilotFetch } from "../../mod.ts";
import { converse } from "./converse.ts";

// Deno checks the types of this file too, and must not look for Node's undici.
const { fetch, ProxyAgent } = createRequire(import.meta.url)("undici");
const dispatcher = new ProxyAgent(process.env.HTTPS_PROXY);

await converse(
  createCopilotFetch(process.env.COPILOT_GITHUB_TOKEN ?? "", {
    fetch: (input, init) => fetch(input, { ...init, dispatcher }),
  }),
);
