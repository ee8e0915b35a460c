/**
 * GitHub's @github/copilot-sdk with its own-provider setting against
 * `createCopilotFetch`: "hi", from the import to the answer, in new processes.
 * The SDK starts the Copilot CLI, which counts as a part of it.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { root } from "../../run/files.ts";
import { alternate } from "../alternate.ts";
import { against, report, times } from "../report.ts";
import { isQuick, packageFile } from "./arguments.ts";
import { end, idOf, memoryOf } from "./processes.ts";
import { startStandIn } from "./stand_in_process.ts";

const OTHER = "@github/copilot-sdk";
const folder = mkdtempSync(join(tmpdir(), "copilot-fetch-others-"));
await using standIn = await startStandIn();

/** A program that prints an answer, and the milliseconds since its start. */
function write(name: string, lines: string): string {
  const file = join(folder, name);
  writeFileSync(
    file,
    `const begun = performance.now();
${lines}
console.log(JSON.stringify({ answer, ms: performance.now() - begun }));
await new Promise(() => setInterval(() => {}, 1000));
`,
  );
  return file;
}

const { outputFiles: [{ contents }] } = await build({
  entryPoints: [join(root, "mod.ts")],
  bundle: true,
  format: "esm",
  write: false,
});
writeFileSync(join(folder, "copilot_fetch.mjs"), contents);

const ourProgram = write(
  "ours.mjs",
  `const { createCopilotFetch } = await import("./copilot_fetch.mjs");
const copilot = createCopilotFetch("ghu_bench", {
  fetch: (input, init) =>
    fetch(String(input).replace(/^https:\\/\\/[^/]+/, "${standIn.origin}"), init),
});
const response = await copilot("/chat/completions", {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({
    model: "gpt-5-mini",
    messages: [{ role: "user", content: "hi" }],
  }),
});
const answer = (await response.json()).choices[0].message.content;`,
);
const theirProgram = write(
  "theirs.mjs",
  `const { approveAll, CopilotClient } = await import(
  "${pathToFileURL(packageFile(`${OTHER}/dist/index.js`)).href}"
);
const client = new CopilotClient({ useLoggedInUser: false });
const session = await client.createSession({
  model: "gpt-5-mini",
  onPermissionRequest: approveAll,
  provider: {
    type: "openai",
    wireApi: "completions",
    baseUrl: "${standIn.origin}/v1",
    apiKey: "key",
  },
});
const answer = (await session.sendAndWait({ prompt: "hi" })).data.content;`,
);

/** Runs a program to its answer, and then ends it. */
async function run([command, ...args]: string[]) {
  await standIn.takeStats();
  const child = spawn(command, args, {
    cwd: folder,
    stdio: ["ignore", "pipe", "inherit"],
    // The leader of a group, with which the Copilot CLI ends.
    detached: true,
    env: { ...process.env, HOME: folder, COPILOT_HOME: folder },
  });
  const [line] = await once(createInterface(child.stdout), "line");
  const { answer, ms } = JSON.parse(line);
  if (answer !== "Hello") throw new Error(`The answer is ${answer}`);
  const memory = memoryOf(idOf(child));
  const { bodyBytes } = await standIn.takeStats();
  await end(child, true);
  return { ms, memory, bodyBytes };
}

const deno = "Deno" in globalThis ? ["run", "--allow-all", "--no-check"] : [];
const { ms, memory, bodyBytes } = await alternate(
  [process.execPath, ...deno, ourProgram],
  ["node", theirProgram],
  run,
  { warmUp: 1, blocks: isQuick ? 3 : 9, perBlock: 1 },
);
rmSync(folder, { recursive: true, force: true });

report(`"hi", import to answer: × ${OTHER}`, times(ms.ratios));
report("… milliseconds to the answer", against(ms.ours, ms.theirs, 0));
report(`"hi", memory: × ${OTHER}`, times(memory.ratios));
report(
  "… MB of all its processes",
  against(memory.ours, memory.theirs, 0, (bytes) => bytes / 1e6),
);
report(`"hi", bytes sent: × ${OTHER}`, times(bodyBytes.ratios));
report(
  "… bytes of request bodies",
  against(bodyBytes.ours, bodyBytes.theirs, 0),
);
