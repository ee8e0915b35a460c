/** Runs tasks side by side. */

/** Something to run, and what it must not run with. */
export interface Task {
  name: string;
  /** The name of the task that has to end before. */
  after?: string;
  /** Tasks with the same lock do not run at the same time. */
  lock?: string;
  run(): Promise<void>;
}

/** Runs all tasks, in their order as far as possible, `limit` at a time. */
export async function runTasks(
  tasks: readonly Task[],
  limit: number,
): Promise<void> {
  const waiting = new Set(tasks);
  const running = new Map<Task, Promise<void>>();

  function mayStart({ after, lock }: Task): boolean {
    const isLocked = lock !== undefined &&
      [...running.keys()].some((other) => other.lock === lock);
    const isEarly = [...waiting, ...running.keys()]
      .some((other) => other.name === after);
    return running.size < limit && !isLocked && !isEarly;
  }

  while (waiting.size > 0 || running.size > 0) {
    for (const task of waiting) {
      if (!mayStart(task)) continue;
      waiting.delete(task);
      running.set(task, task.run().finally(() => running.delete(task)));
    }
    await Promise.race(running.values());
  }
}
