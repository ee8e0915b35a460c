import { assertEquals } from "@std/assert";
import { join } from "node:path";
import process from "node:process";
import { playScenes } from "../compat/scenes/play.ts";
import { testOverTLSOnPOSIX } from "../helpers/copilot_command.ts";
import { emptyFolder } from "../helpers/folder.ts";
import { root } from "../run/files.ts";

const modules = join(root, "tests/node_modules");

/** The programs that the tests run on. */
const PROGRAMS = {
  deno: join(modules, ".bin/deno"),
  bun: join(modules, ".bin/bun"),
  node: process.execPath,
} as const;

for (const runtime of ["deno", "bun", "node"] as const) {
  testOverTLSOnPOSIX(
    `The scenes of npm run compat pass on the ${runtime} of the suite`,
    async () => {
      await using folder = await emptyFolder();
      const program = PROGRAMS[runtime];
      const { failed } = await playScenes(runtime, program, folder.path);
      assertEquals(failed, []);
    },
  );
}
