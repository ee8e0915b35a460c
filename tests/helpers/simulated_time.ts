/** Simulated time: a clock, and the timers on it. */
import { setImmediate } from "node:timers/promises";
import { START } from "./stubs.ts";

/** A clock and timers that move only when a test moves them. */
export interface SimulatedTime extends Disposable {
  /** Lets time pass, and runs the timers that are due meanwhile. */
  advance(milliseconds: number): Promise<void>;
  /** Lets time pass from timer to timer until the promise has settled. */
  until<T>(promise: Promise<T>): Promise<T>;
  /** Waits in simulated time. */
  sleep(milliseconds: number): Promise<void>;
  /** Sets the wall clock on, or back; timers do not notice. */
  shiftClock(milliseconds: number): void;
  /** Delays all timers, as a program does that blocks the event loop. */
  block(milliseconds: number): void;
  /** Starts something whose timers never run, as in Workers. */
  dead<T>(start: () => T): T;
  /** Removes all timers that were set so far, as the end of a request does. */
  endRequest(): void;
  /** How many timers are pending. */
  readonly pending: number;
}

/** A pending timer; an interval is set again when it has run. */
interface Timer {
  due: number;
  run: () => void;
  interval?: number;
}

/** How many turns, of about a millisecond each, `until` waits without a timer. */
const MAX_IDLE_TURNS = 5000;

/**
 * Puts `Date.now`, `performance.now` and all timers under control.
 *
 * @param drain Lets everything happen that can happen at a moment
 */
export function simulateTime(
  start: number = START,
  drain: () => Promise<void> = fourTurns,
): SimulatedTime {
  const { setTimeout, clearTimeout, setInterval, clearInterval } = globalThis;
  const realTimers = { setTimeout, clearTimeout, setInterval, clearInterval };
  const { now: realDate } = Date;
  const { now: realPerformance } = performance;
  let now = start;
  let serial = 0;
  const timers = new Map<number, Timer>();
  const queue = new TimerQueue();
  let clockOffset = 0;
  Date.now = () => now + clockOffset;
  performance.now = () => now - start;
  const set = (run: () => void, milliseconds = 0) => {
    timers.set(++serial, { due: now + milliseconds, run });
    queue.add([serial, now + milliseconds]);
    return serial;
  };
  const repeat = (run: () => void, interval: number) => {
    timers.set(++serial, { due: now + interval, run, interval });
    queue.add([serial, now + interval]);
    return serial;
  };
  const clear = (timer: number) => {
    timers.delete(timer);
  };
  const simulatedTimers = {
    setTimeout: set,
    clearTimeout: clear,
    setInterval: repeat,
    clearInterval: clear,
  };
  Object.assign(globalThis, simulatedTimers);

  /** The next timer, of those that were set first. */
  function next(): QueuedTimer | undefined {
    // Timers that were cleared stay in the queue.
    while (queue.first && !timers.has(queue.first[0])) queue.removeFirst();
    return queue.first;
  }

  async function fire([id, due]: QueuedTimer) {
    const timer = timers.get(id);
    timers.delete(id);
    queue.removeFirst();
    now = Math.max(now, due);
    if (timer?.interval) {
      timers.set(id, { ...timer, due: now + timer.interval });
      queue.add([id, now + timer.interval]);
    }
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
      let idleTurns = 0;
      while (!settled) {
        const at = next();
        if (at) {
          await fire(at);
        } else if (idleTurns < MAX_IDLE_TURNS) {
          // A module that is still being loaded may set a timer.
          idleTurns++;
          await new Promise((resolve) => realTimers.setTimeout(resolve, 1));
        } else {
          throw new Error("Nothing is left that could settle it");
        }
      }
      return await promise;
    },
    sleep(milliseconds) {
      return new Promise((resolve) => {
        set(resolve, milliseconds);
      });
    },
    shiftClock(milliseconds) {
      clockOffset += milliseconds;
    },
    block(milliseconds) {
      now += milliseconds;
    },
    dead(start) {
      const never = () => 0;
      Object.assign(globalThis, { setTimeout: never, setInterval: never });
      try {
        return start();
      } finally {
        Object.assign(globalThis, simulatedTimers);
      }
    },
    endRequest() {
      timers.clear();
    },
    get pending() {
      return timers.size;
    },
    [Symbol.dispose]() {
      Date.now = realDate;
      performance.now = realPerformance;
      Object.assign(globalThis, realTimers);
    },
  };
}

async function fourTurns(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await setImmediate();
}

/** The number of a timer, and when it is due. */
type QueuedTimer = [id: number, due: number];

/** Timers in their order: a binary heap, as a fleet has many thousands. */
class TimerQueue {
  readonly #heap: QueuedTimer[] = [];

  get first(): QueuedTimer | undefined {
    return this.#heap[0];
  }

  add(timer: QueuedTimer): void {
    const heap = this.#heap;
    let index = heap.push(timer) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (isEarlier(heap[parent], timer)) break;
      heap[index] = heap[parent];
      index = parent;
    }
    heap[index] = timer;
  }

  removeFirst(): void {
    const heap = this.#heap;
    const timer = heap.pop();
    if (!timer || heap.length === 0) return;
    let index = 0;
    while (true) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      const isRight = child + 1 < heap.length &&
        isEarlier(heap[child + 1], heap[child]);
      if (isRight) child++;
      if (isEarlier(timer, heap[child])) break;
      heap[index] = heap[child];
      index = child;
    }
    heap[index] = timer;
  }
}

function isEarlier(one: QueuedTimer, other: QueuedTimer): boolean {
  return one[1] < other[1] || (one[1] === other[1] && one[0] < other[0]);
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
