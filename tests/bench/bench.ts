/**
 * Runs every `*_bench.ts` on Deno, Bun and Node, and prints one table:
 * `npm --prefix tests run bench -- [--save] [--before=PATH] [name]`.
 *
 * `--save` writes docs/benchmarks.md as well; `--before` names another tree to
 * compare with, and `name` a part of the benchmark's file name.
 */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL(".", import.meta.url));
const root = join(folder, "../..");

const runtimes: Record<string, string[]> = {
  Deno: [
    "deno",
    "run",
    "--allow-all",
    "--no-check",
    "--v8-flags=--expose-gc",
    "--import-map=tests/import_map.json",
  ],
  Bun: ["bun", "--tsconfig-override=tests/tsconfig.json"],
  Node: ["tsx", "--expose-gc", "--tsconfig=tests/tsconfig.json"],
};
const names = Object.keys(runtimes);

const flags = process.argv.slice(2);
const isSaved = flags.includes("--save");
const passedOn = flags.filter((flag) => flag.startsWith("--before="));
const [selected = ""] = flags.filter((flag) => !flag.startsWith("--"));

/** What each runtime measured, by what was measured. */
const rows = new Map<string, Record<string, string>>();

for (const file of readdirSync(folder).sort()) {
  if (!file.endsWith("_bench.ts") || !file.includes(selected)) continue;
  for (const [name, [command, ...args]] of Object.entries(runtimes)) {
    console.error(`${file} on ${name}`);
    const { status, stdout } = spawnSync(
      command,
      [...args, join("tests/bench", file), ...passedOn],
      {
        cwd: root,
        encoding: "utf8",
        stdio: ["ignore", "pipe", "inherit"],
        // On Windows npm's commands are scripts, which only a shell can start.
        shell: process.platform === "win32",
      },
    );
    if (status !== 0) throw new Error(`${file} failed on ${name}`);
    for (const line of stdout.trim().split("\n")) {
      const [what, result] = line.split("\t");
      rows.set(what, { ...rows.get(what), [name]: result });
    }
  }
}

const { packages } = JSON.parse(
  readFileSync(join(root, "tests/package-lock.json"), "utf8"),
);
const installed = (name: string) => packages[`node_modules/${name}`].version;
const [{ model }] = cpus();
const table = [
  ["what", ...names],
  ["---", ...names.map(() => "---")],
  ...[...rows].map(([what, results]) => [
    what,
    ...names.map((name) => results[name]),
  ]),
].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
const results = `# Benchmarks

Measured in one run by \`npm --prefix tests run bench -- --save\`: medians of
ratios, with the least and the greatest. × is "times as much as".

${table}

${new Date().toISOString().slice(0, 10)}, ${cpus().length} × ${model.trim()},
Deno ${installed("deno")}, Bun ${
  installed("bun")
}, Node ${process.versions.node}.
`;
console.log(results);
if (isSaved) {
  const file = join(root, "docs/benchmarks.md");
  writeFileSync(file, results);
  spawnSync("deno", ["fmt", "--quiet", file], {
    stdio: "inherit",
    shell: process.platform === "win32",
  });
}
