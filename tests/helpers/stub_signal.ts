/** Signals that count their listeners. */

/** A signal that counts its listeners. */
export interface StubSignal {
  signal: AbortSignal;
  abort(reason?: unknown): void;
  /** Its listeners at present. */
  readonly listeners: number;
  /** The most listeners that it has had at a time. */
  readonly most: number;
  /** How often a listener was added. */
  readonly added: number;
}

/** Creates a signal as an old polyfill's: no `throwIfAborted`, no `reason`. */
export function stubSignal(): StubSignal {
  const signal = Object.assign(new EventTarget(), { aborted: false });
  return countListeners(signal as unknown as AbortSignal, (...reasons) => {
    signal.aborted = true;
    if (reasons.length > 0) Object.assign(signal, { reason: reasons[0] });
    signal.dispatchEvent(new Event("abort"));
  });
}

/** Creates the runtime's own signal. */
export function countedSignal(): StubSignal {
  const controller = new AbortController();
  return countListeners(
    controller.signal,
    (reason) => controller.abort(reason),
  );
}

function countListeners(
  signal: AbortSignal,
  abort: StubSignal["abort"],
): StubSignal {
  const listeners = new Set<unknown>();
  let most = 0;
  let added = 0;
  const { addEventListener, removeEventListener } = signal;
  Object.assign(signal, {
    addEventListener(type: string, listener: () => void) {
      if (type !== "abort") throw new Error(`Unexpected event: ${type}`);
      listeners.add(listener);
      added++;
      most = Math.max(most, listeners.size);
      addEventListener.call(signal, type, listener);
    },
    removeEventListener(type: string, listener: () => void) {
      if (type !== "abort") throw new Error(`Unexpected event: ${type}`);
      listeners.delete(listener);
      removeEventListener.call(signal, type, listener);
    },
  });
  return {
    signal,
    abort,
    get listeners() {
      return listeners.size;
    },
    get most() {
      return most;
    },
    get added() {
      return added;
    },
  };
}
