import { assertEquals, assertStringIncludes } from "@std/assert";
import { test } from "node:test";
import { emptyFolder } from "../helpers/folder.ts";
import { startJSR } from "../helpers/jsr_registry.ts";
import { name, program, version } from "../helpers/published.ts";

/** Runs Deno in an empty folder, with nothing cached and a JSR on loopback. */
async function withJSR(
  use: (
    deno: (...args: string[]) => Promise<{ stdout: string; stderr: string }>,
    write: (file: string, text: string) => Promise<void>,
  ) => Promise<void>,
) {
  await using jsr = await startJSR();
  await using folder = await emptyFolder();
  await using cache = await emptyFolder();
  await use(
    (...args) =>
      folder.run(["deno", ...args], {
        JSR_URL: `${jsr.origin}/`,
        DENO_DIR: cache.path,
        DENO_NO_UPDATE_CHECK: "1",
      }),
    folder.write,
  );
  assertEquals(jsr.missing, []);
}

const SAYS = "Hello from JSR\nno_access\n";

test("A program imports the package from JSR, and is asked for no permission", async () => {
  await withJSR(async (deno, write) => {
    await write("main.ts", await program("example.ts", "jsr:"));
    const { stdout, stderr } = await deno(
      "run",
      "--check=all",
      "--no-prompt",
      "main.ts",
    );
    assertEquals(stdout, SAYS);
    assertStringIncludes(stderr, "Check main.ts");
  });
});

test("The types that come from JSR find a mistake", async () => {
  await withJSR(async (deno, write) => {
    const source = `import { createCopilotFetch } from "jsr:${name}@${version}";
createCopilotFetch(1);\n`;
    await write("main.ts", source);
    const outcome = await deno("check", "main.ts").catch((error) => error);
    assertStringIncludes(String(outcome), "TS2345");
  });
});

test("A project adds the package with deno add", async () => {
  await withJSR(async (deno, write) => {
    await write("deno.json", "{}");
    await deno("add", `jsr:${name}`);
    await write("main.ts", await program("example.ts"));
    const { stdout } = await deno("run", "--check", "--no-prompt", "main.ts");
    assertEquals(stdout, SAYS);
  });
});

test("The command line runs from JSR in one line", async () => {
  await withJSR(async (deno) => {
    const cli = `jsr:${name}/cli`;
    const { stdout, stderr } = await deno(
      ...["run", "--check=all", "--no-prompt", "-NE", cli, "--demo", "Hello"],
    );
    assertEquals(stdout, "You said: Hello\n");
    assertStringIncludes(stderr, "exchange   GET ");
    const printed = await deno("run", "--no-prompt", "-NE", cli, "--version");
    assertEquals(printed.stdout, `${version}\n`);
  });
});
