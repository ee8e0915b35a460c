/** A folder of a user's, and the commands that are run in it. */
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { NEEDS_SHELL } from "../run/command.ts";

/** Ends a command that hangs; one that works is far quicker. */
const TIME_LIMIT_MS = 120_000;

/** Where npm puts the commands of the packages that the tests bring. */
const commands = fileURLToPath(
  new URL("../node_modules/.bin", import.meta.url),
);

/** What a command has printed. */
export interface Printed {
  stdout: string;
  stderr: string;
}

/** A folder of a user's, apart from this repository. */
export interface Folder extends AsyncDisposable {
  path: string;
  write(file: string, content: string | Uint8Array): Promise<void>;
  read(file: string): Promise<string>;
  /** Runs a command in it. */
  run(command: string[], env?: Record<string, string>): Promise<Printed>;
}

/** Makes an empty folder, which is gone when it is disposed of. */
export async function emptyFolder(): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), "copilot-fetch-"));
  return {
    path,
    async write(file, content) {
      await mkdir(dirname(join(path, file)), { recursive: true });
      await writeFile(join(path, file), content);
    },
    async read(file) {
      return await readFile(join(path, file), "utf8");
    },
    run: (command, env) => runIn(path, command, env),
    async [Symbol.asyncDispose]() {
      // Windows lets go of a program's files only after a while.
      await rm(path, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

/** This process's environment, except what npm sets for its scripts. */
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)),
);

/** Runs a command in a folder; where it fails, so does this. */
export async function runIn(
  cwd: string | URL,
  [command, ...args]: string[],
  env: Record<string, string> = {},
): Promise<Printed> {
  const child = spawn(command, args, {
    cwd,
    env: {
      ...environment,
      PATH: commands + delimiter + process.env.PATH,
      NO_COLOR: "1",
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: TIME_LIMIT_MS,
    killSignal: "SIGKILL",
    shell: NEEDS_SHELL,
  });
  const printed: Printed = { stdout: "", stderr: "" };
  for (const where of ["stdout", "stderr"] as const) {
    child[where].setEncoding("utf8").on("data", (text) => {
      printed[where] += text;
    });
  }
  const end = await new Promise<string>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve(`${code ?? signal}`));
  });
  if (end === "0") return printed;
  const line = [command, ...args].join(" ");
  throw new Error(`${line}: ${end}\n${printed.stdout}${printed.stderr}`);
}
