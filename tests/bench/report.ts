/** How benchmarks print what they have measured: medians of ratios. */
import process from "node:process";

/** Prints one measurement, in a line that `bench.ts` makes a row of. */
export function report(what: string, result: string): void {
  process.stdout.write(`${what}\t${result}\n`);
}

/** The median of ratios, with the least and the greatest. */
export function times(ratios: number[]): string {
  const sorted = ratios.toSorted((a, b) => a - b);
  const [least, middle, most] = [0, sorted.length >> 1, sorted.length - 1]
    .map((index) => shorten(sorted[index]));
  return `${middle} (${least}–${most})`;
}

/** Two decimals, or two digits where that would hide the number. */
function shorten(ratio: number): string {
  return ratio === 0 || ratio >= 0.1 ? ratio.toFixed(2) : ratio.toPrecision(2);
}

/** The ratios that `times()` has made a text of, if it is one. */
export function readTimes(
  text: string,
): { median: number; least: number; most: number } | undefined {
  const numbers = /^([\d.]+) \(([\d.]+)–([\d.]+)\)$/.exec(text)?.slice(1);
  if (!numbers) return undefined;
  const [median, least, most] = numbers.map(Number);
  return { median, least, most };
}

/** The median of numbers. */
export function median(numbers: number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
}

/** The medians of two sides in a unit: "12.5 against 31.0". */
export function against(
  ours: number[],
  theirs: number[],
  digits: number,
  toUnit: (value: number) => number = (value) => value,
): string {
  const [left, right] = [ours, theirs].map((all) =>
    toUnit(median(all)).toFixed(digits)
  );
  return `${left} against ${right}`;
}
