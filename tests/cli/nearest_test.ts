import { assertEquals } from "@std/assert";
import { test } from "node:test";
import { nearest } from "../../cli/nearest.ts";

const IDS = [
  ...["gpt-5", "gpt-5-mini", "gpt-5.3-codex", "claude-haiku-4.5"],
  ...["claude-opus-5.5", "claude-sonnet-5", "gemini-3-flash", "o5"],
];

/** What was typed, and the id that was meant. */
const TYPED: [text: string, meant: string][] = [
  ["gpt5-mini", "gpt-5-mini"],
  ["GPT-5-Minni", "gpt-5-mini"],
  ["haku", "claude-haiku-4.5"],
  ["opus-5.6", "claude-opus-5.5"],
  ["claude-sonnet-4.5", "claude-sonnet-5"],
  ["flahs", "gemini-3-flash"],
];

for (const [text, meant] of TYPED) {
  test(`nearest() finds ${meant} for ${text}`, () => {
    assertEquals(nearest(text, IDS, 1), [meant]);
  });
}

test("nearest() names as many as it is asked for, the nearest first", () => {
  const found = nearest("gpt-5-mimi", IDS, 3);
  assertEquals([found[0], found.length], ["gpt-5-mini", 3]);
  assertEquals(nearest("gpt", ["a"], 3), ["a"]);
  assertEquals(nearest("gpt", [], 3), []);
});

test("nearest() takes a text of any length", () => {
  assertEquals(nearest("gpt-5-mini".padEnd(1e7, "!"), IDS, 3).length, 3);
});
