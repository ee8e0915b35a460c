/** Builds what a release publishes. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { runCommand } from "../run/command.ts";
import { denoConfig, read, sourceFiles } from "../run/files.ts";
import {
  emitDeclarations,
  writeDeclarations,
  writeJavaScript,
} from "./compile.ts";
import { denoConfigToPublish, manifestOf, PROGRAM } from "./manifest.ts";
import { withRepository } from "./repository.ts";

/** `cli/mod` for `./cli/mod.ts`. */
const pathOf = (module: string) => module.replace(/^\.\/(.*)\.ts$/, "$1");

const ENTRIES = Object.values(denoConfig.exports).map(pathOf);

/**
 * What `copilot_fetch.js` exports: what runs everywhere, and what a program in
 * production uses. `./store` is a part, because a `TokenCache` accepts only a
 * store that the same copy of the library has sealed.
 */
const SINGLE_FILE = [".", "./store", "./usage"]
  .map((entry) => pathOf(denoConfig.exports[entry]));

/** Builds the three forms of the package in a folder, and returns their paths. */
export async function build(
  target: string,
  repository: string,
): Promise<{ jsr: string; npm: string; singleFile: string }> {
  const declarations = mkdtempSync(join(tmpdir(), "copilot-fetch-types-"));
  try {
    const jsr = join(target, "jsr");
    writeSources(jsr, repository);
    await emitDeclarations(jsr, ENTRIES, declarations);
    const manifest = join(jsr, "package.json");
    // With a package.json of CommonJS above the folder, Rolldown would wrap the
    // modules in functions.
    write(manifest, json({ type: "module" }));
    const npm = await packForNPM(jsr, declarations, target, repository);
    const singleFile = await writeSingleFile(
      jsr,
      declarations,
      target,
      repository,
    );
    rmSync(manifest);
    return { jsr, npm, singleFile };
  } finally {
    rmSync(declarations, { recursive: true });
  }
}

/** Writes what JSR gets: the sources as they are. */
function writeSources(target: string, repository: string): void {
  for (const path of ["README.md", "LICENSE", ...sourceFiles]) {
    write(join(target, path), withRepository(read(path), repository));
  }
  write(join(target, "deno.json"), json(denoConfigToPublish()));
}

/** Compiles and packs what npm gets. */
async function packForNPM(
  sources: string,
  declarations: string,
  target: string,
  repository: string,
): Promise<string> {
  const folder = join(target, "npm");
  const entries = Object.fromEntries(ENTRIES.map((path) => [path, path]));
  const program = pathOf(PROGRAM);
  await writeJavaScript({
    sources,
    entries: { ...entries, [program]: program },
    target: folder,
    isSplit: true,
  });
  await writeDeclarations({
    sources: declarations,
    entries,
    target: folder,
    isSplit: true,
  });
  for (const path of ["README.md", "LICENSE"]) {
    write(join(folder, path), withRepository(read(path), repository));
  }
  write(join(folder, "package.json"), json(manifestOf(denoConfig, repository)));
  const { code, output } = await runCommand([
    ...["npm", "pack", "--json", folder, "--pack-destination", target],
  ]);
  if (code !== 0) throw new Error(`npm pack: ${code}\n${output}`);
  rmSync(folder, { recursive: true });
  const { name, version } = denoConfig;
  // As npm names it.
  const file = `${name.slice(1).replace("/", "-")}-${version}.tgz`;
  return join(target, file);
}

/** Writes `copilot_fetch.js` and its types. */
async function writeSingleFile(
  sources: string,
  declarations: string,
  target: string,
  repository: string,
): Promise<string> {
  const entries = { copilot_fetch: "copilot_fetch" };
  const banner = `/*!\n * copilot-fetch ${denoConfig.version}\n` +
    ` * ${repository}\n *\n${comment(read("LICENSE"))} */`;
  for (
    const [folder, extension] of [
      [sources, ".ts"],
      [declarations, ".d.ts"],
    ]
  ) {
    const lines = SINGLE_FILE.map((path) => `export * from "./${path}.ts";\n`);
    write(join(folder, `copilot_fetch${extension}`), lines.join(""));
  }
  const options = { entries, target, banner, isSplit: false };
  await writeJavaScript({ ...options, sources });
  await writeDeclarations({ ...options, sources: declarations });
  rmSync(join(sources, "copilot_fetch.ts"));
  return join(target, "copilot_fetch.js");
}

function comment(text: string): string {
  return text.trim().split("\n").map((line) => ` * ${line}`.trimEnd() + "\n")
    .join("");
}

function json(value: unknown): string {
  return JSON.stringify(value, null, 2) + "\n";
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
