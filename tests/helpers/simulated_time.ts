import { setImmediate } from "node:timers/promises";
import { START } from "./stubs.ts";

/** Time that passes only when it is told to, timers included. */
export interface SimulatedTime extends Disposable {
  /** Lets time pass, and everything happen that is due meanwhile. */
  advance(milliseconds: number): Promise<void>;
  /** Lets time pass from timer to timer until the promise is settled. */
  until<T>(promise: Promise<T>): Promise<T>;
  /** Waits in simulated time. */
  sleep(milliseconds: number): Promise<void>;
}

/** Puts `Date.now`, `setTimeout` and `clearTimeout` under control. */
export function simulateTime(start: number = START): SimulatedTime {
  const real = {
    now: Date.now,
    setTimeout: globalThis.setTimeout,
    clearTimeout: globalThis.clearTimeout,
  };
  let now = start;
  let serial = 0;
  const timers = new Map<number, { due: number; run: () => void }>();
  Date.now = () => now;
  const set = (run: () => void, milliseconds = 0) => {
    timers.set(++serial, { due: now + milliseconds, run });
    return serial;
  };
  const clear = (timer: number) => {
    timers.delete(timer);
  };
  Object.assign(globalThis, { setTimeout: set, clearTimeout: clear });

  /** Everything that can happen at this moment. */
  async function drain() {
    for (let turn = 0; turn < 4; turn++) await setImmediate();
  }

  /** The next timer, of those that were set first. */
  function next(): [id: number, due: number] | undefined {
    let first: [number, number] | undefined;
    for (const [id, { due }] of timers) {
      if (!first || due < first[1]) first = [id, due];
    }
    return first;
  }

  async function fire([id, due]: [number, number]) {
    const timer = timers.get(id);
    timers.delete(id);
    now = Math.max(now, due);
    timer?.run();
    await drain();
  }

  return {
    async advance(milliseconds) {
      const end = now + milliseconds;
      await drain();
      for (let at = next(); at && at[1] <= end; at = next()) await fire(at);
      now = end;
    },
    async until(promise) {
      let settled = false;
      const done = () => {
        settled = true;
      };
      promise.then(done, done);
      await drain();
      while (!settled) {
        const at = next();
        if (!at) throw new Error("It will never be settled");
        await fire(at);
      }
      return await promise;
    },
    sleep(milliseconds) {
      return new Promise((resolve) => {
        set(resolve, milliseconds);
      });
    },
    [Symbol.dispose]() {
      const { now, ...timers } = real;
      Date.now = now;
      Object.assign(globalThis, timers);
    },
  };
}

/** Random numbers below one that are the same for the same seed: mulberry32. */
export function seeded(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
