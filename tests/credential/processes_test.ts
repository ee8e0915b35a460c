import { assert, assertEquals } from "@std/assert";
import { mkdir, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import process from "node:process";
import { test as register } from "node:test";
import type { FindCredentialOptions } from "../../credential/mod.ts";
import { run, runtime } from "../helpers/command.ts";
import { emptyFolder, type Folder } from "../helpers/folder.ts";

/** On Windows a script cannot take the place of `gh.exe`. */
const test = process.platform === "win32" ? register.skip : register;

const NO_CREDENTIAL = {
  COPILOT_GITHUB_TOKEN: undefined,
  GH_TOKEN: undefined,
  GITHUB_TOKEN: undefined,
  GH_HOST: undefined,
  GITHUB_ACTIONS: undefined,
  XDG_CONFIG_HOME: undefined,
};

interface Search {
  options?: FindCredentialOptions;
  env?: Record<string, string>;
  permissions?: string[];
}

/** Searches in a process of its own, whose home is `folder`. */
async function find(folder: Folder, search: Search = {}): Promise<string> {
  const { options = {}, env } = search;
  const { permissions = ["-E", "-R", "--allow-run=gh"] } = search;
  const { stdout, code } = await run(
    "tests/credential/find_program.ts",
    [JSON.stringify(options)],
    {
      permissions,
      env: {
        ...NO_CREDENTIAL,
        HOME: folder.path,
        PATH: folder.path + delimiter + process.env.PATH,
        ...env,
      },
    },
  );
  assertEquals(code, 0);
  return stdout.trim();
}

/** A folder with a `gh` that does what the script says. */
async function folderWithGH(script: string): Promise<Folder> {
  const folder = await emptyFolder();
  const path = join(folder.path, "gh");
  await writeFile(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return folder;
}

test("findCredential() ends a gh whose output does not end", async () => {
  await using folder = await folderWithGH("exec yes gho_");
  const result = await find(folder);
  assert(
    result.includes("gh auth token --hostname github.com could not be run"),
  );
});

test("findCredential() takes what a real gh prints", async () => {
  await using folder = await folderWithGH('echo "gho_$1$2$3$4"');
  assertEquals(JSON.parse(await find(folder)), {
    value: "gho_authtoken--hostnamegithub.com",
    source: "gh auth token --hostname github.com",
    domain: "github.com",
  });
});

test("findCredential() gives a real gh no credential of another host", async () => {
  await using folder = await folderWithGH(
    'echo "gho_[$GH_TOKEN$GITHUB_TOKEN]"',
  );
  const found = await find(folder, {
    options: { domain: "acme.ghe.com" },
    env: { GH_TOKEN: "ghu_a", GITHUB_TOKEN: "ghu_b" },
  });
  assertEquals(JSON.parse(found).value, "gho_[]");
});

test("findCredential() runs a real gh where the linker has variables", async () => {
  await using folder = await folderWithGH("echo gho_a");
  const LD_LIBRARY_PATH = folder.path;
  const found = await find(folder, { env: { LD_LIBRARY_PATH } });
  assertEquals(JSON.parse(found).value, "gho_a");
});

test("findCredential() reports a real gh that fails", async () => {
  await using folder = await folderWithGH("echo gho_secret; exit 4");
  const message = await find(folder);
  assert(message.includes("gh auth login"), message);
  assert(!message.includes("gho_secret"), message);
});

test("findCredential() reports that there is no gh", async () => {
  await using folder = await emptyFolder();
  const message = await find(folder, {
    env: { PATH: folder.path },
    permissions: ["-E", "--allow-run"],
  });
  assert(message.includes("not installed"), message);
});

test("findCredential() lets the program exit where a real gh hangs", async () => {
  // The pipe of its output stays open, as `sleep` outlives the shell.
  await using folder = await folderWithGH(
    'sleep 600 &\necho $! >"$HOME/pid"\nwait',
  );
  try {
    const message = await find(folder);
    assert(message.includes("5 seconds"), message);
  } finally {
    process.kill(Number(await folder.read("pid")));
  }
});

test("findCredential({ fromEditor }) reads a real file", async () => {
  await using folder = await emptyFolder();
  await mkdir(join(folder.path, ".config/github-copilot"), { recursive: true });
  const path = `${folder.path}/.config/github-copilot/hosts.json`;
  await writeFile(path, '{"github.com":{"oauth_token":"ghu_host"}}');
  const found = await find(folder, { options: { fromEditor: true } });
  assertEquals(JSON.parse(found), {
    value: "ghu_host",
    source: path,
    domain: "github.com",
  });
});

const testOnDeno = runtime === "Deno" ? test : register.skip;

testOnDeno("findCredential() needs only the variable that is set", async () => {
  await using folder = await emptyFolder();
  const found = await find(folder, {
    permissions: ["--allow-env=GITHUB_TOKEN"],
    env: { GITHUB_TOKEN: "ghu_a" },
  });
  assertEquals(JSON.parse(found).source, "GITHUB_TOKEN");
});

testOnDeno(
  "findCredential() names Deno's flags, and runs nothing without them",
  async () => {
    await using folder = await folderWithGH("echo gho_cli");
    // Without any flag, Deno's `spawn` would add --allow-all.
    const denied = await find(folder, { permissions: ["--allow-env=HOME"] });
    assert(denied.includes("--allow-env=COPILOT_GITHUB_TOKEN"), denied);
    assert(denied.includes("--allow-run=gh"), denied);
    const withoutRun = await find(folder, { permissions: ["-E"] });
    assert(withoutRun.includes("--allow-run=gh"), withoutRun);
  },
);
