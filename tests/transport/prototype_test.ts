import { assertEquals } from "@std/assert";
import { test } from "node:test";
import { createCopilotFetch } from "../../mod.ts";
import { apart, stubFetch } from "../helpers/stubs.ts";

const EVIL = "https://evil.com";
const INDIVIDUAL = "api.individual.githubcopilot.com";

/** What a program's own mistake may have added to `Object.prototype`. */
const ADDED: [name: string, value: unknown][] = [
  ["otherBaseURL", EVIL],
  ["endpoints", { api: EVIL }],
  ["api", EVIL],
  ["token", {
    value: "evil",
    baseURL: EVIL,
    auth: "exchange",
    refreshAt: Infinity,
    expiresAt: Infinity,
  }],
  ["task", {
    isJoinable: true,
    wait: () => Promise.resolve({ value: "evil", baseURL: EVIL }),
  }],
  ["failure", { at: Date.now(), code: "network", hint: "", summary: "" }],
];

/** Sends one request while `Object.prototype` has one member more. */
async function hostsOf(
  credential: string,
  [name, value]: [string, unknown],
): Promise<string[]> {
  // GitHub names no host, so that nothing hides an inherited one.
  const endpoints = name === "endpoints" ? undefined : {};
  const { fetch, exchanges, requests } = stubFetch(
    () => Response.json({ token: "tid=1", refresh_in: 1500, endpoints }),
    () => new Response("", { status: 421 }),
  );
  const copilot = createCopilotFetch(credential, apart({ fetch }));
  Object.assign(Object.prototype, { [name]: value });
  try {
    await copilot("/x");
  } finally {
    Reflect.deleteProperty(Object.prototype, name);
  }
  return [...exchanges, ...requests].map(({ url }) => new URL(url).host);
}

for (const added of ADDED) {
  const [name] = added;

  test(`createCopilotFetch() takes no ${name} from Object.prototype`, async () => {
    const hosts = await hostsOf("ghu_a", added);
    assertEquals(hosts, ["api.github.com", INDIVIDUAL]);
  });

  test(`createCopilotFetch() sends a direct credential nowhere else, whatever ${name} is in Object.prototype`, async () => {
    const hosts = await hostsOf("ghs_a", added);
    assertEquals(hosts, ["api.githubcopilot.com"]);
  });
}
