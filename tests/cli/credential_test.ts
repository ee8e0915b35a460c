import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { test } from "node:test";
import { createFakeCopilot } from "../../testing/mod.ts";
import {
  type FakeIOOptions,
  requestsTo,
  startMain,
} from "../helpers/fake_io.ts";

/** The environment, and the credential that GitHub receives. */
const ORDER: [env: Record<string, string>, credential: string][] = [
  [
    { COPILOT_GITHUB_TOKEN: "ghu_a", GH_TOKEN: "b", GITHUB_TOKEN: "c" },
    "ghu_a",
  ],
  [{ COPILOT_GITHUB_TOKEN: "", GH_TOKEN: "ghu_b", GITHUB_TOKEN: "c" }, "ghu_b"],
  [{ COPILOT_GITHUB_TOKEN: "", GH_TOKEN: "", GITHUB_TOKEN: "ghu_c" }, "ghu_c"],
  [
    { COPILOT_GITHUB_TOKEN: " ", GH_TOKEN: "\t", GITHUB_TOKEN: " ghu_c\n" },
    "ghu_c",
  ],
];

for (const [env, credential] of ORDER) {
  test(`copilot-fetch takes the credential from the first variable that is not blank: ${JSON.stringify(env)}`, async () => {
    await using program = startMain(["Hello"], { env });
    assertEquals((await program.ended).code, 0);
    const [{ headers }] = program.fake.exchanges;
    assertEquals(headers.get("authorization"), `Bearer ${credential}`);
  });
}

/** A GitHub CLI that prints a text, and exits with a code. */
function createGitHubCLI(stdout: string, code = 0) {
  const calls: string[] = [];
  return {
    calls,
    run(command: string, args: string[]) {
      calls.push([command, ...args].join(" "));
      return Promise.resolve({ code, stdout });
    },
  };
}

test("copilot-fetch takes the output of gh auth token if no variable is set", async () => {
  const { calls, run } = createGitHubCLI("gho_gh\n");
  await using program = startMain(["Hello"], { env: {}, run });
  assertEquals((await program.ended).code, 0);
  const [{ headers }] = program.fake.exchanges;
  assertEquals(headers.get("authorization"), "Bearer gho_gh");
  assertEquals(calls, ["gh auth token --hostname github.com"]);
});

test("copilot-fetch --domain asks gh for the tenant's credential", async () => {
  const { calls, run } = createGitHubCLI("gho_gh");
  const domain = "acme.ghe.com";
  const fake = createFakeCopilot({ domain });
  const args = ["--domain", domain, "Hello"];
  await using program = startMain(args, { env: {}, run, fake });
  assertEquals((await program.ended).code, 0);
  assertEquals(calls, ["gh auth token --hostname acme.ghe.com"]);
});

test("copilot-fetch sends the exchange to the host in GH_HOST", async () => {
  const env = { GH_HOST: "acme.ghe.com", GH_TOKEN: "ghu_a" };
  const fake = createFakeCopilot({ domain: "acme.ghe.com" });
  await using program = startMain(["Hello"], { env, fake });
  assertEquals((await program.ended).code, 0);
  assertEquals(new URL(fake.exchanges[0].url).host, "api.acme.ghe.com");
});

test("copilot-fetch does not run gh if a variable is set", async () => {
  const { calls, run } = createGitHubCLI("gho_gh");
  const env = { GITHUB_TOKEN: "ghu_c" };
  await using program = startMain(["Hello"], { env, run });
  await program.ended;
  assertEquals(calls, []);
});

/** Why there may be no credential. */
const WITHOUT: Record<string, FakeIOOptions> = {
  "gh is not installed": {},
  "gh has no sign-in": { run: createGitHubCLI("", 1).run },
  "the variables are another host's": {
    env: { GH_HOST: "git.example.com", GH_TOKEN: "a", GITHUB_TOKEN: "b" },
  },
  "Deno permits nothing": { isPermitted: () => Promise.resolve(false) },
};

