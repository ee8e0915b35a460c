/**
 * Waiting for a promise until the time is up or a signal aborts.
 *
 * Signals are not combined with `any()`: Next's edge runtime lacks it, and on
 * Node it leaks memory.
 *
 * @module
 */

/** Throws the reason of an aborted signal, also if it is a polyfill's. */
export function throwIfAborted(signal: AbortSignal | null | undefined): void {
  if (signal?.aborted) throw abortReason(signal);
}

function abortReason({ reason }: AbortSignal): unknown {
  return reason !== undefined ? reason : abortError();
}

/** The reason where a signal has none. */
export function abortError(): Error {
  return new DOMException("This operation was aborted", "AbortError");
}

interface AbortSubscription {
  callbacks: Set<() => void>;
  listener: () => void;
}

const subscriptions = new WeakMap<AbortSignal, AbortSubscription>();

/**
 * Calls `callback` when `signal` aborts, until the returned function is called.
 *
 * All callbacks of a signal share a listener, because Node warns about a leak
 * when a signal has more than ten.
 */
function onAbort(signal: AbortSignal, callback: () => void): () => void {
  let subscription = subscriptions.get(signal);
  if (!subscription) {
    const callbacks = new Set<() => void>();
    const listener = () => callbacks.forEach((call) => call());
    subscription = { callbacks, listener };
    subscriptions.set(signal, subscription);
    signal.addEventListener("abort", listener);
  }
  const { callbacks, listener } = subscription;
  callbacks.add(callback);
  return () => {
    callbacks.delete(callback);
    if (callbacks.size > 0) return;
    subscriptions.delete(signal);
    signal.removeEventListener("abort", listener);
  };
}

const nativeSignals = new WeakMap<AbortSignal, AbortSignal>();

/**
 * A signal that the runtime's `fetch` accepts: one of jsdom or a polyfill is
 * replaced by one that aborts with it. There is one for each, as the listener
 * stays until it aborts.
 */
export function toNativeSignal(signal: AbortSignal): AbortSignal {
  if (signal instanceof AbortSignal) return signal;
  const known = nativeSignals.get(signal);
  if (known) return known;
  const controller = new AbortController();
  onAbort(signal, () => controller.abort(abortReason(signal)));
  nativeSignals.set(signal, controller.signal);
  return controller.signal;
}

/** Waits for `promise`, unless `signal` aborts first. */
export function waitFor<T>(
  promise: Promise<T>,
  signal: AbortSignal | null | undefined,
): Promise<T> {
  return signal ? waitUnlessAborted(promise, signal) : promise;
}

async function waitUnlessAborted<T>(
  promise: Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  let unsubscribe = () => {};
  try {
    return await new Promise((resolve, reject) => {
      // First, so that its rejection is handled also if the signal is none.
      promise.then(resolve, reject);
      const report = () => reject(abortReason(signal));
      if (signal.aborted) report();
      unsubscribe = onAbort(signal, report);
    });
  } finally {
    unsubscribe();
  }
}

/** The outcome of a wait whose time was up first. */
export const LATE: unique symbol = Symbol("late");

/** Waits for `promise`, unless `signal` aborts or the time is up first. */
export async function waitAtMost<T>(
  milliseconds: number,
  promise: PromiseLike<T>,
  signal?: AbortSignal | null,
): Promise<T | typeof LATE> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<typeof LATE>((resolve) => {
    timer = setTimeout(() => resolve(LATE), milliseconds);
  });
  try {
    return await waitFor(Promise.race([promise, late]), signal);
  } finally {
    clearTimeout(timer);
  }
}
