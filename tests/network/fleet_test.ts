import { assert, assertEquals } from "@std/assert";
import KeyvRedis from "@keyv/redis";
import { Keyv } from "keyv";
import { Buffer } from "node:buffer";
import type { ServerResponse } from "node:http";
import { test } from "node:test";
import { TokenCache } from "../../mod.ts";
import { type KeyValueStore, sealStore } from "../../store/mod.ts";
import { type Running, start } from "../helpers/command.ts";
import { encodingsOf } from "../helpers/encodings.ts";
import { listen, type Loopback, sendJSON } from "../helpers/loopback.ts";
import {
  connectRedis,
  type Redis,
  startRedis,
  testWithRedis,
} from "../helpers/redis.ts";
import { read } from "../run/files.ts";
import { deferred, SECOND, tokenText } from "../helpers/stubs.ts";
import { redisBackend } from "./redis_backend.ts";

const PROGRAM = "tests/network/fleet_program.ts";
const CALLERS = 1000;
const EXCHANGE_MS = 300;
const LOGIN = "octocat";

/** GitHub, with the exchanges that it was asked for. */
interface GitHub extends Loopback {
  exchanges: number;
}

type Answer = (response: ServerResponse, count: number) => void;

function sendToken(response: ServerResponse, count: number): void {
  const token = `u=${LOGIN};${tokenText(count)}`;
  sendJSON(response, { token, refresh_in: 1500 });
}

async function startGitHub(answer: Answer = sendToken): Promise<GitHub> {
  const github = {
    exchanges: 0,
    ...await listen((_, response) => {
      const count = ++github.exchanges;
      setTimeout(() => answer(response, count), EXCHANGE_MS);
    }),
  };
  return github;
}

/** What a process of the fleet prints. */
interface Result {
  milliseconds: number;
  values: string[];
  errors: string[];
}

/** Processes that have started, and wait for the word. */
class Fleet implements AsyncDisposable {
  readonly #processes: Running[];

  private constructor(processes: Running[]) {
    this.#processes = processes;
  }

  static async start(
    size: number,
    github: GitHub,
    redis?: Redis,
  ): Promise<Fleet> {
    const args = [github.origin, `${CALLERS}`, ...(redis ? [redis.url] : [])];
    const permissions = ["-A", "--import-map=tests/import_map.json"];
    const processes = Array.from(
      { length: size },
      () => start(PROGRAM, args, { permissions }),
    );
    await Promise.all(processes.map((process) => process.prints("ready")));
    return new Fleet(processes);
  }

  get processes(): readonly Running[] {
    return this.#processes;
  }

  /** Lets every process begin. */
  go(): void {
    for (const process of this.#processes) process.end("go\n");
  }

  async results(from = 0): Promise<Result[]> {
    return await Promise.all(
      this.#processes.slice(from).map(async ({ ended }) => {
        const { code, stdout, stderr } = await ended;
        assertEquals([code, stderr], [0, ""]);
        return JSON.parse(stdout.split("\n")[1]);
      }),
    );
  }

  async [Symbol.asyncDispose]() {
    for (const process of this.#processes) {
      await process[Symbol.asyncDispose]();
    }
  }
}

const slowest = (results: Result[]) =>
  Math.max(...results.map(({ milliseconds }) => milliseconds));

testWithRedis(
  "TokenCache.get() makes one exchange for eight cold processes with a thousand callers each, over Redis",
  async () => {
    await using github = await startGitHub();
    await using one = await Fleet.start(1, github);
    one.go();
    const alone = slowest(await one.results());
    assertEquals(github.exchanges, 1);

    await using redis = await startRedis();
    await using fleet = await Fleet.start(8, github, redis);
    fleet.go();
    const results = await fleet.results();
    assertEquals(github.exchanges, 2);
    assertEquals(new Set(results.flatMap(({ values }) => values)).size, 1);
    assertEquals(results.flatMap(({ errors }) => errors), []);
    console.log(
      `The last answer: ${alone} ms alone, ${slowest(results)} ms in a fleet`,
    );
  },
);

