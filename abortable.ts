/**
 * Waits for a promise, but leaves with the signal's reason when it aborts. The
 * promise goes on for whoever else waits for it.
 */
export async function abortable<T>(
  promise: T | PromiseLike<T>,
  signal: AbortSignal | null | undefined,
): Promise<T> {
  if (!signal) return await promise;
  let leave = () => {};
  try {
    return await Promise.race([
      promise,
      new Promise<never>((_, reject) => {
        leave = () => reject(signal.reason);
        signal.addEventListener("abort", leave);
        if (signal.aborted) leave();
      }),
    ]);
  } finally {
    signal.removeEventListener("abort", leave);
  }
}
