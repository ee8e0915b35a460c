/** Plays the scenes of the library and of the command line on a runtime. */
import { buildSync } from "esbuild";
import { join } from "node:path";
import { postChat } from "../../helpers/cli_server.ts";
import { type Outcome, startCommand } from "../../helpers/command.ts";
import { startNetwork } from "../../helpers/network.ts";
import { root } from "../../run/files.ts";
import { serveFakes } from "./served_fake.ts";

/** What the scenes are played on. */
export type RuntimeName = "deno" | "bun" | "node";

/** What became of the scenes. */
export interface Played {
  passed: number;
  /** The scenes that failed, and why. */
  failed: string[];
}

const CREDENTIAL = "ghu_secretsecret";
const LIBRARY = "tests/compat/scenes/library.ts";

/** Deno runs the sources, as JSR serves them; the others one file. */
const CLI = { deno: "cli/mod.ts", bun: "cli/bin.ts", node: "cli/bin.ts" };

/** No permission but those that the README names, nor a setting of ours. */
const DENO_FLAGS = [
  ...["run", "--no-check", "--no-config", "--no-lock"],
  ...["--allow-net", "--allow-env", "--allow-read"],
];

/** Plays all scenes on a program of Deno, Bun or Node. */
export async function playScenes(
  runtime: RuntimeName,
  program: string,
  folder: string,
): Promise<Played> {
  const commandOf = (file: string) =>
    runtime === "deno"
      ? [program, ...DENO_FLAGS, join(root, file)]
      : [program, bundle(file, folder)];
  const played: Played = { passed: 0, failed: [] };
  await playLibrary(commandOf(LIBRARY), played);
  await playCLI(commandOf(CLI[runtime]), played);
  return played;
}

/** One file without imports, as the release has it. */
function bundle(file: string, folder: string): string {
  const outfile = join(folder, `${file.replaceAll("/", "_")}.mjs`);
  buildSync({
    entryPoints: [join(root, file)],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    logLevel: "error",
  });
  return outfile;
}

async function playLibrary(command: string[], played: Played): Promise<void> {
  await using server = await serveFakes();
  await using running = startCommand([...command, server.origin]);
  const { code, stdout, stderr } = await running.ended;
  for (const line of stdout.split("\n").filter((line) => line !== "")) {
    const { scene, failure } = JSON.parse(line);
    if (failure === null) played.passed++;
    else played.failed.push(`library: ${scene}: ${firstLineOf(failure)}`);
  }
  if (code === 0) return;
  played.failed.push(`library: ${errorIn(stderr)}`);
}

/** Plays each scene of the command line in a process of its own. */
async function playCLI(command: string[], played: Played): Promise<void> {
  for (const [name, play] of Object.entries(CLI_SCENES)) {
    try {
      await play(command);
      played.passed++;
    } catch (error) {
      played.failed.push(`command line: ${name}: ${firstLineOf(`${error}`)}`);
    }
  }
}

const CLI_SCENES: Record<string, (command: string[]) => Promise<void>> = {
  async "--version"(command) {
    await expectOutput([...command, "--version"], /^\d+\.\d+\.\d+\n$/);
  },

  async "--demo"(command) {
    await expectOutput([...command, "--demo", "Hello"], /^You said: Hello\n$/);
  },

  async "--demo --models"(command) {
    await expectOutput([...command, "--demo", "--models"], /gpt-5-mini/);
  },

  async "--demo --usage"(command) {
    await expectOutput([...command, "--demo", "--usage"], /premium/);
  },

  async "an answer over TLS and a proxy"(command) {
    await using network = await startNetwork();
    const env = { ...network.env, COPILOT_GITHUB_TOKEN: CREDENTIAL };
    await expectOutput([...command, "Hello"], /^You said: Hello\n$/, env);
    if (network.connects.length === 0) throw new Error("not over the proxy");
  },

  async "--serve, and SIGTERM"(command) {
    await using running = startCommand([...command, "--demo", "--serve", "0"]);
    await running.prints(/^http:\/\/127\.0\.0\.1:\d+\n/);
    const url = running.outcome.stdout.trimEnd();
    const response = await postChat({ url }, "Hello");
    const answer = await response.text();
    if (!answer.includes("[DONE]")) throw new Error(firstLineOf(answer));
    running.kill("SIGTERM");
    const { code } = await running.ended;
    if (code !== 143) throw new Error(`exit code ${code}`);
  },
};

async function expectOutput(
  command: string[],
  expected: RegExp,
  env: Record<string, string | undefined> = {},
): Promise<void> {
  await using running = startCommand(command, { env });
  running.end("");
  const { code, stdout, stderr }: Outcome = await running.ended;
  if (code === 0 && expected.test(stdout)) return;
  throw new Error(
    code === 0 ? firstLineOf(stdout) : `exit code ${code}: ${errorIn(stderr)}`,
  );
}

/** The line that names an error, of what a program has printed. */
function errorIn(text: string): string {
  const lines = text.split("\n").map((line) => line.trim());
  const named = lines.find((line) => /^(error: )?\w*Error\b/i.test(line));
  return named ?? lines.find((line) => line !== "") ?? "no output";
}

function firstLineOf(text: string): string {
  return text.split("\n")[0].slice(0, 200);
}