testWithRedis(
  "TokenCache.get() makes one more exchange when the process with the lock is killed",
  async () => {
    const asked = deferred();
    await using github = await startGitHub((response, count) => {
      if (count === 1) return asked.resolve();
      sendToken(response, count);
    });
    await using redis = await startRedis();
    await using fleet = await Fleet.start(4, github, redis);
    fleet.processes[0].end("go\n");
    await asked.promise;
    fleet.processes[0].kill("SIGKILL");
    fleet.go();
    const results = await fleet.results(1);
    assertEquals(github.exchanges, 2);
    assertEquals(new Set(results.flatMap(({ values }) => values)).size, 1);
    // The lock ends after 5 seconds.
    assert(slowest(results) < 10 * SECOND, `${slowest(results)} ms`);
  },
);

testWithRedis(
  "TokenCache.get() works on when Redis is killed between reading and storing",
  async () => {
    const asked = deferred();
    const stopped = deferred();
    await using github = await startGitHub(async (response, count) => {
      asked.resolve();
      await stopped.promise;
      sendToken(response, count);
    });
    await using redis = await startRedis();
    await using fleet = await Fleet.start(3, github, redis);
    fleet.go();
    await asked.promise;
    await redis.stop();
    stopped.resolve();
    const results = await fleet.results();
    for (const { values, errors } of results) {
      assertEquals(values.length, 1);
      assert(errors.length > 0);
    }
    assertEquals(github.exchanges, 3);
    assert(slowest(results) < 5 * SECOND, `${slowest(results)} ms`);
  },
);

const SECRET = "ghu_AbCdEfGhIjKlMn0123456789";
const OPTIONS = { domain: "acme.ghe.com" };

/** Two processes, whose token must leave nothing to read in the store. */
async function assertSealed(
  redis: Redis,
  backends: KeyValueStore[],
): Promise<void> {
  await using github = await startGitHub();
  const { fetch } = github;
  const errors: unknown[] = [];
  const onError = (error: unknown) => errors.push(error);
  const values: string[] = [];
  for (const backend of backends) {
    const cache = new TokenCache({ store: sealStore(backend, { onError }) });
    const token = await cache.get(SECRET, { ...OPTIONS, fetch });
    values.push(token.value);
  }
  assertEquals([errors, github.exchanges], [[], 1]);
  assertEquals(new Set(values).size, 1);
  const dump = Buffer.from(await redis.dump()).toString("latin1");
  assert(dump.includes("copilot-fetch:"));
  const secrets = [SECRET, values[0], "acme.ghe.com", "githubcopilot.com"];
  for (const secret of [...secrets, LOGIN]) {
    for (const [encoding, text] of encodingsOf(secret)) {
      assert(!dump.includes(text), `${secret} as ${encoding}`);
    }
  }
}

testWithRedis(
  "sealStore() leaves no credential, token, login and domain in a dump of Redis",
  async () => {
    await using redis = await startRedis();
    const clients = [
      await connectRedis(redis.url),
      await connectRedis(redis.url),
    ];
    await assertSealed(redis, clients.map(redisBackend));
    for (const client of clients) client.destroy();
  },
);

testWithRedis(
  "sealStore() takes a Keyv, and leaves nothing to read in its Redis",
  async () => {
    await using redis = await startRedis();
    const stores = [1, 2].map(() => new Keyv(new KeyvRedis(redis.url)));
    await assertSealed(redis, stores);
    for (const keyv of stores) await keyv.disconnect();
  },
);

test("docs/scale.md shows the backend for Redis that the tests use", () => {
  const file = read("tests/network/redis_backend.ts");
  // The imports differ.
  const backend = file.slice(file.indexOf("/**"));
  assert(read("docs/scale.md").includes(backend));
});
