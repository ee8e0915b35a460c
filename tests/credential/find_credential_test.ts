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
  type Platform,
  printing,
  reasonOf,
  TENANT,
} from "../helpers/credential_io.ts";
import { simulateTime } from "../helpers/simulated_time.ts";
import { deferred, rejection, rejectionOf } from "../helpers/stubs.ts";

const GH_ON_GITHUB = "gh auth token --hostname github.com";

const order: [env: Record<string, string>, source: string, value: string][] = [
  [ALL_VARIABLES, "COPILOT_GITHUB_TOKEN", "ghu_copilot"],
  [{ ...ALL_VARIABLES, COPILOT_GITHUB_TOKEN: "" }, "GH_TOKEN", "ghu_gh"],
  [{ GH_TOKEN: " \t", GITHUB_TOKEN: "ghu_c\n" }, "GITHUB_TOKEN", "ghu_c"],
  [{}, GH_ON_GITHUB, "gho_cli"],
];

for (const [env, source, value] of order) {
  test(`findCredential() takes ${source} from ${JSON.stringify(env)}`, async () => {
    const found = await find({ env, gh: printing("gho_cli\n") });
    assertEquals(found, { value, source, domain: "github.com" });
  });
}

test("findCredential() runs gh only if no variable has a credential", async () => {
  const { io, commands } = memoryIO({
    env: { GITHUB_TOKEN: "ghu_a" },
    gh: printing("gho_cli"),
  });
  await findCredential({ io });
  assertEquals(commands, []);
});

interface DomainCase {
  env: Record<string, string>;
  domain?: string;
  /** What is found. */
  source: string;
  foundFor: string;
}

const GH_ON_TENANT = `gh auth token --hostname ${TENANT}`;
const ACTIONS = { GITHUB_ACTIONS: "true" };
const SHARED = { GH_TOKEN: "ghu_gh", GITHUB_TOKEN: "ghu_github" };

const domains: Record<string, DomainCase> = {
  "GH_TOKEN is for github.com": {
    env: SHARED,
    domain: "github.com",
    source: "GH_TOKEN",
    foundFor: "github.com",
  },
  "GH_TOKEN is not for another domain": {
    env: SHARED,
    domain: TENANT,
    source: GH_ON_TENANT,
    foundFor: TENANT,
  },
  "COPILOT_GITHUB_TOKEN is for any domain": {
    env: ALL_VARIABLES,
    domain: TENANT,
    source: "COPILOT_GITHUB_TOKEN",
    foundFor: TENANT,
  },
  "GH_TOKEN is for the domain in GH_HOST": {
    env: { ...SHARED, GH_HOST: TENANT },
    domain: TENANT,
    source: "GH_TOKEN",
    foundFor: TENANT,
  },
  "GH_HOST is the default domain": {
    env: { ...SHARED, GH_HOST: TENANT },
    source: "GH_TOKEN",
    foundFor: TENANT,
  },
  "GH_HOST may be written as a browser shows it": {
    env: { ...SHARED, GH_HOST: "https://ACME.ghe.com/" },
    domain: TENANT,
    source: "GH_TOKEN",
    foundFor: TENANT,
  },
  "with GH_HOST, GH_TOKEN is not for github.com": {
    env: { ...SHARED, GH_HOST: TENANT },
    domain: "github.com",
    source: GH_ON_GITHUB,
    foundFor: "github.com",
  },
  "GH_TOKEN of an Enterprise Server is not for github.com": {
    env: { ...SHARED, GH_HOST: "github.example.com" },
    source: GH_ON_GITHUB,
    foundFor: "github.com",
  },
  "in Actions, GITHUB_TOKEN is for GITHUB_SERVER_URL": {
    env: {
      ...ACTIONS,
      GITHUB_TOKEN: "ghs_job",
      GITHUB_SERVER_URL: `https://${TENANT}`,
    },
    source: "GITHUB_TOKEN",
    foundFor: TENANT,
  },
  "in Actions on github.com, GITHUB_TOKEN is for github.com": {
    env: {
      ...ACTIONS,
      GITHUB_TOKEN: "ghs_job",
      GITHUB_SERVER_URL: "https://github.com",
    },
    source: "GITHUB_TOKEN",
    foundFor: "github.com",
  },
  "in Actions on a tenant, GITHUB_TOKEN is not for github.com": {
    env: {
      ...ACTIONS,
      GITHUB_TOKEN: "ghs_job",
      GITHUB_SERVER_URL: `https://${TENANT}`,
    },
    domain: "github.com",
    source: GH_ON_GITHUB,
    foundFor: "github.com",
  },
  "in Actions, GH_HOST takes precedence over GITHUB_SERVER_URL": {
    env: {
      ...ACTIONS,
      GH_TOKEN: "ghu_gh",
      GH_HOST: TENANT,
      GITHUB_SERVER_URL: "https://github.com",
    },
    source: "GH_TOKEN",
    foundFor: TENANT,
  },
  "outside Actions, GITHUB_SERVER_URL has no effect": {
    env: {
      GITHUB_ACTIONS: "false",
      GITHUB_TOKEN: "ghu_a",
      GITHUB_SERVER_URL: `https://${TENANT}`,
    },
    source: "GITHUB_TOKEN",
    foundFor: "github.com",
  },
};

