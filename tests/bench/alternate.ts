/**
 * Measures two sides by turns, in random order, so that what else the machine
 * does slows them alike.
 */
import process from "node:process";
import { median } from "./report.ts";

/** How often both sides are measured. */
export interface Repetitions {
  /** Measurements of each side before the first block. */
  warmUp: number;
  blocks: number;
  perBlock: number;
  /** Gives each side the other's name; by default where `--swap` was given. */
  isSwapped?: boolean;
}

/** What was measured of both sides: the medians of each block. */
export interface Alternated {
  ours: number[];
  theirs: number[];
  /** `ours` divided by `theirs`. */
  ratios: number[];
}

/**
 * Measures both sides in blocks: `measure` returns numbers by name. Swapped
 * names have to invert the ratios: what is not inverted comes from the benchmark.
 */
export async function alternate<Side, Name extends string>(
  ours: Side,
  theirs: Side,
  measure: (side: Side) => Promise<Record<Name, number>>,
  {
    warmUp,
    blocks,
    perBlock,
    isSwapped = process.argv.includes("--swap"),
  }: Repetitions,
): Promise<Record<Name, Alternated>> {
  const [first, second] = isSwapped ? [theirs, ours] : [ours, theirs];
  const result: Partial<Record<Name, Alternated>> = {};
  for (let block = -1; block < blocks; block++) {
    const isWarmUp = block < 0;
    const ofFirst: Record<Name, number>[] = [];
    const ofSecond: Record<Name, number>[] = [];
    for (let left = isWarmUp ? warmUp : perBlock; left > 0; left--) {
      const isFirstEarlier = Math.random() < 0.5;
      if (isFirstEarlier) ofFirst.push(await measure(first));
      ofSecond.push(await measure(second));
      if (!isFirstEarlier) ofFirst.push(await measure(first));
    }
    if (isWarmUp) continue;
    for (const name of Object.keys(ofFirst[0]) as Name[]) {
      const measured = result[name] ??= { ours: [], theirs: [], ratios: [] };
      const own = median(ofFirst.map((each) => each[name]));
      const other = median(ofSecond.map((each) => each[name]));
      measured.ours.push(own);
      measured.theirs.push(other);
      measured.ratios.push(own / other);
    }
  }
  return result as Record<Name, Alternated>;
}

/** How many milliseconds a call takes. */
export async function timeOf(call: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await call();
  return performance.now() - begun;
}
