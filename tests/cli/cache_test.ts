import { assert, assertEquals } from "@std/assert";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openTokenFolder } from "../../cli/token_file.ts";
import { createFakeCopilot } from "../../testing/mod.ts";
import {
  SECRET,
  startCopilot,
  testOverTLSOnPOSIX,
} from "../helpers/copilot_command.ts";
import { encodingsOf } from "../helpers/encodings.ts";
import { type FakeIOOptions, runMain } from "../helpers/fake_io.ts";
import { startNetwork } from "../helpers/network.ts";
import { deferred } from "../helpers/stubs.ts";
import {
  createFolder,
  type TemporaryFolder,
} from "../helpers/temporary_folder.ts";

/** Surroundings with a cache folder. */
function withFolder(
  { path }: TemporaryFolder,
  env: Record<string, string> = {},
): FakeIOOptions & { fake: ReturnType<typeof createFakeCopilot> } {
  return {
    fake: createFakeCopilot(),
    env: { COPILOT_GITHUB_TOKEN: SECRET, XDG_CACHE_HOME: path, ...env },
    openTokenFolder: (path) => Promise.resolve(openTokenFolder(path)),
  };
}

test("copilot-fetch --cache makes one exchange in a hundred runs", async () => {
  using folder = createFolder();
  const options = withFolder(folder);
  for (let run = 0; run < 100; run++) {
    const { code, stdout, stderr } = await runMain(
      ["--cache", "Hello"],
      options,
    );
    assertEquals([code, stdout, stderr], [0, "You said: Hello\n", ""]);
  }
  assertEquals(options.fake.exchanges.length, 1);
});

test("copilot-fetch --cache makes one exchange for ten runs at once", async () => {
  using folder = createFolder();
  const options = withFolder(folder);
  const outcomes = await Promise.all(
    Array.from({ length: 10 }, () => runMain(["--cache", "Hello"], options)),
  );
  for (const { code, stderr } of outcomes) {
    assertEquals([code, stderr], [0, ""]);
  }
  assertEquals(options.fake.exchanges.length, 1);
});

test("copilot-fetch keeps no token in a file by default", async () => {
  using folder = createFolder();
  for (const COPILOT_CACHE of ["", "0"]) {
    const options = withFolder(folder, { COPILOT_CACHE });
    for (let run = 0; run < 2; run++) await runMain(["Hello"], options);
    assertEquals(options.fake.exchanges.length, 2);
  }
  assertEquals(readdirSync(folder.path), []);
});

for (const args of [["Hello"], ["--models"]]) {
  test(`copilot-fetch ${args[0]} uses the cache with COPILOT_CACHE=1`, async () => {
    using folder = createFolder();
    const options = withFolder(folder, { COPILOT_CACHE: "1" });
    for (let run = 0; run < 2; run++) await runMain(args, options);
    assertEquals(options.fake.exchanges.length, 1);
  });
}

test("copilot-fetch --cache --demo keeps no token", async () => {
  using folder = createFolder();
  const options = withFolder(folder);
  const { code } = await runMain(["--cache", "--demo", "Hello"], options);
  assertEquals([code, readdirSync(folder.path)], [0, []]);
});

test("copilot-fetch --cache keeps credentials apart, and writes nothing to be read", async () => {
  using folder = createFolder();
  const options = withFolder(folder);
  for (const credential of [SECRET, "ghu_another_one", SECRET]) {
    const env = { ...options.env, COPILOT_GITHUB_TOKEN: credential };
    await runMain(["--cache", "Hello"], { ...options, env });
  }
  assertEquals(options.fake.exchanges.length, 2);
  const path = join(folder.path, "copilot-fetch");
  const content = readdirSync(path).map((name) =>
    name + readFileSync(join(path, name), "latin1")
  ).join("\n");
  const authorization = options.fake.requests[0].headers.get("authorization");
  const token = authorization?.replace("Bearer ", "") ?? "";
  for (const secret of [SECRET, token, "github.com", "githubcopilot.com"]) {
    for (const [encoding, text] of encodingsOf(secret)) {
      assert(!content.includes(text), `${secret} as ${encoding}`);
    }
  }
});

