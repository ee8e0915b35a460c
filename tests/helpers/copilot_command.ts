/** Starts the command line as a person does. */
import process from "node:process";
import { test as register } from "node:test";
import { hasOpenSSL } from "./authority.ts";
import {
  commandFor,
  type Outcome,
  run,
  type Running,
  type RunOptions,
  runtime,
  start,
} from "./command.ts";
import type { Network } from "./network.ts";

/** The credential that is set where there is a network. */
export const SECRET = "ghu_secretsecret";

/** A server with TLS needs openssl. */
export const testOverTLS = hasOpenSSL ? register : register.skip;

/** Windows has neither signals nor shell scripts. */
const isPOSIX = process.platform !== "win32";
export const testOnPOSIX = isPOSIX ? register : register.skip;
export const testOverTLSOnPOSIX = isPOSIX ? testOverTLS : register.skip;

/** The module that a person starts; Node 20 has no `import.meta.main`. */
const PROGRAM = runtime === "Node" ? "cli/bin.ts" : "cli/mod.ts";

/** How the command is run. */
export interface CopilotOptions extends RunOptions {
  /** Where GitHub and Copilot are. With it, a credential is set. */
  network?: Network;
}

/** Variables of the user that would change the outcome. */
const UNSET = [
  ...["COPILOT_GITHUB_TOKEN", "GH_TOKEN", "GITHUB_TOKEN", "COPILOT_MODEL"],
  ...["NO_PROXY", "no_proxy", "http_proxy", "https_proxy", "ALL_PROXY"],
  ...["FORCE_COLOR", "CLICOLOR_FORCE"],
];

function withEnv({ network, ...options }: CopilotOptions): RunOptions {
  return {
    ...options,
    env: {
      ...Object.fromEntries(UNSET.map((name) => [name, undefined])),
      // Deno's own request would go through the proxy as well.
      DENO_NO_UPDATE_CHECK: "1",
      ...(network && { ...network.env, COPILOT_GITHUB_TOKEN: SECRET }),
      ...options.env,
    },
  };
}

/** Runs the command, and waits for its end. */
export function copilot(
  args: string[],
  options: CopilotOptions = {},
): Promise<Outcome> {
  return run(PROGRAM, args, withEnv(options));
}

/** Starts the command; its stdin stays open unless it has an input. */
export function startCopilot(
  args: string[],
  options: CopilotOptions = {},
): Running {
  const running = start(PROGRAM, args, withEnv(options));
  if (options.input !== undefined) running.end(options.input);
  return running;
}

/** The words that start the command, and the environment that they need. */
export function copilotCommand(
  args: string[],
  options: CopilotOptions = {},
): { words: string[]; options: RunOptions } {
  const full = withEnv(options);
  return { words: commandFor(PROGRAM, args, full), options: full };
}
