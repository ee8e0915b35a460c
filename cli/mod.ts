#!/usr/bin/env -S deno run -NE
/**
 * Asks GitHub Copilot from the command line.
 *
 * ```sh
 * deno run -NE jsr:@copilot-fetch/core/cli "Why is the sky blue?"
 * git diff | deno run -NE jsr:@copilot-fetch/core/cli "Write a commit message"
 * deno run -NE jsr:@copilot-fetch/core/cli --serve
 * ```
 *
 * The credential comes from `COPILOT_GITHUB_TOKEN`, `GH_TOKEN`, `GITHUB_TOKEN`
 * or `gh auth token`, whichever is there first. Deno needs `-N` to reach GitHub
 * and Copilot, and `-E` to read the credential; `-R` only for `--image FILE`,
 * and `--allow-run=gh` only for `gh auth token`.
 *
 * @module
 */

import { execFile } from "node:child_process";
import process from "node:process";
import { parseArgs, promisify } from "node:util";
import { ask, ERASE_LINE, UsageError } from "./ask.ts";
import { listModels } from "./models.ts";
import { serve } from "./serve.ts";
import config from "../deno.json" with { type: "json" };
import {
  type CopilotFetchOptions,
  CopilotTokenError,
  createCopilotFetch,
  type FetchLike,
} from "../mod.ts";
import { createFakeCopilot } from "../testing/mod.ts";

const HELP = `Asks GitHub Copilot, and streams the answer to stdout.

Usage: copilot [options] [prompt ...]

Piped input is added after the prompt, or is the prompt.

  -m, --model ID        which model to ask; or set COPILOT_MODEL [gpt-4.1]
  -s, --system TEXT     what the model is to keep in mind
  -i, --image FILE|URL  show it a picture; may be repeated
      --no-stream       wait for the whole answer
      --json            print the API's answer as it is
      --models          list the models of your seat
      --serve [PORT]    serve an OpenAI-compatible endpoint on loopback, for
                        tools in other languages; 0 takes any port [4141]
      --direct          send the credential itself to Copilot: for fine-grained
                        tokens (github_pat_) with "Copilot Requests"
      --domain HOST     your tenant, such as acme.ghe.com [github.com]
      --demo            ask a built-in fake instead of GitHub, and show what
                        goes on the wire
  -v, --verbose         show on stderr what goes on the wire; never a secret
  -h, --help            show this
  -V, --version         show the version

Credential: COPILOT_GITHUB_TOKEN, else GH_TOKEN, else GITHUB_TOKEN, else what
\`gh auth token\` says. Deno needs -N and -E; -R for --image FILE;
--allow-run=gh for gh.
`;

async function main(args: string[], signal: AbortSignal): Promise<void> {
  const { values, positionals } = readArguments(args);
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  if (values.version) {
    process.stdout.write(`${config.version}\n`);
    return;
  }
  if (values.models && positionals.length > 0) {
    throw new UsageError("--models takes no prompt; see --help");
  }
  const copilot = await connect(values, signal);
  if (values.serve) {
    await serve(copilot, positionals, signal);
  } else if (values.models) {
    await listModels(copilot, { json: values.json, signal });
  } else {
    await ask(copilot, positionals.join(" "), {
      model: values.model || process.env.COPILOT_MODEL || "gpt-4.1",
      system: values.system,
      images: values.image,
      stream: !values["no-stream"] && !values.json,
      json: values.json,
      signal,
    });
  }
}

function readArguments(args: string[]) {
  try {
    return parseArgs({
      // A port is a word of its own, as parseArgs knows no optional values.
      args: args.flatMap((arg) =>
        /^--serve=/.test(arg) ? arg.split("=", 2) : [arg]
      ),
      allowPositionals: true,
      options: {
        model: { type: "string", short: "m" },
        system: { type: "string", short: "s" },
        image: { type: "string", short: "i", multiple: true },
        "no-stream": { type: "boolean" },
        json: { type: "boolean" },
        models: { type: "boolean" },
        serve: { type: "boolean" },
        direct: { type: "boolean" },
        domain: { type: "string" },
        demo: { type: "boolean" },
        verbose: { type: "boolean", short: "v" },
        help: { type: "boolean", short: "h" },
        version: { type: "boolean", short: "V" },
      },
    });
  } catch (error) {
    // What follows the first sentence explains what nobody asked for.
    const [first] = (error as Error).message.split(/\.?\s*\n|\. /);
    throw new UsageError(`${first}; see --help`);
  }
}

