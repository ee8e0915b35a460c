import { assert, assertEquals } from "@std/assert";
import { test } from "node:test";
import { DEAD, LATE, SharedTask } from "../../internal/shared_task.ts";
import {
  deferred,
  rejection,
  rejectionOf,
  SECOND,
  settle,
} from "../helpers/stubs.ts";
import { simulateTime } from "../helpers/simulated_time.ts";

const late = new Error("late");

/** A task of ten seconds that is settled from outside. */
function createTask(milliseconds = 10 * SECOND) {
  const { promise, resolve, reject } = deferred<number>();
  const signals: AbortSignal[] = [];
  const task = new SharedTask((signal) => {
    signals.push(signal);
    return promise;
  }, { milliseconds, error: () => late });
  return { task, signals, resolve, reject };
}

test("SharedTask starts its operation in a microtask", async () => {
  using _time = simulateTime();
  const { task, signals, resolve } = createTask();
  assertEquals(signals.length, 0);
  assertEquals(task.isJoinable, true);
  await settle();
  assertEquals(signals.length, 1);
  assertEquals(signals[0].aborted, false);
  resolve(1);
  assertEquals(await task.result, 1);
});

test("SharedTask gives its result to all who wait, and leaves no timer", async () => {
  using time = simulateTime();
  const { task, resolve } = createTask();
  const waits = [task.wait(1000, null), task.wait(5000, undefined)];
  resolve(7);
  assertEquals(await Promise.all(waits), [7, 7]);
  assertEquals(task.isJoinable, false);
  assertEquals(time.pending, 0);
  assertEquals(await task.wait(1000, null), 7);
  assertEquals(time.pending, 0);
});

test("SharedTask rejects all who wait, and leaves no timer", async () => {
  using time = simulateTime();
  const { task, reject } = createTask();
  const waits = [task.wait(1000, null), task.wait(5000, null)];
  reject("x");
  assertEquals(
    await Promise.all(waits.map((wait) => wait.catch((error) => error))),
    ["x", "x"],
  );
  assertEquals([task.isJoinable, time.pending], [false, 0]);
});

test("SharedTask rejects with what the operation throws at once", async () => {
  using time = simulateTime();
  const task = new SharedTask<number>(() => {
    throw late;
  }, { milliseconds: 1000, error: () => new Error() });
  assertEquals(await rejection(() => task.wait(1000, null)), late);
  assertEquals(time.pending, 0);
});

test("SharedTask ends a wait whose time is up with LATE, and goes on for others", async () => {
  using time = simulateTime();
  const { task, signals, resolve } = createTask();
  const short = task.wait(2500, null);
  const long = task.wait(9000, null);
  await time.advance(2499);
  let isOver = false;
  void short.then(() => isOver = true);
  await settle();
  assertEquals(isOver, false);
  await time.advance(1);
  assertEquals(await short, LATE);
  await time.advance(6000);
  assertEquals([task.isJoinable, signals[0].aborted], [true, false]);
  resolve(1);
  assertEquals(await long, 1);
});

test("SharedTask is cancelled at its time limit, and rejects with the limit's error", async () => {
  using time = simulateTime();
  const { task, signals } = createTask();
  const wait = rejection(() => task.wait(60 * SECOND, null));
  await time.advance(10 * SECOND - 1);
  assertEquals([task.isJoinable, signals[0].aborted], [true, false]);
  await time.advance(1);
  assertEquals(await wait, late);
  assertEquals([task.isJoinable, signals[0].reason], [false, late]);
  assertEquals(time.pending, 0);
});

test("SharedTask is not joinable from its time limit on, even if its timer has not run", async () => {
  using time = simulateTime();
  const { task } = createTask();
  const wait = rejection(() => task.wait(60 * SECOND, null));
  time.block(10 * SECOND - 1);
  assertEquals(task.isJoinable, true);
  task.cancelIfOverdue();
  assertEquals(task.isJoinable, true);
  time.block(1);
  assertEquals(task.isJoinable, false);
  task.cancelIfOverdue();
  assertEquals(await wait, late);
});

test("SharedTask.cancelIfOverdue() does nothing to a task that is over", async () => {
  using time = simulateTime();
  const { task, signals, resolve } = createTask();
  const wait = task.wait(1000, null);
  resolve(1);
  await wait;
  time.block(10 * SECOND);
  task.cancelIfOverdue();
  assertEquals(signals[0].aborted, false);
});

