/** What a user writes on Deno and Bun; proxy and CA are the runtime's affair. */
import process from "node:process";
import { createCopilotFetch } from "../../mod.ts";
import { converse } from "./converse.ts";

await converse(createCopilotFetch(process.env.COPILOT_GITHUB_TOKEN!));
