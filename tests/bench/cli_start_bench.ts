/**
 * The time from the start of the command line to its first byte on stdout,
 * against a program that does nothing else than write one, and of the npm
 * package against the sources.
 */
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { NEEDS_SHELL } from "../run/command.ts";
import { denoConfig, root } from "../run/files.ts";
import { median, report, times } from "./report.ts";

const folder = mkdtempSync(join(tmpdir(), "copilot-fetch-bench-"));
const isDeno = "Deno" in globalThis;
const isBun = "Bun" in globalThis;

function run(command: string, ...args: string[]): void {
  const { status, stderr } = spawnSync(command, args, {
    cwd: root,
    encoding: "utf8",
    shell: NEEDS_SHELL,
  });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${stderr}`);
}

/** Builds the npm package and unpacks it; returns its program. */
function buildPackage(): string {
  const out = join(folder, "release");
  run(
    ...["tsx", "--tsconfig=tests/tsconfig.json", "tests/release/main.ts"],
    ...["--draft", "--repository=https://github.com/example/copilot-fetch"],
    `--out=${out}`,
  );
  const { name, version } = denoConfig;
  const tarball = `${name.slice(1).replace("/", "-")}-${version}.tgz`;
  const unpacked = join(folder, "npm");
  mkdirSync(unpacked);
  run("tar", "-xzf", join(out, tarball), "-C", unpacked);
  return join(unpacked, "package/cli/bin.js");
}

// The project's own deno.json is not that of a user.
const flags = isDeno ? ["run", "--no-config", "--no-check", "-NE"] : [];
const oneByteFile = join(folder, "one_byte.js");
writeFileSync(oneByteFile, `console.log();\n`);
const oneByte = [...flags, oneByteFile];

/** The program as JavaScript, and as TypeScript. */
const fromPackage = [...flags, buildPackage()];
const fromSources = isDeno
  ? [...flags, join(root, "cli/mod.ts")]
  : isBun
  ? [join(root, "cli/bin.ts")]
  : [fileURLToPath(import.meta.resolve("tsx/cli")), join(root, "cli/bin.ts")];

/** What users of this runtime start: from JSR on Deno, from npm elsewhere. */
const program = isDeno ? fromSources : fromPackage;

/** Milliseconds until a program has written its first byte. */
function time(args: string[]): Promise<number> {
  const begun = performance.now();
  let taken: number | undefined;
  return new Promise((resolve, reject) => {
    const stdio = ["ignore", "pipe", "ignore"] as const;
    const child = spawn(process.execPath, args, { stdio: [...stdio] });
    child.stdout?.on("data", () => taken ??= performance.now() - begun);
    child.on("close", (code) => {
      if (code === 0 && taken !== undefined) resolve(taken);
      else reject(new Error(`${args.join(" ")}: ${code}`));
    });
  });
}

const DEMO = ["--demo", "Hello"];
const COMMANDS = [["--version"], ["--help"], DEMO];
await time(oneByte);
const ratios = COMMANDS.map((): number[] => []);
const sourceRatios: number[] = [];
for (let round = 0; round < 5; round++) {
  const one: number[] = [];
  const each = COMMANDS.map((): number[] => []);
  const asPackage: number[] = [];
  const asSources: number[] = [];
  for (let count = 0; count < 7; count++) {
    one.push(await time(oneByte));
    for (const [index, args] of COMMANDS.entries()) {
      each[index].push(await time([...program, ...args]));
    }
    asPackage.push(await time([...fromPackage, ...DEMO]));
    asSources.push(await time([...fromSources, ...DEMO]));
  }
  for (const [index, taken] of each.entries()) {
    ratios[index].push(median(taken) / median(one));
  }
  sourceRatios.push(median(asPackage) / median(asSources));
}
rmSync(folder, { recursive: true });
for (const [index, args] of COMMANDS.entries()) {
  const what = `copilot-fetch ${args.join(" ")}: first byte`;
  report(`${what} × a program that writes one`, times(ratios[index]));
}
report(
  `copilot-fetch ${
    DEMO.join(" ")
  }: first byte from the npm package × from the TypeScript sources`,
  times(sourceRatios),
);
