/** What `setTimeout` returns. */
type Timer = ReturnType<typeof setTimeout>;

/**
 * Waits for a promise, but leaves with the signal's reason when it aborts, or
 * when the timer that `begin` sets says so. The promise goes on for whoever
 * else waits for it.
 */
export async function abortable<T>(
  promise: PromiseLike<T> | T,
  signal: AbortSignal | null | undefined,
  begin?: (leave: (reason: unknown) => void) => Timer,
): Promise<T> {
  // On a signal of its own, as Node warns of more than ten listeners on one.
  const own = AbortSignal.any(signal ? [signal] : []);
  let timer: Timer | undefined;
  let leave!: () => void;
  try {
    return await Promise.race([
      promise,
      new Promise<never>((_, reject) => {
        own.throwIfAborted();
        leave = () => reject(own.reason);
        own.addEventListener("abort", leave);
        timer = begin?.(reject);
      }),
    ]);
  } finally {
    clearTimeout(timer);
    own.removeEventListener("abort", leave);
  }
}
