import process from "node:process";

/** Prints one measurement, in a line that `bench.ts` makes a row of. */
export function report(what: string, result: string): void {
  process.stdout.write(`${what}\t${result}\n`);
}

/** The median of ratios, with the least and the greatest. */
export function times(ratios: number[]): string {
  const sorted = ratios.toSorted((a, b) => a - b);
  const [least, middle, most] = [0, sorted.length >> 1, sorted.length - 1]
    .map((index) => sorted[index].toFixed(2));
  return `${middle} (${least}–${most})`;
}

/** The median of numbers. */
export function median(numbers: number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
}

/** Bytes in use after a garbage collection. */
export async function heapUsed(): Promise<number> {
  const { gc, Bun } = globalThis as {
    gc?: () => void;
    Bun?: { gc(force: boolean): void };
  };
  for (let turn = 0; turn < 5; turn++) {
    Bun ? Bun.gc(true) : gc?.();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  // Bun only estimates the size of its heap.
  return Bun ? process.memoryUsage().rss : process.memoryUsage().heapUsed;
}
