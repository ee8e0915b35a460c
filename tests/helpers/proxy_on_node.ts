/** Gives Node 20 what Deno and Bun have: a `fetch` that knows a proxy. */
import { createRequire } from "node:module";
import process from "node:process";

// Deno checks the types of this file too, and must not look for Node's undici.
const { fetch, ProxyAgent } = createRequire(import.meta.url)("undici");
const dispatcher = new ProxyAgent(process.env.HTTPS_PROXY);

globalThis.fetch = (input, init) => fetch(input, { ...init, dispatcher });
