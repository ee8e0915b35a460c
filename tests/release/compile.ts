/** Compiles sources to JavaScript and declarations, as few legible files. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type InputOptions, type OutputOptions, rolldown } from "rolldown";
import { dts } from "rolldown-plugin-dts";
import { runCommand } from "../run/command.ts";
import { root } from "../run/files.ts";

/** What is compiled, and where to. Paths are without `.ts`. */
export interface Compilation {
  /** The folder of the sources. */
  sources: string;
  /** Modules to compile, by the file that they become. */
  entries: Record<string, string>;
  /** The folder of the results. */
  target: string;
  /** A comment at the top of every file. */
  banner?: string;
  /** Whether what the entry points share is in files of its own. */
  isSplit: boolean;
}

/** What every entry point loads is one file, so that it loads fast. */
const CORE: Exclude<OutputOptions["codeSplitting"], undefined> = {
  groups: [{
    name: "core",
    test: /[\\/](transport|copilot_token|internal[\\/]\w+)(\.d)?\.ts$/,
  }],
};

/** Writes the JavaScript modules, with what they share in `shared/`. */
export async function writeJavaScript(
  { sources, entries, target, banner, isSplit }: Compilation,
): Promise<void> {
  await bundle({
    cwd: sources,
    input: mapValues(entries, (path) => join(sources, `${path}.ts`)),
    platform: "node",
    external: /^node:/,
    // cli/log.ts is loaded late by one module and at once by another.
    checks: { ineffectiveDynamicImport: false },
  }, {
    dir: target,
    postBanner: banner,
    codeSplitting: isSplit && CORE,
    entryFileNames: "[name].js",
    chunkFileNames: "shared/[name].js",
  });
}

/** Writes the declarations, from those that tsc has written to `sources`. */
export async function writeDeclarations(
  { sources, entries, target, banner, isSplit }: Compilation,
): Promise<void> {
  await bundle({
    cwd: sources,
    input: mapValues(entries, (path) => join(sources, `${path}.d.ts`)),
    external: /^node:/,
    plugins: [dts({ dtsInput: true, tsconfig: false })],
  }, {
    dir: target,
    postBanner: banner,
    codeSplitting: isSplit && CORE,
    chunkFileNames: "shared/[name].d.ts",
  });
}

/** Has tsc write the declaration of each source that an entry point imports. */
export async function emitDeclarations(
  sources: string,
  entries: string[],
  target: string,
): Promise<void> {
  const config = {
    extends: join(root, "tests/tsconfig.json"),
    compilerOptions: {
      noEmit: false,
      declaration: true,
      emitDeclarationOnly: true,
      rootDir: sources,
      outDir: target,
      typeRoots: [join(root, "tests/node_modules/@types")],
    },
    include: [],
    files: entries.map((path) => join(sources, `${path}.ts`)),
  };
  const file = join(target, "tsconfig.json");
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(config));
  const { code, output } = await runCommand(["tsc", "-p", file]);
  if (code !== 0) throw new Error(`tsc: ${code}\n${output}`);
}

async function bundle(
  input: InputOptions,
  output: OutputOptions,
): Promise<void> {
  const build = await rolldown(input);
  await build.write({ format: "es", ...output });
  await build.close();
}

function mapValues(
  record: Record<string, string>,
  map: (value: string) => string,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(record).map(([key, value]) => [key, map(value)]),
  );
}
