/**
 * Runs coding tools, unmodified, through `--serve` over the fake, and prints
 * what came of it: `npm --prefix tests run tools -- [--trace] [NAME ...]`.
 *
 * It installs their newest versions from npm into a temporary folder. The
 * results are kept in tests/tools/results.json and docs/tools.md. With
 * `--trace`, it prints each request and what the tools print. `--page` only
 * writes docs/tools.md anew, from the results that are kept.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { root } from "../run/files.ts";
import { TOOL_SETTINGS } from "../../cli/serve/tool_settings.ts";
import { startServer } from "../helpers/cli_server.ts";
import { PAGE, pageOf } from "./page.ts";
import { installNode, installTool } from "./installation.ts";
import { readResults, saveResults, type ToolResult } from "./results.ts";
import { endProcesses, runTool } from "./run_tool.ts";
import { type SceneOutcome, usesSettings } from "./checks.ts";
import { SCENES } from "./scenes.ts";
import { createScripted } from "./script.ts";
import { type Tool, TOOLS } from "./tools.ts";

const words = process.argv.slice(2);
if (words.includes("--page")) {
  writeFileSync(join(root, PAGE), pageOf(readResults()));
  process.exit();
}
const isTraced = words.includes("--trace");
/** The folder of an earlier run whose installations are used again. */
const kept = words.find((word) => word.startsWith("--folder="))?.slice(9);
const scenes = words.find((word) => word.startsWith("--scene="))?.slice(8);
const names = words.filter((word) => !word.startsWith("--"));
const selected = names.length > 0 ? names : Object.keys(TOOLS);
const unknown = selected.filter((name) => !Object.hasOwn(TOOLS, name));
if (unknown.length > 0) {
  const known = Object.keys(TOOLS).join(", ");
  console.error(`There is no tool ${unknown.join(", ")}, but ${known}`);
  process.exit(2);
}

const folder = kept ?? mkdtempSync(join(tmpdir(), "copilot-fetch-tools-"));
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => process.exit(130));
}
process.once("exit", () => {
  endProcesses(folder);
  if (!kept) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

const node = installNode(folder);
for (const name of selected) {
  const result = await tryTool(name, TOOLS[name]);
  for (const [scene, text] of Object.entries(result.scenes)) {
    console.log(`${name} ${result.version} | ${scene} | ${text}`);
  }
  if (!scenes) saveResults({ [name]: result });
}
if (!scenes) {
  writeFileSync(join(root, PAGE), pageOf(readResults()));
}
process.exit();

async function tryTool(name: string, tool: Tool): Promise<ToolResult> {
  const date = new Date().toISOString().slice(0, 10);
  const { package: packageName } = TOOL_SETTINGS[tool.settings]({
    url: "",
    key: "",
  });
  let installation;
  try {
    installation = installTool(folder, packageName, tool.olderVersion);
  } catch (error) {
    const reason = error instanceof Error ? error.message : `${error}`;
    return { version: "not run", date, scenes: { prompt: reason } };
  }
  const results: Record<string, string> = {};
  for (const scene of Object.keys(SCENES)) {
    if (scenes && scene !== scenes) continue;
    console.error(`${name}: ${scene}`);
    results[scene] = await play(scene, tool, installation.bin);
  }
  return { version: installation.version, date, scenes: results };
}

async function play(name: string, tool: Tool, bin: string): Promise<string> {
  const scene = SCENES[name](tool);
  if (!scene) return "–";
  const { fake, recorded } = createScripted(scene.script);
  await using server = await startServer({ fake }, ["--serve", "-v", "0"]);
  const address = { url: server.url, key: "copilot-fetch" };
  const settings = TOOL_SETTINGS[tool.settings](address);
  const program = join(bin, tool.bin);
  const run = await runTool(
    {
      words: [program, ...(scene.args ?? tool.args(scene.prompt))],
      setUp: tool.setUp && [program, ...tool.setUp(address)],
      path: [node],
      env: tool.env ?? {},
      prepare: scene.prepare ?? (() => {}),
    },
    settings,
    folder,
  );
  const outcome: SceneOutcome = {
    run,
    recorded,
    exchanges: fake.exchanges.length,
    log: server.program.outcome.stderr,
  };
  const faults = [...scene.check(outcome), ...usesSettings(tool, outcome)];
  if (isTraced) trace(outcome);
  if (faults.length > 0) return `failed: ${faults.join("; ")}`;
  const detail = scene.describe?.(outcome);
  return detail ? `ok: ${detail}` : "ok";
}

function trace({ run, recorded, log }: SceneOutcome): void {
  console.error(log);
  for (const { text, tools, ...request } of recorded) {
    console.error(request, tools.join(" "), text.slice(-300));
  }
  console.error(`exit ${run.code}, ${run.seconds} s\n${run.output}`);
}
