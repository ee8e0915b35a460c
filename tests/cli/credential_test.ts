import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { startNetwork } from "../helpers/network.ts";
import {
  asked,
  copilot,
  createFolder,
  linesOf,
  testOnPOSIX,
  testOverTLS as test,
  testOverTLSOnPOSIX,
} from "../helpers/copilot_command.ts";
import { runtime } from "../helpers/command.ts";

/** What is set, and which of it goes to GitHub. */
const ORDER: [env: Record<string, string>, credential: string][] = [
  [
    { COPILOT_GITHUB_TOKEN: "ghu_a", GH_TOKEN: "b", GITHUB_TOKEN: "c" },
    "ghu_a",
  ],
  [{ COPILOT_GITHUB_TOKEN: "", GH_TOKEN: "ghu_b", GITHUB_TOKEN: "c" }, "ghu_b"],
  [{ COPILOT_GITHUB_TOKEN: "", GH_TOKEN: "", GITHUB_TOKEN: "ghu_c" }, "ghu_c"],
  [
    { COPILOT_GITHUB_TOKEN: " ", GH_TOKEN: "\t", GITHUB_TOKEN: "ghu_c" },
    "ghu_c",
  ],
];

test("The first variable that is not empty holds the credential", async () => {
  await using network = await startNetwork();
  for (const [env, credential] of ORDER) {
    network.received.length = 0;
    const { code } = await copilot(["Hello"], { network, env });
    assertEquals(code, 0);
    const [{ headers }] = network.received;
    assertEquals(headers.authorization, `Bearer ${credential}`);
  }
});

/** A folder with a `gh` that says this, and writes down what it is asked. */
function createGitHubCLI(script: string) {
  const folder = createFolder();
  const notes = join(folder.path, "asked");
  folder.write("gh", `#!/bin/sh\necho "$@" >> "${notes}"\n${script}\n`, 0o755);
  return {
    env: {
      COPILOT_GITHUB_TOKEN: "",
      PATH: `${folder.path}:${process.env.PATH}`,
    },
    asked: () => readFile(notes, "utf8").catch(() => ""),
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}

const permissions = ["-NE", "--allow-run=gh"];

testOverTLSOnPOSIX(
  "Where none is set, it is what `gh auth token` says",
  async () => {
    await using network = await startNetwork();
    using gh = createGitHubCLI("echo gho_gh");
    const { code, stderr } = await copilot(["Hello"], {
      network,
      permissions,
      env: gh.env,
    });
    assertEquals([code, stderr], [0, ""]);
    assertEquals(network.received[0].headers.authorization, "Bearer gho_gh");
    assertEquals(await gh.asked(), "auth token\n");
  },
);

testOverTLSOnPOSIX(
  "`gh` is asked for the tenant's credential where there is a tenant",
  async () => {
    await using network = await startNetwork();
    using gh = createGitHubCLI("echo gho_gh");
    await copilot(["--domain", "acme.ghe.com", "Hello"], {
      network,
      permissions,
      env: gh.env,
    });
    assertEquals(await gh.asked(), "auth token --hostname acme.ghe.com\n");
    assertEquals([...new Set(network.connects)], ["api.acme.ghe.com:443"]);
  },
);

testOverTLSOnPOSIX("`gh` is not asked where a credential is set", async () => {
  await using network = await startNetwork();
  using gh = createGitHubCLI("echo gho_gh");
  const env = { ...gh.env, GITHUB_TOKEN: "ghu_c" };
  await copilot(["Hello"], { network, permissions, env });
  assertEquals(await gh.asked(), "");
});

for (const script of ["echo no login >&2; exit 1", "echo"]) {
  testOnPOSIX(
    `A \`gh\` that knows none is no failure of its own: ${script}`,
    async () => {
      using gh = createGitHubCLI(script);
      const { code, stdout, stderr } = await copilot(["Hello"], {
        permissions,
        env: gh.env,
      });
      assertEquals([code, stdout, linesOf(stderr).length], [2, "", 1]);
      assertStringIncludes(stderr, "set COPILOT_GITHUB_TOKEN");
      assertEquals(await gh.asked(), "auth token\n");
    },
  );
}

testOnPOSIX(
  "Without any credential or `gh` there is a line on what to set",
  async () => {
    using folder = createFolder();
    const { code, stdout, stderr } = await copilot(["Hello"], {
      permissions: ["-NE", "--allow-run"],
      env: { PATH: folder.path },
    });
    assertEquals([code, stdout, linesOf(stderr).length], [2, "", 1]);
    assertStringIncludes(stderr, "set COPILOT_GITHUB_TOKEN");
  },
);

testOnPOSIX("Ctrl-C while `gh` is waited for ends it with 130", async () => {
  using gh = createGitHubCLI("kill -INT $PPID; exec sleep 60");
  const given = { permissions, env: gh.env };
  assertEquals(await copilot(["Hello"], given), {
    code: 130,
    stdout: "",
    stderr: "",
  });
});

if (runtime === "Deno") {
  testOnPOSIX(
    "Without --allow-run `gh` is left alone, and nothing fails",
    async () => {
      using gh = createGitHubCLI("echo gho_gh");
      const { code, stderr } = await copilot(["Hello"], { env: gh.env });
      assertEquals([code, linesOf(stderr).length], [2, 1]);
      assertStringIncludes(stderr, "set COPILOT_GITHUB_TOKEN");
      assertEquals(await gh.asked(), "");
    },
  );

  test("Deno need not allow more than the variables that are looked at", async () => {
    await using network = await startNetwork();
    const { code, stderr } = await copilot(["Hello"], {
      network,
      permissions: ["-N", "-E=COPILOT_GITHUB_TOKEN,COPILOT_MODEL"],
    });
    assertEquals([code, stderr], [0, ""]);
  });
}

test("A credential that cannot be sent is not repeated", async () => {
  await using network = await startNetwork();
  const env = { COPILOT_GITHUB_TOKEN: "ghu_sécret\u{1f600}" };
  const { code, stdout, stderr } = await copilot(["-v", "Hello"], {
    network,
    env,
  });
  assertEquals([code, stdout, linesOf(stderr).length], [1, "", 1]);
  assert(!stderr.includes("cret"), stderr);
  assertEquals(asked(network), []);
});
