/** Starts GitHub and Copilot in a process of their own. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { NEEDS_SHELL } from "../../run/command.ts";
import { root } from "../../run/files.ts";

/** Where it is. */
export interface StandInPlace {
  /** Takes the requests to all hosts, and is the proxy of `env`. */
  origin: string;
  /** Makes a program use the proxy and trust the certificate. */
  env: Record<string, string>;
}

/** What it has received. */
export interface StandInStats {
  exchanges: number;
  /** All requests but exchanges and lists of models. */
  requests: number;
  bodyBytes: number;
}

/** A running stand-in, which is ended when it is disposed of. */
export interface StandIn extends StandInPlace, AsyncDisposable {
  /** What it has received since the last call. */
  takeStats(): Promise<StandInStats>;
}

export async function startStandIn(): Promise<StandIn> {
  const child = spawn("tsx", [
    `--tsconfig=${join(root, "tests/tsconfig.json")}`,
    join(root, "tests/bench/others/stand_in.ts"),
  ], {
    stdio: ["pipe", "pipe", "inherit"],
    shell: NEEDS_SHELL,
  });
  const ended = once(child, "close");
  const [line] = await once(createInterface(child.stdout), "line");
  const place: StandInPlace = JSON.parse(line);
  // Benchmarks replace the global one.
  const { fetch } = globalThis;
  return {
    ...place,
    async takeStats() {
      return await (await fetch(`${place.origin}/stats`)).json();
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await ended;
    },
  };
}
