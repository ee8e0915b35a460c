/**
 * Loaded before the examples of the documentation run: those that would talk
 * to GitHub and Copilot talk to a fake instead.
 */
import process from "node:process";
import { createFakeCopilot } from "../../testing/mod.ts";

globalThis.fetch = createFakeCopilot().fetch as typeof globalThis.fetch;
process.env.COPILOT_GITHUB_TOKEN = "ghu_documentation";
