/** The `package.json` of the npm package. */
import { MINIMUM_VERSIONS } from "../compat/minimum.ts";
import { type DenoConfig, denoConfig } from "../run/files.ts";

/** The module that npm's `copilot-fetch` starts. */
export const PROGRAM = "./cli/bin.ts";

/** `./cli/mod.js` for `./cli/mod.ts`. */
function compiled(path: string, extension: ".js" | ".d.ts"): string {
  return path.replace(/\.ts$/, extension);
}

/** `{ "usage": ["./usage/mod.d.ts"] }`, and so on. */
function typesOfSubpaths(
  exports: DenoConfig["exports"],
): Record<string, string[]> {
  const subpaths = Object.entries(exports).filter(([entry]) => entry !== ".");
  return Object.fromEntries(subpaths.map(([entry, path]) => [
    entry.slice("./".length),
    [compiled(path, ".d.ts")],
  ]));
}

/** Makes the manifest from deno.json. */
export function manifestOf(
  { name, version, license, exports }: DenoConfig,
  repository: string,
): Record<string, unknown> {
  const entries = Object.entries(exports).map(([entry, path]) => [entry, {
    types: compiled(path, ".d.ts"),
    // For import and require(): there is no second copy as CommonJS, so both
    // share one token cache.
    default: compiled(path, ".js"),
  }]);
  return {
    name,
    version,
    description:
      "A fetch for GitHub Copilot: run any SDK that accepts a custom fetch on your Copilot subscription",
    keywords: ["copilot", "fetch", "github", "github-copilot", "openai"],
    license,
    type: "module",
    repository: { type: "git", url: `git+${repository}.git` },
    homepage: `${repository}#readme`,
    bugs: `${repository}/issues`,
    engines: { node: `>=${MINIMUM_VERSIONS.node.minimum}` },
    bin: { "copilot-fetch": compiled(PROGRAM, ".js") },
    // For TypeScript's moduleResolution "node10", the default of CommonJS until
    // TypeScript 5, which does not know `exports`.
    main: compiled(exports["."], ".js"),
    types: compiled(exports["."], ".d.ts"),
    typesVersions: { "*": typesOfSubpaths(exports) },
    exports: {
      ...Object.fromEntries(entries),
      "./package.json": "./package.json",
    },
    sideEffects: false,
    // npm publishes a scope's packages to its members alone otherwise.
    publishConfig: { access: "public" },
  };
}

/** The deno.json of the JSR package: without what the repository alone uses. */
export function denoConfigToPublish(): Record<string, unknown> {
  const { name, version, license, exports } = denoConfig;
  return { name, version, license, exports };
}
