/** A home in which the shell examples of the documents run. */
import { build } from "esbuild";
import { chmod } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import type { Folder } from "../helpers/folder.ts";
import { root } from "../run/files.ts";
import type { Runtime } from "../run/test_command.ts";

/** What starts the program on a runtime, with Deno's flags of docs/cli.md. */
const PROGRAMS: Record<Runtime, string> = {
  deno: `deno run --no-check -NERW --allow-run=gh '${root}/cli/mod.ts'`,
  bun: `bun '${root}/cli/mod.ts'`,
  // `tsx` would compile it again at each start.
  node: 'node "$HOME/.bin/copilot-fetch.mjs"',
};

/** A PNG image of one pixel. */
const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk" +
  "+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/** The commands that a reader has installed, as scripts. */
function commandsFor(runtime: Runtime): Record<string, string> {
  return {
    "copilot-fetch": `exec ${PROGRAMS[runtime]} "$@"`,
    gh: 'if [ "$*" = "auth token" ]; then echo gho_example; fi',
    // `npx -y deno@2` without a download.
    npx: '[ "$1 $2" = "-y deno@2" ] && shift 2 && exec deno "$@"',
  };
}

/**
 * Writes what the examples need: commands, files, an editor's sign-in and a
 * repository with a change. Returns the environment.
 */
export async function setUpHome(
  folder: Folder,
  runtime: Runtime,
): Promise<Record<string, string>> {
  const commands = commandsFor(runtime);
  for (const [name, script] of Object.entries(commands)) {
    await folder.write(`.bin/${name}`, `#!/bin/sh\n${script}\n`);
    await chmod(join(folder.path, ".bin", name), 0o755);
  }
  if (runtime === "node") {
    await build({
      entryPoints: [join(root, "cli/bin.ts")],
      outfile: join(folder.path, ".bin/copilot-fetch.mjs"),
      bundle: true,
      platform: "node",
      format: "esm",
    });
  }
  await folder.write("a.ts", "export const sum = (a, b) => a + b;\n");
  await folder.write("chart.png", Buffer.from(PNG, "base64"));
  await folder.write(
    ".config/github-copilot/apps.json",
    '{ "github.com:Iv1.b507a08c87ecfe98": { "oauth_token": "ghu_editor" } }',
  );
  const git = (...args: string[]) =>
    folder.run(["git", "-c", "user.name=a", "-c", "user.email=a@b.c", ...args]);
  await git("init", "--quiet");
  await git("add", "a.ts");
  await git("commit", "--quiet", "-m", "Add sum()");
  await folder.write("a.ts", "export const sum = (a, b) => a - b;\n");
  await folder.write("b.ts", "export const sum = (a, b) => a - b;\n");
  return {
    HOME: folder.path,
    XDG_CONFIG_HOME: "",
    PATH: [
      join(folder.path, ".bin"),
      join(root, "tests/node_modules/.bin"),
      process.env.PATH,
    ].join(":"),
    COPILOT_GITHUB_TOKEN: "ghu_example",
    DENO_NO_UPDATE_CHECK: "1",
    DENO_DIR: join(folder.path, ".deno"),
  };
}
