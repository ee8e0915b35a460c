/**
 * Waits for a promise, but leaves with the signal's reason when it aborts, and
 * with what `late` says after so many milliseconds. The promise goes on for
 * whoever else waits for it.
 */
export async function abortable<T>(
  promise: PromiseLike<T> | T,
  signal: AbortSignal | null | undefined,
  milliseconds?: number,
  late?: () => unknown,
): Promise<T> {
  // On a signal of its own, as Node warns of more than ten listeners on one.
  const own = AbortSignal.any(signal ? [signal] : []);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let leave!: () => void;
  try {
    return await Promise.race([
      promise,
      new Promise<never>((_, reject) => {
        leave = () => reject(own.reason);
        own.addEventListener("abort", leave);
        if (own.aborted) leave();
        if (late) timer = setTimeout(() => reject(late()), milliseconds);
      }),
    ]);
  } finally {
    clearTimeout(timer);
    own.removeEventListener("abort", leave);
  }
}
