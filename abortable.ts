/** How long to wait, and what to reject with then. */
export interface Limit {
  milliseconds: number;
  late: () => unknown;
}

/**
 * Waits for a promise, but leaves with the signal's reason when it aborts, and
 * when the time is up. The promise goes on for whoever else waits for it.
 */
export async function abortable<T>(
  promise: T | PromiseLike<T>,
  signal: AbortSignal | null | undefined,
  limit?: Limit,
): Promise<T> {
  // On a signal of its own, as Node warns of more than ten listeners on one.
  const own = signal && AbortSignal.any([signal]);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let leave = () => {};
  try {
    return await Promise.race([
      promise,
      new Promise<never>((_, reject) => {
        leave = () => reject(own?.reason);
        own?.addEventListener("abort", leave);
        if (own?.aborted) leave();
        if (limit) {
          timer = setTimeout(() => reject(limit.late()), limit.milliseconds);
        }
      }),
    ]);
  } finally {
    clearTimeout(timer);
    own?.removeEventListener("abort", leave);
  }
}