/** The Copilot `fetch` that the options describe. */
async function connect(
  { direct, domain, demo, verbose, serve }: {
    direct?: boolean;
    domain?: string;
    demo?: boolean;
    verbose?: boolean;
    serve?: boolean;
  },
  signal: AbortSignal,
): Promise<FetchLike> {
  const fetch: FetchLike = demo
    ? createFakeCopilot({ domain }).fetch
    : (input, init) => globalThis.fetch(input, init);
  const options: CopilotFetchOptions = {
    domain,
    auth: direct ? "direct" : "exchange",
    exchangeErrors: serve ? "response" : "throw",
    fetch: demo || verbose ? shown(fetch, { direct, demo, verbose }) : fetch,
  };
  const credential = demo ? "ghu_demo" : await findCredential(domain, signal);
  try {
    return createCopilotFetch(credential, options);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

async function findCredential(
  domain: string | undefined,
  signal: AbortSignal,
): Promise<string> {
  // One after the other, as Deno may have allowed the first alone.
  for (const name of ["COPILOT_GITHUB_TOKEN", "GH_TOKEN", "GITHUB_TOKEN"]) {
    const value = process.env[name]?.trim();
    if (value) return value;
  }
  const credential = await askGitHubCLI(domain, signal);
  if (credential) return credential;
  throw new UsageError(
    "There is no GitHub credential: set COPILOT_GITHUB_TOKEN, or try --demo",
  );
}

/** The part of Deno that tells what may be done without asking the user. */
interface Permitting {
  Deno?: {
    permissions: {
      query(of: { name: "run"; command: string }): Promise<{ state: string }>;
    };
  };
}

/** What `gh auth token` says, if `gh` is there and may be run. */
async function askGitHubCLI(
  domain: string | undefined,
  signal: AbortSignal,
): Promise<string | undefined> {
  // Deno would ask the user, who has not asked for `gh`.
  const { Deno } = globalThis as Permitting;
  const run = await Deno?.permissions.query({ name: "run", command: "gh" });
  if (run && run.state !== "granted") return;
  const host = domain ? ["--hostname", domain] : [];
  try {
    const args = ["auth", "token", ...host];
    return (await promisify(execFile)("gh", args, { signal })).stdout.trim();
  } catch {
    return;
  }
}

/** Tells on stderr what goes over `fetch`, but no secret. */
function shown(
  fetch: FetchLike,
  { direct, demo, verbose }: {
    direct?: boolean;
    demo?: boolean;
    verbose?: boolean;
  },
): FetchLike {
  const { stderr } = process;
  const say = (name: string, text: string) =>
    // The spinner may stand where the line begins.
    stderr.write(
      `${stderr.isTTY ? ERASE_LINE : ""}${name.padEnd(10)} ${text}\n`,
    );
  return async (input, init) => {
    const { origin, host, pathname } = new URL(String(input));
    const initiator = new Headers(init?.headers).get("x-initiator");
    const begun = performance.now();
    const response = await fetch(input, init).catch((error: Error) => error);
    const time = verbose ? `, ${Math.round(performance.now() - begun)} ms` : "";
    const failed = response instanceof Error;
    const outcome = `${init?.method ?? "GET"} ${
      initiator ? "" : origin
    }${pathname}: ${failed ? "failed" : response.status}${time}`;
    if (initiator) {
      say(
        "host",
        demo && !direct ? `${host}, from the token's proxy-ep` : host,
      );
      say("request", outcome);
      say("initiator", initiator);
    } else {
      say("exchange", outcome);
    }
    if (failed) throw response;
    const id = response.headers.get("x-request-id") ??
      response.headers.get("x-github-request-id");
    if (verbose && id) say("id", id);
    return response;
  };
}

/** One line for whatever went wrong, with the exit code that goes with it. */
function tell(error: unknown): number {
  const denied = isDenied(error);
  const line = messageOf(error).trim()
    .replace(/\s*\n\s*/g, " - ")
    // deno-lint-ignore no-control-regex -- a terminal would obey them
    .replace(/[\x00-\x1f\x7f-\x9f]+/g, " ");
  const { stderr, env } = process;
  const colour = stderr.isTTY && (denied || !env.NO_COLOR);
  stderr.write(`${colour ? "\x1b[31mcopilot:\x1b[0m" : "copilot:"} ${line}\n`);
  return denied || error instanceof UsageError ? 2 : 1;
}

/** Whether Deno does not permit it; its message says which flag does. */
function isDenied(error: unknown): boolean {
  return error instanceof Error &&
    (/^Requires \w+ access/.test(error.message) || isDenied(error.cause));
}

/** What an error says, with the causes that it does not tell itself. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { message, cause } = error;
  if (!cause || error instanceof CopilotTokenError) return message;
  const reason = messageOf(cause) || (cause as { code?: string }).code || "";
  return message.includes(reason) ? message : `${message}: ${reason}`;
}

const interrupted = new AbortController();
process.once("SIGINT", () => interrupted.abort());
process.stdout.on("error", (error: Error & { code?: string }) => {
  if (interrupted.signal.aborted) process.exit(130);
  // Who closes the pipe has read enough.
  process.exit(error.code === "EPIPE" ? 0 : tell(error));
});
// Deno denies a port where no promise can tell of it.
process.once("uncaughtException", (error) => process.exit(tell(error)));
// Where nobody listens, the answer is still wanted.
process.stderr.on("error", () => {});

main(process.argv.slice(2), interrupted.signal).then(
  () => interrupted.signal.aborted ? 130 : 0,
  (error) => interrupted.signal.aborted ? 130 : tell(error),
).then((code) => {
  // A read of stdin that was given up would keep the process alive.
  if (interrupted.signal.aborted) process.exit(code);
  // So would a signal's listener.
  process.exitCode = code;
  process.removeAllListeners("SIGINT");
});
