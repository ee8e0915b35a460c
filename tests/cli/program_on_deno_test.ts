import { assertEquals, assertStringIncludes } from "@std/assert";
import { test as register } from "node:test";
import { runtime } from "../helpers/command.ts";
import {
  copilot,
  type CopilotOptions,
  SECRET,
  testOverTLS,
} from "../helpers/copilot_command.ts";
import { startNetwork } from "../helpers/network.ts";

const isDeno = runtime === "Deno";
const test = isDeno ? register : register.skip;

for (const flag of ["--help", "--version"]) {
  test(`copilot-fetch as a process prints ${flag} without a permission`, async () => {
    const { code, stderr } = await copilot([flag], { permissions: [] });
    assertEquals([code, stderr], [0, ""]);
  });
}

/** Permissions, arguments, and the flag that the message has to name. */
const DENIED: [permissions: string[], args: string[], flag: string][] = [
  [["-E"], ["Hello"], "--allow-net"],
  [["-N"], ["Hello"], "--allow-env"],
  [["-NE"], ["-i", "a.png", "Hello"], "--allow-read"],
  [["-E"], ["--serve"], "--allow-net"],
];

for (const [permissions, args, flag] of DENIED) {
  test(`copilot-fetch as a process exits with 2 and names ${flag} for ${args.join(" ")} with ${permissions}`, async () => {
    const env = { COPILOT_GITHUB_TOKEN: SECRET };
    const options: CopilotOptions = { env, permissions };
    const { code, stdout, stderr } = await copilot(args, options);
    assertEquals([code, stdout], [2, ""]);
    assertStringIncludes(stderr, "copilot-fetch: ");
    assertStringIncludes(stderr, flag);
  });
}

(isDeno ? testOverTLS : register.skip)(
  "copilot-fetch as a process needs no variable but that of the credential",
  async () => {
    await using network = await startNetwork();
    const { code, stderr } = await copilot(["Hello"], {
      network,
      permissions: ["-N", "-E=COPILOT_GITHUB_TOKEN"],
    });
    assertEquals([code, stderr], [0, ""]);
  },
);
