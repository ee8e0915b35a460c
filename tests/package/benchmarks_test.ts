import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { test } from "node:test";
import { alternate } from "../bench/alternate.ts";
import {
  CHART,
  PAGE,
  savedChart,
  savedPage,
  sectionsOf,
} from "../bench/page.ts";
import { readTimes, times } from "../bench/report.ts";
import { read } from "../run/files.ts";

/** `deno fmt` aligns tables and wraps lines. */
const withoutLayout = (text: string) => text.replace(/[\s|-]+/g, " ");

test("docs/benchmarks.md shows the saved results: npm --prefix tests run bench -- --page", () => {
  assertEquals(withoutLayout(read(PAGE)), withoutLayout(savedPage()));
});

test("docs/benchmarks.md has a place for every row that a benchmark reports", () => {
  const rows = { "an unknown row": { Node: "1.00" } };
  const result = { date: "", machine: "", versions: {}, rows };
  const { message } = assertThrows(() => sectionsOf([], [result]), Error);
  assertMatch(message, /an unknown row/);
});

test("The chart of docs/benchmarks.md shows the saved results: npm --prefix tests run bench -- --page", () => {
  assertEquals(read(CHART), savedChart());
});

test("tests/bench/others/package.json names exact versions", () => {
  const { dependencies } = JSON.parse(read("tests/bench/others/package.json"));
  for (const version of Object.values(dependencies)) {
    assertMatch(`${version}`, /^\d+\.\d+\.\d+$/);
  }
});

test("readTimes() reads what times() writes", () => {
  assertEquals(readTimes(times([0.5, 0.0123, 2])), {
    median: 0.5,
    least: 0.012,
    most: 2,
  });
  assertEquals(readTimes("1 against 1000"), undefined);
});

test("alternate() divides what it measures of one side by the other's, which a swap inverts", async () => {
  const repetitions = { warmUp: 1, blocks: 3, perBlock: 5 };
  const measure = (size: number) => Promise.resolve({ size });
  const options = { ...repetitions, isSwapped: false };
  const { size } = await alternate(1, 4, measure, options);
  assertEquals(size, {
    ours: [1, 1, 1],
    theirs: [4, 4, 4],
    ratios: [0.25, 0.25, 0.25],
  });
  const swapped = await alternate(1, 4, measure, {
    ...repetitions,
    isSwapped: true,
  });
  assertEquals(swapped.size.ratios, [4, 4, 4]);
});