test("SharedTask is cancelled 2 seconds after the last waiter has left, with an AbortError", async () => {
  using time = simulateTime();
  const { task, signals } = createTask();
  assertEquals(await time.until(task.wait(100, null)), LATE);
  await time.advance(2 * SECOND - 1);
  assertEquals(task.isJoinable, true);
  await time.advance(1);
  assertEquals(task.isJoinable, false);
  const { name } = await rejectionOf(DOMException, () => task.result);
  assertEquals([name, signals[0].reason.name], ["AbortError", "AbortError"]);
  assertEquals(time.pending, 0);
});

test("SharedTask goes on in the background for the time of the first call", async () => {
  using time = simulateTime();
  const { task, signals } = createTask(60 * SECOND);
  const error = new Error("background");
  task.continueInBackground({ milliseconds: 5000, error: () => error });
  await time.advance(3000);
  task.continueInBackground({ milliseconds: 5000, error: () => late });
  // A waiter that joins and leaves prolongs nothing.
  assertEquals(await time.until(task.wait(500, null)), LATE);
  await time.advance(1499);
  assertEquals(task.isJoinable, true);
  await time.advance(1);
  assertEquals([task.isJoinable, signals[0].reason], [false, error]);
});

test("SharedTask in the background does not end while somebody waits", async () => {
  using time = simulateTime();
  const { task, signals } = createTask();
  const error = new Error("background");
  task.continueInBackground({ milliseconds: 3000, error: () => error });
  const wait = task.wait(8000, null);
  await time.advance(7000);
  assertEquals([task.isJoinable, signals[0].aborted], [true, false]);
  assertEquals(await time.until(wait), LATE);
  await time.advance(0);
  assertEquals(signals[0].reason, error);
});

test("SharedTask in the background ends at its own time limit if that is earlier", async () => {
  using time = simulateTime();
  const { task, signals } = createTask(1000);
  task.continueInBackground({ milliseconds: 3000, error: () => new Error() });
  await time.advance(999);
  assertEquals(signals[0].aborted, false);
  await time.advance(1);
  assertEquals(signals[0].reason, late);
});

test("SharedTask.continueInBackground() does nothing to a task that is over", async () => {
  using time = simulateTime();
  const { task, resolve } = createTask();
  resolve(1);
  await task.wait(1000, null);
  task.continueInBackground({ milliseconds: 3000, error: () => late });
  assertEquals(time.pending, 0);
});

test("SharedTask.cancel() rejects and aborts, and works where aborting is forbidden", async () => {
  using _time = simulateTime();
  const { AbortController } = globalThis;
  globalThis.AbortController = class extends AbortController {
    override abort() {
      throw new Error("forbidden");
    }
  };
  try {
    const { task } = createTask();
    const wait = rejection(() => task.wait(1000, null));
    task.cancel(late);
    assertEquals(await wait, late);
    assertEquals(task.isJoinable, false);
  } finally {
    globalThis.AbortController = AbortController;
  }
});

test("SharedTask ends a wait with DEAD after two checks without a heartbeat", async () => {
  using time = simulateTime();
  const { task } = time.dead(() => createTask());
  const wait = task.wait(9000, null);
  let outcome: unknown;
  void wait.then((value) => outcome = value);
  await time.advance(2 * SECOND - 1);
  assertEquals(outcome, undefined);
  await time.advance(1);
  assertEquals(outcome, DEAD);
});

test("SharedTask counts silent checks from the last heartbeat", async () => {
  using time = simulateTime();
  const { task } = createTask();
  await time.advance(600); // one beat
  time.endRequest();
  let outcome: unknown;
  void task.wait(9000, null).then((value) => outcome = value);
  await time.advance(2 * SECOND - 1);
  assertEquals(outcome, undefined);
  await time.advance(1);
  assertEquals(outcome, DEAD);
});

test("SharedTask is alive after one silent check if the heart beats again", async () => {
  using time = simulateTime();
  let beat = () => {};
  const { setInterval } = globalThis;
  Object.assign(globalThis, {
    setInterval(run: () => void) {
      beat = run;
      return 0;
    },
  });
  const { task, resolve } = createTask();
  Object.assign(globalThis, { setInterval });
  const wait = task.wait(9000, null);
  for (let round = 0; round < 3; round++) {
    await time.advance(1500); // a silent check, and half of the next
    beat();
    await time.advance(500);
  }
  resolve(1);
  assertEquals(await wait, 1);
});

test("SharedTask ends a short wait with LATE before two checks show that the task is dead", async () => {
  using time = simulateTime();
  const { task } = time.dead(() => createTask());
  assertEquals(await time.until(task.wait(2000, null)), LATE);
  assert(task.isJoinable);
});
