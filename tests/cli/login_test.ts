import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { test } from "node:test";
import { LOGIN_MESSAGES } from "../../cli/login.ts";
import { simulateTime } from "../helpers/simulated_time.ts";
import { type FakeIOOptions, never, startMain } from "../helpers/fake_io.ts";

/** A command that was run on the terminal. */
interface Run {
  line: string;
  env: Readonly<Record<string, string | undefined>>;
}

/** A GitHub CLI that has no sign-in, and what it was started for. */
function createGitHubCLI(exitCode: number | null = 0) {
  const runs: Run[] = [];
  const options = {
    run: (_: string, args: string[]) =>
      Promise.resolve({ code: args[0] === "--version" ? 0 : 1, stdout: "" }),
    runOnTerminal(
      command: string,
      args: string[],
      { env }: { env: Run["env"] },
    ) {
      runs.push({ line: [command, ...args].join(" "), env });
      return Promise.resolve(exitCode);
    },
  };
  return { runs, options };
}

const KEYBOARD = {
  env: {},
  terminals: ["stdin", "stderr"],
} satisfies FakeIOOptions;
const SIGN_IN = "gh auth login --hostname github.com";

for (const input of ["y\n", "Yes\n", " y \r\n"]) {
  test(`copilot-fetch login runs gh auth login after ${JSON.stringify(input)}`, async () => {
    const { runs, options } = createGitHubCLI();
    const given = { ...KEYBOARD, ...options, input };
    await using program = startMain(["login"], given);
    const { code, stdout, stderr } = await program.ended;
    assertEquals(code, 0);
    assertStringIncludes(stdout, "1. ");
    assertStringIncludes(stderr, LOGIN_MESSAGES.question(SIGN_IN));
    assertEquals(runs.map(({ line }) => line), [SIGN_IN]);
  });
}

for (const input of ["n\n", "\n", "", "yesterday\n"]) {
  test(`copilot-fetch login runs nothing after ${JSON.stringify(input)}`, async () => {
    const { runs, options } = createGitHubCLI();
    const given = { ...KEYBOARD, ...options, input };
    await using program = startMain(["login"], given);
    assertEquals((await program.ended).code, 0);
    assertEquals(runs, []);
  });
}

test("copilot-fetch login reads one line, and leaves the keyboard to gh", async () => {
  const { options } = createGitHubCLI();
  let isReleased = false;
  async function* keyboard() {
    const encoder = new TextEncoder();
    try {
      yield encoder.encode("y");
      yield encoder.encode("\n");
      await never;
    } finally {
      isReleased = true;
    }
  }
  const seen: boolean[] = [];
  await using program = startMain(["login"], {
    ...KEYBOARD,
    ...options,
    input: keyboard(),
    runOnTerminal() {
      seen.push(isReleased);
      return Promise.resolve(0);
    },
  });
  await program.ended;
  assertEquals(seen, [true]);
});

/** Why nothing is asked. */
const SILENT: Record<string, FakeIOOptions> = {
  "stdin is no terminal": { terminals: ["stderr"] },
  "stderr is no terminal": { terminals: ["stdin"] },
  "gh is not installed": {
    run: () => Promise.reject(Object.assign(new Error(), { code: "ENOENT" })),
  },
  "gh does not work": { run: () => Promise.resolve({ code: 1, stdout: "" }) },
  "Deno does not permit to run gh": {
    isPermitted: ({ name }) => Promise.resolve(name !== "run"),
  },
  "Deno does not permit to read all variables": {
    isPermitted: (permission) =>
      Promise.resolve(permission.name !== "env" || "variable" in permission),
  },
};

for (const [why, options] of Object.entries(SILENT)) {
  test(`copilot-fetch login explains the ways and asks nothing if ${why}`, async () => {
    const { runs, options: gh } = createGitHubCLI();
    const given = { ...KEYBOARD, ...gh, input: "y\n", ...options };
    await using program = startMain(["login"], given);
    const { code, stdout, stderr } = await program.ended;
    assertEquals([code, stderr, runs], [0, "", []]);
    assertStringIncludes(stdout, "gh auth login");
  });
}

test("copilot-fetch login fits one screen", async () => {
  await using program = startMain(["login"], { ...KEYBOARD });
  const lines = (await program.ended).stdout.trimEnd().split("\n");
  assert(lines.length <= 24);
  for (const line of lines) assert(line.length <= 80, line);
});

test("copilot-fetch login names the credential that there is already, and does not print it", async () => {
  const env = { GH_TOKEN: "ghu_secretsecret" };
  await using program = startMain(["login"], { env });
  const { stdout } = await program.ended;
  assert(stdout.startsWith(`${LOGIN_MESSAGES.found("in GH_TOKEN")}\n`));
  assert(!stdout.includes("ghu_secretsecret"));
});

test("copilot-fetch login hides the variables from gh, which would refuse to sign in", async () => {
  const { runs, options } = createGitHubCLI();
  const env = { GH_TOKEN: "a", GITHUB_TOKEN: "b", PATH: "/bin" };
  const given = { ...KEYBOARD, ...options, env, input: "y\n" };
  await using program = startMain(["login"], given);
  await program.ended;
  assertEquals(runs.map(({ env }) => env), [{ PATH: "/bin" }]);
});

test("copilot-fetch --domain login signs in at the tenant", async () => {
  const { runs, options } = createGitHubCLI();
  const given = { ...KEYBOARD, ...options, input: "y\n" };
  const args = ["--domain", "acme.ghe.com", "login"];
  await using program = startMain(args, given);
  await program.ended;
  const expected = ["gh auth login --hostname acme.ghe.com"];
  assertEquals(runs.map(({ line }) => line), expected);
});

for (const exitCode of [1, null]) {
  test(`copilot-fetch login exits with 1 if gh ends with ${exitCode}`, async () => {
    const { options } = createGitHubCLI(exitCode);
    const given = { ...KEYBOARD, ...options, input: "y\n" };
    await using program = startMain(["login"], given);
    const { code, stderr } = await program.ended;
    assertEquals(code, 1);
    assertStringIncludes(stderr, LOGIN_MESSAGES.failed(SIGN_IN));
  });
}

test("copilot-fetch login asks nothing if gh does not answer within seconds, and ends gh", async () => {
  using time = simulateTime();
  let isEnded = false;
  const { runs } = createGitHubCLI();
  await using program = startMain(["login"], {
    ...KEYBOARD,
    run: (_, args, { signal }) =>
      args[0] !== "--version"
        ? Promise.resolve({ code: 1, stdout: "" })
        : new Promise(() => {
          signal.addEventListener("abort", () => isEnded = true);
        }),
  });
  const { code, stderr } = await time.until(program.ended);
  assertEquals([code, stderr, isEnded, runs.length], [0, "", true, 0]);
});

test("copilot-fetch login exits with 130 after SIGINT while it waits for the answer", async () => {
  const { options } = createGitHubCLI();
  async function* silence() {
    await never;
    yield new Uint8Array();
  }
  const given = { ...KEYBOARD, ...options, input: silence() };
  await using program = startMain(["login"], given);
  await program.prints(LOGIN_MESSAGES.question(SIGN_IN), "stderr");
  program.kill("SIGINT");
  assertEquals((await program.ended).code, 130);
});
