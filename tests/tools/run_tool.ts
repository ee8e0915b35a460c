/** Runs a tool in an empty home, with a time limit, and ends all it started. */
import { spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import type { ToolSettings } from "../../cli/serve/tool_settings.ts";

/** No scene takes as long, also on a machine that does other work. */
const TIME_LIMIT_MS = 3 * 60_000;

/** How a run has ended. */
export interface ToolRun {
  /** `null` where the time limit ended it. */
  code: number | null;
  /** stdout and stderr, as they came. */
  output: string;
  seconds: number;
}

/** What a run needs besides the tool's settings. */
export interface ToolCommand {
  words: string[];
  /** What is run before, in the same home. */
  setUp?: string[];
  /** Folders of programs, before the system's. */
  path: string[];
  env: Record<string, string>;
  /** Called with the working folder before the tool starts. */
  prepare(folder: string): void;
}

/** Runs a tool with its settings in a home of its own below `folder`. */
export async function runTool(
  { words, setUp, path, env, prepare }: ToolCommand,
  settings: ToolSettings,
  folder: string,
): Promise<ToolRun> {
  const home = mkdtempSync(join(folder, "home-"));
  const cwd = join(home, "project");
  mkdirSync(cwd);
  prepare(cwd);
  for (const [name, content] of Object.entries(settings.files)) {
    const file = name.replace("~", home);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  try {
    const variables = {
      PATH: [...path, process.env.PATH].join(":"),
      HOME: home,
      TMPDIR: home,
      LANG: "C.UTF-8",
      TERM: "dumb",
      NO_COLOR: "1",
      ...env,
      ...settings.env,
    };
    if (setUp) await runIn(cwd, setUp, variables);
    return await runIn(cwd, words, variables);
  } finally {
    endProcesses(home);
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function runIn(
  cwd: string,
  [command, ...args]: string[],
  env: Record<string, string>,
): Promise<ToolRun> {
  const begun = performance.now();
  // A group of its own, so that its children end with it.
  const child = spawn(command, args, {
    cwd,
    env,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => output += text);
  }
  const endGroup = () => {
    try {
      if (child.pid) process.kill(-child.pid, "SIGKILL");
    } catch {
      // The group has ended.
    }
  };
  const timer = setTimeout(endGroup, TIME_LIMIT_MS);
  process.once("exit", endGroup);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", resolve);
  });
  clearTimeout(timer);
  process.off("exit", endGroup);
  endGroup();
  const seconds = (performance.now() - begun) / 1000;
  return { code, output, seconds };
}

/**
 * Ends what a tool has left behind in a group of its own, such as Cline's hub:
 * the processes whose home is in a folder.
 */
export function endProcesses(folder: string): void {
  // Elsewhere than on Linux there is no such folder.
  if (!existsSync("/proc/self/environ")) return;
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const variables = readFileSync(`/proc/${pid}/environ`, "utf8");
      const isInFolder = variables.split("\0")
        .some((variable) => variable.startsWith(`HOME=${folder}`));
      if (isInFolder) process.kill(Number(pid), "SIGKILL");
    } catch {
      // It has ended, or is another user's.
    }
  }
}
