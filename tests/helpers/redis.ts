/** Starts a real Redis server on loopback. */
import { createClient } from "@redis/client";
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { hasRedis, mustHaveRedis } from "../run/redis.ts";
import { closedPort } from "./loopback.ts";
import { deferred } from "./stubs.ts";

/** Skips a test without a server; CI on Linux has one. */
export const testWithRedis = hasRedis() || mustHaveRedis ? test : test.skip;

/** A server that stops when it is disposed of, or when this process ends. */
export interface Redis extends AsyncDisposable {
  url: string;
  /** All that it would write to a disk. */
  dump(): Promise<Uint8Array>;
  /** The keys that are stored. */
  keys(): Promise<string[]>;
  /** Stops it at once. */
  stop(): Promise<void>;
}

/** Connects as docs/scale.md says: calls without a connection fail at once. */
export async function connectRedis(url: string): Promise<RedisConnection> {
  const client = createClient({ url, disableOfflineQueue: true });
  client.on("error", () => {});
  await client.connect();
  return client;
}

/** A connection to Redis. */
export interface RedisConnection {
  sendCommand(words: string[]): Promise<unknown>;
  /** Closes the connection. */
  destroy(): void;
}

/** The end of stdin stops the server: it must not outlive the tests. */
const SCRIPT = `
  exec 3<&0
  redis-server "$@" &
  server=$!
  { read -r _ <&3; kill -9 $server; } >/dev/null 2>&1 &
  wait $server`;

/** Starts a server that keeps everything in memory. */
export async function startRedis(): Promise<Redis> {
  if (!hasRedis()) throw new Error("redis-server is not installed");
  const folder = await mkdtemp(join(tmpdir(), "copilot-fetch-redis-"));
  const port = await closedPort();
  const child = spawn("sh", [
    ...["-c", SCRIPT, "sh", "--bind", "127.0.0.1", "--port", `${port}`],
    ...["--dir", folder, "--save", "", "--rdbcompression", "no"],
  ], { stdio: ["pipe", "pipe", "inherit"] });
  const ready = deferred();
  const ended = deferred();
  let log = "";
  child.stdout.setEncoding("utf8").on("data", (text) => {
    log += text;
    if (log.includes("Ready to accept connections")) ready.resolve();
  });
  child.on("error", ready.reject);
  child.on("close", () => {
    child.stdin.end();
    ready.reject(new Error(`redis-server has ended:\n${log}`));
    ended.resolve();
  });
  child.stdin.on("error", () => {}); // it has ended already
  await ready.promise;
  const url = `redis://127.0.0.1:${port}`;

  async function command(...words: string[]): Promise<unknown> {
    const client = await connectRedis(url);
    try {
      return await client.sendCommand(words);
    } finally {
      client.destroy();
    }
  }

  async function stop(): Promise<void> {
    child.stdin.end();
    await ended.promise;
  }

  return {
    url,
    async dump() {
      await command("SAVE");
      return await readFile(join(folder, "dump.rdb"));
    },
    keys: async () => await command("KEYS", "*") as string[],
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
      await rm(folder, { recursive: true });
    },
  };
}