for (const [why, options] of Object.entries(WITHOUT)) {
  for (const args of [["Hello"], ["--domain", "acme.ghe.com", "Hello"]]) {
    test(`copilot-fetch ${args.join(" ")} exits with 2 and explains in one screen how to get a credential: ${why}`, async () => {
      await using program = startMain(args, { env: {}, ...options });
      const { code, stdout, stderr } = await program.ended;
      assertEquals([code, stdout, requestsTo(program.fake)], [2, "", []]);
      const domain = args.length > 1 ? args[1] : "github.com";
      for (
        const part of [
          ...["COPILOT_GITHUB_TOKEN", "GH_TOKEN", "GITHUB_TOKEN"],
          `gh auth token --hostname ${domain}`,
          `gh auth login --hostname ${domain}`,
          "--from-editor",
          `https://${domain}/settings/personal-access-tokens/new`,
          ...["Resource owner: your own account", '"Copilot Requests"'],
          ...["policy", "copilot-requests: write", "--demo"],
        ]
      ) assertStringIncludes(stderr, part);
      const lines = stderr.trimEnd().split("\n");
      assert(lines.length <= 24, stderr);
      for (const line of lines) assert(line.length <= 80, line);
      assertMatch(lines[0], /^copilot-fetch: ./);
    });
  }
}

test("copilot-fetch reads no variable that Deno does not permit", async () => {
  const env = { COPILOT_GITHUB_TOKEN: "ghu_a" };
  const read: string[] = [];
  const watched = new Proxy<Record<string, string>>(env, {
    get(target, name: string) {
      read.push(name);
      return target[name];
    },
  });
  await using program = startMain(["Hello"], {
    env: watched,
    isPermitted: (permission) =>
      Promise.resolve(
        permission.name === "env" &&
          permission.variable === "COPILOT_GITHUB_TOKEN",
      ),
  });
  assertEquals((await program.ended).code, 0);
  assertEquals([...new Set(read)], ["COPILOT_GITHUB_TOKEN"]);
});

test("copilot-fetch does not print a credential that cannot be sent", async () => {
  const env = { COPILOT_GITHUB_TOKEN: "ghu_sécret\u{1f600}" };
  await using program = startMain(["-v", "Hello"], { env });
  const { code, stdout, stderr } = await program.ended;
  assertEquals([code, stdout, stderr.includes("cret")], [1, "", false]);
  assertStringIncludes(stderr, "COPILOT_GITHUB_TOKEN");
  assertEquals(requestsTo(program.fake), []);
});

const EDITOR_FOLDER = "/home/me/.config/github-copilot";

/** What an editor writes about a sign-in. */
function editorFile(credential: string, domain = "github.com"): string {
  return JSON.stringify({ [`${domain}:Iv1.1`]: { oauth_token: credential } });
}

test("copilot-fetch --from-editor takes the credential of an editor, and no variable's", async () => {
  const env = { HOME: "/home/me", COPILOT_GITHUB_TOKEN: "ghu_variable" };
  const files = { [`${EDITOR_FOLDER}/apps.json`]: editorFile("ghu_editor") };
  await using program = startMain(["--from-editor", "Hello"], { env, files });
  assertEquals((await program.ended).code, 0);
  const [{ headers }] = program.fake.exchanges;
  assertEquals(headers.get("authorization"), "Bearer ghu_editor");
});

test("copilot-fetch reads no file of an editor without --from-editor", async () => {
  const files = { [`${EDITOR_FOLDER}/apps.json`]: editorFile("ghu_editor") };
  const env = { HOME: "/home/me" };
  await using program = startMain(["Hello"], { env, files });
  assertEquals((await program.ended).code, 2);
});

test("copilot-fetch --from-editor --domain takes the tenant's credential to the tenant's host", async () => {
  const domain = "acme.ghe.com";
  const args = ["--from-editor", "--domain", domain, "Hello"];
  const file = editorFile("ghu_editor", domain);
  await using program = startMain(args, {
    env: { HOME: "/home/me" },
    files: { [`${EDITOR_FOLDER}/hosts.json`]: file },
    fake: createFakeCopilot({ domain }),
  });
  assertEquals((await program.ended).code, 0);
  const [{ url }] = program.fake.exchanges;
  assertEquals(new URL(url).host, "api.acme.ghe.com");
});

test("copilot-fetch --from-editor names the files, not the variables, if there is no credential", async () => {
  const env = { HOME: "/home/me", COPILOT_GITHUB_TOKEN: "ghu_variable" };
  await using program = startMain(["--from-editor", "Hello"], { env });
  const { code, stderr } = await program.ended;
  assertEquals([code, requestsTo(program.fake)], [2, []]);
  assertStringIncludes(stderr, `${EDITOR_FOLDER}/apps.json`);
  assertStringIncludes(stderr, `${EDITOR_FOLDER}/hosts.json`);
});
