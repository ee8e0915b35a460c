/** Knows when Web Crypto has nothing to do, for tests with simulated time. */
import { setImmediate } from "node:timers/promises";

const METHODS = ["importKey", "deriveKey", "sign", "encrypt", "decrypt"];

const pending = new Set<Promise<unknown>>();

type Method = (this: SubtleCrypto, ...args: unknown[]) => Promise<unknown>;

const prototype = SubtleCrypto.prototype as unknown as Record<string, Method>;
for (const name of METHODS) {
  const method = prototype[name];
  Object.defineProperty(prototype, name, {
    configurable: true,
    value(this: SubtleCrypto, ...args: unknown[]) {
      const operation = method.apply(this, args);
      pending.add(operation);
      const end = () => pending.delete(operation);
      operation.then(end, end);
      return operation;
    },
  });
}

/** Waits until no operation is in progress. */
export async function cryptoSettled(): Promise<void> {
  while (pending.size > 0) {
    await Promise.allSettled(pending);
    await setImmediate();
  }
}
