import process from "node:process";

/** Tells one measurement, in a line that `bench.ts` makes a row of. */
export function report(what: string, result: string): void {
  process.stdout.write(`${what}\t${result}\n`);
}

/** How many times as much, with the least and the most that was seen. */
export function times(ratios: number[]): string {
  const sorted = ratios.toSorted((a, b) => a - b);
  const [least, middle, most] = [0, sorted.length >> 1, sorted.length - 1]
    .map((index) => sorted[index].toFixed(2));
  return `${middle} (${least}–${most})`;
}

/** The one in the middle. */
export function median(numbers: number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
}

/** Bytes in use, when all that is not has been collected. */
export async function heapUsed(): Promise<number> {
  const { gc, Bun } = globalThis as {
    gc?: () => void;
    Bun?: { gc(force: boolean): void };
  };
  for (let turn = 0; turn < 5; turn++) {
    Bun ? Bun.gc(true) : gc?.();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  // What Bun says of its heap is an estimate; what it holds is not.
  return Bun ? process.memoryUsage().rss : process.memoryUsage().heapUsed;
}
