/** The size of the heap. */
import process from "node:process";
import v8 from "node:v8";
import vm from "node:vm";

/** Collects garbage, on Bun with its own function. */
const collectGarbage = findCollector();

/** The bytes that the heap holds after garbage was collected. */
export function usedHeap(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

function findCollector(): () => void {
  const { Bun } = globalThis as { Bun?: { gc(isSynchronous: true): void } };
  if (Bun) return () => Bun.gc(true);
  v8.setFlagsFromString("--expose-gc");
  return vm.runInNewContext("gc");
}
