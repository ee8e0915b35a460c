/** From an empty home to the first answer, with every kind of credential. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import process from "node:process";
import { HINTS } from "../../cli/hints.ts";
import type { Outcome } from "../helpers/command.ts";
import {
  copilot,
  testOverTLS,
  testOverTLSOnPOSIX,
} from "../helpers/copilot_command.ts";
import { type Network, startNetwork } from "../helpers/network.ts";
import { createFolder } from "../helpers/temporary_folder.ts";

/** What a person has set up, and types. */
interface Home {
  env?: Record<string, string>;
  /** Files below the home, with a mode if they are programs. */
  files?: Record<string, [content: string, mode?: number]>;
  args?: string[];
  /** Deno's flags. */
  permissions?: string[];
}

/** What came of it. */
interface Result extends Outcome {
  /** The requests to GitHub. */
  toGitHub: string[];
  /** The last request to Copilot. */
  chat: string | undefined;
  /** The hosts that received the credential itself. */
  hosts: string[];
}

/** Runs the program in a home that holds nothing else. */
async function runAtHome(credential: string, home: Home): Promise<Result> {
  using folder = createFolder();
  const { env = {}, files = {}, args = [], permissions } = home;
  for (const [name, [content, mode]] of Object.entries(files)) {
    mkdirSync(dirname(`${folder.path}/${name}`), { recursive: true });
    folder.write(name, content, mode);
  }
  await using network = await startNetwork();
  const outcome = await copilot([...args, "Hello"], {
    network,
    permissions,
    env: {
      COPILOT_GITHUB_TOKEN: undefined,
      GH_HOST: undefined,
      GITHUB_ACTIONS: undefined,
      GITHUB_SERVER_URL: undefined,
      XDG_CONFIG_HOME: undefined,
      LOCALAPPDATA: folder.path,
      HOME: folder.path,
      PATH: folder.path,
      ...env,
    },
  });
  const requests = network.received
    .map(({ method, url }) => `${method} ${url}`);
  const isToGitHub = (request: string) => request.includes(GITHUB);
  return {
    ...outcome,
    toGitHub: requests.filter(isToGitHub),
    chat: requests.findLast((request) => !isToGitHub(request)),
    hosts: hostsThatReceived(network, credential),
  };
}

function hostsThatReceived({ received }: Network, secret: string): string[] {
  const hosts = received
    .filter((request) => JSON.stringify(request).includes(secret))
    .map(({ url }) => url.host);
  return [...new Set(hosts)];
}

const GITHUB = "api.github.com";
const EXCHANGE = `GET https://${GITHUB}/copilot_internal/v2/token`;
const USER = `GET https://${GITHUB}/copilot_internal/user`;
const PLAN = "api.individual.githubcopilot.com";
const GENERIC = "api.githubcopilot.com";

function chatAt(host: string): string {
  return `POST https://${host}/chat/completions`;
}

function assertAnswered({ code, stdout, stderr }: Result): void {
  assertEquals([code, stdout, stderr], [0, "You said: Hello\n", ""]);
}

testOverTLSOnPOSIX(
  "copilot-fetch in an empty home answers with the sign-in of gh",
  async () => {
    const script = '#!/bin/sh\n[ "$1 $2" = "auth token" ] && echo gho_home';
    const result = await runAtHome("gho_home", {
      files: { gh: [script, 0o755] },
      permissions: ["-NE", "--allow-run=gh"],
    });
    assertAnswered(result);
    assertEquals(result.toGitHub, [EXCHANGE, USER]);
    assertEquals(result.chat, chatAt(PLAN));
    assertEquals(result.hosts, [GITHUB, PLAN]);
  },
);

testOverTLS(
  "copilot-fetch in an empty home answers with a fine-grained token",
  async () => {
    const env = { COPILOT_GITHUB_TOKEN: "github_pat_home" };
    const result = await runAtHome("github_pat_home", { env });
    assertAnswered(result);
    assertEquals(result.toGitHub, [USER]);
    assertEquals(result.chat, chatAt(PLAN));
    assertEquals(result.hosts, [GITHUB, PLAN]);
  },
);

testOverTLS(
  "copilot-fetch in a job of GitHub Actions answers with the job's token, and does not ask GitHub",
  async () => {
    const result = await runAtHome("ghs_job", {
      env: {
        GITHUB_ACTIONS: "true",
        GITHUB_SERVER_URL: "https://github.com",
        GITHUB_TOKEN: "ghs_job",
      },
    });
    assertAnswered(result);
    assertEquals(result.toGitHub, []);
    assertEquals(result.chat, chatAt(GENERIC));
    assertEquals(result.hosts, [GENERIC]);
  },
);

testOverTLS(
  "copilot-fetch --from-editor in an empty home answers with an editor's sign-in, which Copilot does not receive",
  async () => {
    const content = JSON.stringify({
      "github.com:Iv1.b507a08c87ecfe98": { oauth_token: "ghu_home" },
    });
    const folder = process.platform === "win32" ? "" : ".config/";
    const result = await runAtHome("ghu_home", {
      files: { [`${folder}github-copilot/apps.json`]: [content] },
      args: ["--from-editor"],
      permissions: ["-NER"],
    });
    assertAnswered(result);
    assertEquals(result.toGitHub, [EXCHANGE]);
    assertEquals(result.chat, chatAt(PLAN));
    assertEquals(result.hosts, [GITHUB]);
  },
);

testOverTLS(
  "copilot-fetch in an empty home exits with 1 and names the page for a better token if it is a classic one",
  async () => {
    const env = { GITHUB_TOKEN: "ghp_home" };
    const result = await runAtHome("ghp_home", { env });
    assertEquals([result.code, result.stdout], [1, ""]);
    for (const part of ["GITHUB_TOKEN", HINTS.classicToken("github.com")]) {
      assertStringIncludes(result.stderr, part);
    }
    assertEquals(result.toGitHub, [EXCHANGE]);
    assertEquals(result.chat, undefined);
    assertEquals(result.hosts, [GITHUB]);
  },
);

testOverTLS(
  "copilot-fetch in an empty home exits with 2, and explains in one screen how to get a credential",
  async () => {
    const result = await runAtHome("gh", {});
    assertEquals([result.code, result.stdout], [2, ""]);
    assertEquals([result.toGitHub, result.chat], [[], undefined]);
    const lines = result.stderr.trimEnd().split("\n");
    assert(lines.length <= 24 && lines.length > 10, result.stderr);
    for (const line of lines) assert(line.length <= 80, line);
    assertStringIncludes(result.stderr, "gh auth login");
  },
);