for (
  const [rule, { env, domain, source, foundFor }] of Object.entries(domains)
) {
  test(`findCredential(): ${rule}`, async () => {
    const found = await find({ env, gh: printing("gho_cli") }, { domain });
    assertEquals([found.source, found.domain], [source, foundFor]);
  });
}

test("findCredential() reports which host a variable is for", async () => {
  const error = await notFound({ env: SHARED }, { domain: TENANT });
  assert(reasonOf("GH_TOKEN", error).includes("github.com"));
  assertEquals(error.domain, TENANT);
});

test("findCredential() rejects a domain that has no Copilot", async () => {
  const error = await rejectionOf(
    TypeError,
    () => find({ env: ALL_VARIABLES }, { domain: "example.com" }),
  );
  assert(error.message.includes("'domain'"), error.message);
});

test("findCredential() hides the variables of another host from gh", async () => {
  const { io, environments } = memoryIO({
    env: { ...SHARED, HOME: "/home/octocat" },
    gh: printing("gho_cli"),
  });
  await findCredential({ domain: TENANT, io });
  assertEquals(environments, [{ HOME: "/home/octocat" }]);
});

const fruitless: Record<string, Platform["gh"]> = {
  "is not installed": undefined,
  "is not signed in": printing("", 1),
  "fails after it has printed": printing("gho_cli", 1),
  "prints nothing": printing("\n"),
  "prints a sentence": printing("Please sign in\n"),
  "is ended by a signal": () => ({ code: null, stdout: "gho_cli" }),
  "may not be executed": () => Promise.reject(new Error("EACCES")),
};

for (const [what, gh] of Object.entries(fruitless)) {
  test(`findCredential() names gh as a source when it ${what}`, async () => {
    const error = await notFound({ gh });
    assertEquals(error.attempts.map(({ source }) => source), [
      "COPILOT_GITHUB_TOKEN",
      "GH_TOKEN",
      "GITHUB_TOKEN",
      GH_ON_GITHUB,
    ]);
    for (const { source, reason } of error.attempts) {
      assert(error.message.includes(`${source} ${reason}`), error.message);
    }
    assert(!error.message.includes("gho_cli"), error.message);
  });
}

test("findCredential() stops a gh that takes longer than 5 seconds", async () => {
  using time = simulateTime();
  let ghSignal: AbortSignal | undefined;
  const search = rejectionOf(CredentialNotFoundError, () =>
    find({
      gh({ signal }) {
        ghSignal = signal;
        return new Promise(() => {});
      },
    }));
  await time.advance(4999);
  assertEquals(ghSignal?.aborted, false);
  await time.advance(1);
  const error = await search;
  assertEquals(ghSignal?.aborted, true);
  assert(reasonOf("gh auth token", error).includes("5 seconds"));
  assert(reasonOf("gh auth token", error).includes("keyring"));
});

test("findCredential() ends gh, and rejects with the reason, when its signal aborts", async () => {
  const controller = new AbortController();
  const started = deferred<AbortSignal>();
  const search = rejection(() =>
    find({
      gh({ signal }) {
        started.resolve(signal);
        return new Promise(() => {});
      },
    }, { signal: controller.signal })
  );
  const ghSignal = await started.promise;
  const reason = new Error("stop");
  controller.abort(reason);
  assertEquals(await search, reason);
  assert(ghSignal.aborted);
});

test("findCredential() reads nothing when its signal has aborted", async () => {
  const reason = new Error("stop");
  const { io, read } = memoryIO({ env: ALL_VARIABLES });
  const signal = AbortSignal.abort(reason);
  assertEquals(await rejection(() => findCredential({ io, signal })), reason);
  assertEquals(read, []);
});

test("findCredential() reads nothing that Deno does not permit, and names the flags", async () => {
  const error = await notFound({
    env: ALL_VARIABLES,
    gh: printing("gho_cli"),
    permits: () => false,
  });
  assertEquals(error.attempts.map(({ reason }) => /--.*/.exec(reason)?.[0]), [
    "--allow-env=COPILOT_GITHUB_TOKEN",
    "--allow-env=GH_TOKEN",
    "--allow-env=GITHUB_TOKEN",
    "--allow-run=gh",
  ]);
});

test("findCredential() needs no permission but for the variable that has it", async () => {
  const found = await find({
    env: ALL_VARIABLES,
    permits: (permission) =>
      permission.name === "env" && permission.variable === "GITHUB_TOKEN",
  });
  assertEquals(found.source, "GITHUB_TOKEN");
});

test("findCredential() does not run gh if Deno does not permit all variables", async () => {
  const { io, commands } = memoryIO({
    gh: printing("gho_cli"),
    permits: (permission) =>
      permission.name !== "env" || permission.variable !== undefined,
  });
  const error = await rejectionOf(
    CredentialNotFoundError,
    () => findCredential({ io }),
  );
  assertEquals(commands, []);
  assert(reasonOf("gh auth token", error).endsWith("--allow-env"));
});
