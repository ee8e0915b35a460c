/**
 * The time from the start of the command line to its first byte on stdout,
 * against a program that does nothing else than write one.
 */
import { spawn } from "node:child_process";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { transformSync } from "esbuild";
import { read, root, sourceFiles } from "../run/files.ts";
import { median, report, times } from "./report.ts";

const folder = mkdtempSync(join(tmpdir(), "copilot-fetch-bench-"));
const isDeno = "Deno" in globalThis;

/** As JSR publishes the files for Bun and Node: each on its own. */
function publish(): void {
  for (const file of sourceFiles) {
    const path = join(folder, file.replace(/\.ts$/, ".js"));
    mkdirSync(dirname(path), { recursive: true });
    const { code } = transformSync(read(file), {
      loader: "ts",
      format: "esm",
      target: "node20.10",
    });
    writeFileSync(path, code.replace(/(["'][^"']*)\.ts(["'])/g, "$1.js$2"));
  }
  copyFileSync(join(root, "deno.json"), join(folder, "deno.json"));
  writeFileSync(join(folder, "package.json"), `{"type":"module"}`);
}

publish();
writeFileSync(join(folder, "one_byte.js"), `console.log();\n`);
// The project's own deno.json is not that of a user.
const flags = isDeno ? ["run", "--no-config", "--no-check", "-NE"] : [];
const oneByte = [...flags, join(folder, "one_byte.js")];
const program = isDeno
  ? [...flags, join(root, "cli/mod.ts")]
  : [join(folder, "cli/bin.js")];

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

const COMMANDS = [["--version"], ["--help"], ["--demo", "Hello"]];
await time(oneByte);
const ratios = COMMANDS.map((): number[] => []);
for (let round = 0; round < 5; round++) {
  const one: number[] = [];
  const each = COMMANDS.map((): number[] => []);
  for (let count = 0; count < 7; count++) {
    one.push(await time(oneByte));
    for (const [index, args] of COMMANDS.entries()) {
      each[index].push(await time([...program, ...args]));
    }
  }
  for (const [index, taken] of each.entries()) {
    ratios[index].push(median(taken) / median(one));
  }
}
rmSync(folder, { recursive: true });
for (const [index, args] of COMMANDS.entries()) {
  const what = `copilot-fetch ${args.join(" ")}: first byte`;
  report(`${what} × a program that writes one`, times(ratios[index]));
}
