/** A program for Deno and Bun, whose `fetch` reads proxy and CA from variables. */
import process from "node:process";
import { createCopilotFetch } from "../../mod.ts";
import { converse } from "./converse.ts";

await converse(createCopilotFetch(process.env.COPILOT_GITHUB_TOKEN ?? ""));