test("copilot-fetch --cache replaces a token that Copilot refuses", async () => {
  using folder = createFolder();
  const options = withFolder(folder);
  await runMain(["--cache", "Hello"], options);
  options.fake.revokeTokens();
  for (let run = 0; run < 2; run++) {
    const { code, stdout } = await runMain(["--cache", "Hello"], options);
    assertEquals([code, stdout], [0, "You said: Hello\n"]);
  }
  assertEquals(options.fake.exchanges.length, 2);
});

const FOLDERS: [platform: string, env: Record<string, string>, path: string][] =
  [
    ["linux", { HOME: "/home/a" }, "/home/a/.cache/copilot-fetch"],
    ["darwin", { HOME: "/Users/a" }, "/Users/a/Library/Caches/copilot-fetch"],
    ["win32", { LOCALAPPDATA: "C:\\a" }, "C:\\a/copilot-fetch"],
    ["linux", { XDG_CACHE_HOME: "/c", HOME: "/h" }, "/c/copilot-fetch"],
    ["linux", { XDG_CACHE_HOME: "c", HOME: "/h" }, "/h/.cache/copilot-fetch"],
  ];

for (const [platform, variables, path] of FOLDERS) {
  test(`copilot-fetch --cache uses ${path} on ${platform} with ${Object.keys(variables)}`, async () => {
    const opened: string[] = [];
    const { code } = await runMain(["--cache", "Hello"], {
      platform,
      env: { COPILOT_GITHUB_TOKEN: SECRET, ...variables },
      openTokenFolder(path) {
        opened.push(path);
        return Promise.resolve(new Map<string, string>());
      },
    });
    assertEquals([code, opened], [0, [path]]);
  });
}

const UNUSABLE: Record<string, FakeIOOptions> = {
  "there is no home": { env: { COPILOT_GITHUB_TOKEN: SECRET } },
  "Deno permits no reading": {
    isPermitted: ({ name }) => Promise.resolve(name !== "read"),
  },
  "Deno permits no writing": {
    isPermitted: ({ name }) => Promise.resolve(name !== "write"),
  },
  "the disk is full": {
    openTokenFolder: () =>
      Promise.resolve({
        get: () => undefined,
        set: () => Promise.reject(new Error("ENOSPC")),
        delete: () => undefined,
      }),
  },
};

for (const [what, options] of Object.entries(UNUSABLE)) {
  test(`copilot-fetch --cache answers, and reports in a line why there is no cache, where ${what}`, async () => {
    using folder = createFolder();
    const { code, stdout, stderr } = await runMain(["--cache", "Hello"], {
      ...withFolder(folder),
      ...options,
    });
    assertEquals([code, stdout], [0, "You said: Hello\n"]);
    assertEquals(stderr.split("\n").length, 2);
    assert(!stderr.includes(SECRET));
  });
}

testOverTLSOnPOSIX(
  "copilot-fetch --cache as a process reads the token of a run that has ended, and outlives one that was killed",
  async () => {
    using folder = createFolder();
    const asked = deferred();
    const never = new Promise<void>(() => {});
    let isFirst = true;
    await using network = await startNetwork({
      pause(sent) {
        if (!isFirst || !sent.includes("refresh_in")) return undefined;
        isFirst = false;
        asked.resolve();
        return never;
      },
    });
    const start = () =>
      startCopilot(["--cache", "Hello"], {
        network,
        input: "",
        permissions: ["-NERW"],
        env: { XDG_CACHE_HOME: folder.path },
      });
    await using killed = start();
    await asked.promise;
    killed.kill("SIGKILL");
    await killed.ended;
    const path = join(folder.path, "copilot-fetch");
    assert(existsSync(path)); // with the lock of the first
    for (let run = 0; run < 2; run++) {
      await using child = start();
      const { code, stdout, stderr } = await child.ended;
      assertEquals([code, stdout, stderr], [0, "You said: Hello\n", ""]);
    }
    assertEquals(network.fake.exchanges.length, 2);
  },
);
