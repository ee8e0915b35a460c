import { assert, assertEquals } from "@std/assert";
import { test } from "node:test";
import {
  CredentialNotFoundError,
  findCredential,
} from "../../credential/mod.ts";
import {
  ALL_VARIABLES,
  find,
  memoryIO,
  notFound,
  printing,
  reasonOf,
  TENANT,
} from "../helpers/credential_io.ts";
import { rejectionOf } from "../helpers/stubs.ts";

const FOLDER = "/home/octocat/.config/github-copilot";
const APPS = `${FOLDER}/apps.json`;
const HOSTS = `${FOLDER}/hosts.json`;
const HOME = { HOME: "/home/octocat" };
const entry = (oauth_token: unknown) => ({ user: "octocat", oauth_token });
const files = {
  [APPS]: JSON.stringify({ "github.com:Iv1.1": entry("ghu_app") }),
  [HOSTS]: JSON.stringify({ "github.com": entry("ghu_host") }),
};

test("findCredential() does not read an editor's files unless it is asked to", async () => {
  const { io, read } = memoryIO({ env: HOME, files });
  await rejectionOf(CredentialNotFoundError, () => findCredential({ io }));
  assertEquals(read.filter((name) => name.includes("/")), []);
});

test("findCredential({ fromEditor }) reads only the editor's files", async () => {
  const { io, read, commands } = memoryIO({
    env: { ...HOME, ...ALL_VARIABLES },
    files,
    gh: printing("gho_cli"),
  });
  const found = await findCredential({ io, fromEditor: true });
  assertEquals(found, {
    value: "ghu_app",
    source: APPS,
    domain: "github.com",
  });
  assertEquals(commands, []);
  assert(!read.includes("COPILOT_GITHUB_TOKEN"));
});

const uselessApps = [
  "",
  "not JSON",
  "[]",
  "null",
  JSON.stringify({ "github.com:Iv1.1": null }),
  JSON.stringify({ "github.com:Iv1.1": entry(1) }),
  JSON.stringify({ "github.com:Iv1.1": entry(" ") }),
  JSON.stringify({ "acme.ghe.com:Iv1.1": entry("ghu_tenant") }),
  JSON.stringify({ "github.com.evil.com:Iv1.1": entry("ghu_evil") }),
];

for (const apps of uselessApps) {
  test(`findCredential({ fromEditor }) reads hosts.json where apps.json is ${apps || "empty"}`, async () => {
    const found = await find(
      { env: HOME, files: { ...files, [APPS]: apps } },
      { fromEditor: true },
    );
    assertEquals([found.source, found.value], [HOSTS, "ghu_host"]);
  });
}

test("findCredential({ fromEditor }) takes the entry of the domain", async () => {
  const apps = JSON.stringify({
    "github.com:Iv1.1": entry("ghu_app"),
    [`${TENANT}:Iv1.1`]: entry("ghu_tenant"),
  });
  const found = await find(
    { env: HOME, files: { [APPS]: apps } },
    { fromEditor: true, domain: TENANT },
  );
  assertEquals([found.value, found.domain], ["ghu_tenant", TENANT]);
});

test("findCredential({ fromEditor }) prefers a ghu_ credential", async () => {
  const apps = JSON.stringify({
    "github.com:Ov1": entry("gho_first"),
    "github.com:Iv1": entry("ghu_second"),
  });
  const found = await find(
    { env: HOME, files: { [APPS]: apps } },
    { fromEditor: true },
  );
  assertEquals(found.value, "ghu_second");
});

const folders: [platform: string, env: Record<string, string>, path: string][] =
  [
    ["linux", { HOME: "/home/a" }, "/home/a/.config"],
    ["darwin", { HOME: "/Users/a" }, "/Users/a/.config"],
    ["linux", { HOME: "/home/a", XDG_CONFIG_HOME: "/cfg" }, "/cfg"],
    ["win32", { HOME: "/home/a", LOCALAPPDATA: "C:/Local" }, "C:/Local"],
  ];

for (const [platform, env, folder] of folders) {
  test(`findCredential({ fromEditor }) looks in ${folder} on ${platform}`, async () => {
    const path = `${folder}/github-copilot/hosts.json`;
    const found = await find(
      { platform, env, files: { [path]: files[HOSTS] } },
      { fromEditor: true },
    );
    assertEquals(found.source, path);
  });
}

test("findCredential({ fromEditor }) accepts files as bytes", async () => {
  const { io } = memoryIO({ env: HOME });
  const readFile = () =>
    Promise.resolve(new TextEncoder().encode(files[HOSTS]));
  const found = await findCredential({
    fromEditor: true,
    io: { ...io, readFile },
  });
  assertEquals(found.value, "ghu_host");
});

test("findCredential({ fromEditor }) names the files that have no sign-in", async () => {
  const error = await notFound({ env: HOME }, { fromEditor: true });
  assertEquals(error.attempts.map(({ source }) => source), [APPS, HOSTS]);
});

test("findCredential({ fromEditor }) names the variable that it needs", async () => {
  const error = await notFound({}, { fromEditor: true });
  assertEquals(error.attempts.map(({ source }) => source), ["HOME"]);
});

test("findCredential({ fromEditor }) names the flags for its files", async () => {
  const noFiles = await notFound(
    { env: HOME, files, permits: ({ name }) => name === "env" },
    { fromEditor: true },
  );
  assertEquals(noFiles.attempts.map(({ reason }) => /--.*/.exec(reason)?.[0]), [
    `--allow-read=${APPS}`,
    `--allow-read=${HOSTS}`,
  ]);
  const noVariables = await notFound(
    { env: HOME, files, permits: ({ name }) => name === "read" },
    { fromEditor: true },
  );
  assert(reasonOf("HOME", noVariables).includes("--allow-env=HOME"));
});
