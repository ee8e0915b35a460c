import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { openTokenFolder } from "../../cli/token_file.ts";
import { testOnPOSIX } from "../helpers/copilot_command.ts";
import { rejection } from "../helpers/stubs.ts";
import { createFolder } from "../helpers/temporary_folder.ts";

const DAY_SECONDS = 24 * 60 * 60;

function modeOf(path: string): string {
  return (lstatSync(path).mode & 0o777).toString(8);
}

/** Sets the time at which a file was written. */
function age(path: string, seconds: number): void {
  const then = Date.now() / 1000 - seconds;
  utimesSync(path, then, then);
}

test("openTokenFolder() stores, replaces and deletes a text", async () => {
  using folder = createFolder();
  const store = openTokenFolder(join(folder.path, "a", "b"));
  assertEquals(await store.get("key"), undefined);
  await store.delete("key");
  await store.set("key", "one", 1000);
  await store.set("key", "two", 1000);
  assertEquals(await store.get("key"), "two");
  await store.delete("key");
  assertEquals(await store.get("key"), undefined);
  assertEquals(readdirSync(join(folder.path, "a", "b")), []);
});

test("openTokenFolder() keeps a key within the folder", async () => {
  using folder = createFolder();
  const store = openTokenFolder(join(folder.path, "tokens"));
  await store.set("../../copilot-fetch:a_b-c/d", "text", 1000);
  const [name, ...more] = readdirSync(join(folder.path, "tokens"));
  assertMatch(name, /^[\w-]+$/);
  assertEquals(more, []);
});

for (const umask of [0o000, 0o022, 0o077, 0o777]) {
  testOnPOSIX(
    `openTokenFolder() writes files for the user alone under umask ${
      umask.toString(8)
    }`,
    async () => {
      using folder = createFolder();
      const path = join(folder.path, "tokens");
      const store = openTokenFolder(path);
      const before = process.umask(umask);
      try {
        await store.set("key", "text", 1000);
        await store.lock?.("lock", 1000);
        assertEquals(await store.get("key"), "text");
      } finally {
        process.umask(before);
      }
      assertEquals(modeOf(path), "700");
      assertEquals(modeOf(join(path, "key")), "600");
      assertEquals(modeOf(join(path, "lock")), "600");
    },
  );
}

testOnPOSIX(
  "openTokenFolder() neither reads nor writes through a symbolic link",
  async () => {
    using folder = createFolder();
    const path = join(folder.path, "tokens");
    mkdirSync(path);
    const target = folder.write("target", "of another program");
    symlinkSync(target, join(path, "key"));
    symlinkSync(join(folder.path, "missing"), join(path, "lock"));
    const store = openTokenFolder(path);
    assertEquals(await store.get("key"), undefined);
    await store.set("key", "text", 1000);
    assertEquals(readFileSync(target, "utf8"), "of another program");
    assert(!lstatSync(join(path, "key")).isSymbolicLink());
    assertEquals(await store.get("key"), "text");
    assertEquals(await store.lock?.("lock", 1000), false);
    assert(!existsSync(join(folder.path, "missing")));
  },
);

testOnPOSIX(
  "openTokenFolder() refuses a folder that is a symbolic link, or a file",
  async () => {
    using folder = createFolder();
    mkdirSync(join(folder.path, "other"));
    symlinkSync(join(folder.path, "other"), join(folder.path, "link"));
    folder.write("file", "");
    for (const name of ["link", "file"]) {
      const store = openTokenFolder(join(folder.path, name));
      await rejection(async () => await store.set("key", "text", 1000));
      await rejection(async () => await store.lock?.("lock", 1000));
    }
    assertEquals(readdirSync(join(folder.path, "other")), []);
  },
);

test("openTokenFolder() ignores a folder and a large file in the place of a file", async () => {
  using folder = createFolder();
  const store = openTokenFolder(folder.path);
  mkdirSync(join(folder.path, "folder"));
  folder.write("large", "a".repeat(64 * 1024 + 1));
  assertEquals(await store.get("folder"), undefined);
  assertEquals(await store.get("large"), undefined);
});

test("openTokenFolder() returns whole texts while many runs write", async () => {
  using folder = createFolder();
  const texts = ["a", "b", "c", "d"].map((text) => text.repeat(10_000));
  await openTokenFolder(folder.path).set("key", texts[0], 1000);
  await Promise.all(texts.flatMap((text) => {
    const store = openTokenFolder(folder.path);
    return Array.from({ length: 10 }, async () => {
      await store.set("key", text, 1000);
      const found = await store.get("key");
      // A file that is replaced while it is opened counts as none.
      assert(found === undefined || texts.includes(`${found}`));
    });
  }));
  assertEquals(readdirSync(folder.path), ["key"]);
});

test("openTokenFolder() leaves the old text when it cannot write", async () => {
  using folder = createFolder();
  mkdirSync(join(folder.path, "key"));
  writeFileSync(join(folder.path, "key", "in the way"), "");
  const store = openTokenFolder(folder.path);
  await rejection(async () => await store.set("key", "text", 1000));
  assertEquals(readdirSync(folder.path), ["key"]);
});

test("openTokenFolder() removes what was not written for a day, and what a killed run has left", async () => {
  using folder = createFolder();
  for (const name of ["old", "key.1234", "recent"]) {
    age(folder.write(name, "text"), 2 * DAY_SECONDS);
  }
  age(join(folder.path, "recent"), DAY_SECONDS / 2);
  mkdirSync(join(folder.path, "subfolder"));
  age(join(folder.path, "subfolder"), 2 * DAY_SECONDS);
  const store = openTokenFolder(folder.path);
  await store.set("key", "text", 1000);
  assertEquals(readdirSync(folder.path).sort(), ["key", "recent", "subfolder"]);
});

test("openTokenFolder() gives one lock at a time, until it ends or is deleted", async () => {
  using folder = createFolder();
  const stores = [1, 2, 3].map(() => openTokenFolder(folder.path));
  const take = () =>
    Promise.all(stores.map((store) => store.lock?.("lock", 5000)));
  const count = async () => (await take()).filter(Boolean).length;
  assertEquals([await count(), await count()], [1, 0]);
  await stores[0].delete("lock");
  assertEquals([await count(), await count()], [1, 0]);
  age(join(folder.path, "lock"), 6);
  assertEquals(await stores[0].lock?.("lock", 5000), true);
  assertEquals(await count(), 0);
});

testOnPOSIX(
  "openTokenFolder() rejects where the folder cannot be written",
  async () => {
    if (process.getuid?.() === 0) return; // root can
    using folder = createFolder();
    chmodSync(folder.path, 0o500);
    const store = openTokenFolder(folder.path);
    await rejection(async () => await store.set("key", "text", 1000));
  },
);
