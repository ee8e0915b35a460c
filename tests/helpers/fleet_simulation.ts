/** Simulates a fleet of processes over a store, in simulated time. */
import { setImmediate } from "node:timers/promises";
import { advisoryWindowStart } from "../../internal/lifetime.ts";
import { TokenCache } from "../../mod.ts";
import { type KeyValueStore, sealStore } from "../../store/mod.ts";
import { seeded, simulateTime } from "./simulated_time.ts";
import { lockingStore, memoryStore } from "./stores.ts";
import { HOUR, MINUTE, SECOND, START } from "./stubs.ts";

/** What the processes share. */
export type Sharing = "nothing" | "a store" | "a store with a lock";

/** The exchanges of a fleet, and what it asks of the store. */
export interface FleetLoad {
  /** Exchanges in the first hour, in whose first minute all have started. */
  firstHour: number;
  /** Exchanges in each hour after that, on average. */
  perHour: number;
  /** Calls of the store in the busiest second. */
  storeCallsPerSecond: number;
}

/** How long GitHub takes for an exchange. */
const EXCHANGE_MS = 300;
/** All processes start within this time. */
const START_MS = MINUTE;
const HOURS = 3;
const SEED = 20261125;

/** Simulates busy processes, which send at least a request a second. */
export async function simulateFleet(
  size: number,
  sharing: Sharing,
): Promise<FleetLoad> {
  // A turn is enough, as the next process wants something soon.
  using time = simulateTime(START, () => setImmediate());
  using _crypto = withoutEncryption();
  using _random = withRandom(seeded(SEED));
  const begun = Date.now();
  const end = begun + HOURS * HOUR;
  const exchangesByHour = Array<number>(HOURS + 1).fill(0);
  const load = countCalls(backendFor(sharing));

  let exchanges = 0;
  async function fetch(): Promise<Response> {
    exchangesByHour[Math.floor((Date.now() - begun) / HOUR)]++;
    const token = `tid=${++exchanges}`;
    await time.sleep(EXCHANGE_MS);
    return Response.json({ token, refresh_in: 1500 });
  }

  async function runProcess(): Promise<void> {
    await time.sleep(Math.random() * START_MS);
    const store = load.backend && sealStore(load.backend);
    const cache = new TokenCache({ store });
    let known = "";
    let obtainedAt = 0;
    while (Date.now() < end) {
      const token = await cache.get("ghu_a", { fetch });
      if (token.value !== known) obtainedAt = Date.now();
      known = token.value;
      // What comes before the advisory window changes nothing.
      const pause = advisoryWindowStart(token, obtainedAt) - Date.now();
      await time.sleep(Math.max(SECOND, pause));
    }
  }

  await time.until(Promise.all(Array.from({ length: size }, runProcess)));
  const [firstHour, ...others] = exchangesByHour.slice(0, HOURS);
  const sum = others.reduce((all, count) => all + count, 0);
  return {
    firstHour,
    perHour: sum / others.length,
    storeCallsPerSecond: load.most,
  };
}

function backendFor(sharing: Sharing): KeyValueStore | undefined {
  if (sharing === "nothing") return undefined;
  return sharing === "a store" ? memoryStore() : lockingStore();
}

/** Counts the calls of each second. */
function countCalls(backend: KeyValueStore | undefined) {
  let second = 0;
  let calls = 0;
  const load = { backend: undefined as KeyValueStore | undefined, most: 0 };
  const count = () => {
    const now = Math.floor(Date.now() / SECOND);
    calls = now === second ? calls + 1 : 1;
    second = now;
    load.most = Math.max(load.most, calls);
  };
  load.backend = backend && {
    get: (key) => (count(), backend.get(key)),
    set: (key, value, ttlMs) => (count(), backend.set(key, value, ttlMs)),
    delete: (key) => (count(), backend.delete(key)),
    ...(backend.lock && {
      lock: (key, ttlMs) => (count(), backend.lock?.(key, ttlMs) ?? false),
    }),
  };
  return load;
}

/** Lets Web Crypto return what it is given, as it takes real time. */
function withoutEncryption(): Disposable {
  const prototype = SubtleCrypto.prototype;
  const names = ["importKey", "deriveKey", "sign", "encrypt", "decrypt"];
  const real = names.map((name) =>
    Object.getOwnPropertyDescriptor(prototype, name) ?? {}
  );
  const copy = (_algorithm: unknown, _key: unknown, data: BufferSource) =>
    Promise.resolve(data);
  for (const name of names) {
    Object.defineProperty(prototype, name, { configurable: true, value: copy });
  }
  return {
    [Symbol.dispose]() {
      names.forEach((name, index) =>
        Object.defineProperty(prototype, name, real[index])
      );
    },
  };
}

function withRandom(random: () => number): Disposable {
  const real = Math.random;
  Math.random = random;
  return {
    [Symbol.dispose]() {
      Math.random = real;
    },
  };
}
