import { assertEquals } from "@std/assert";
import { test } from "node:test";
import { wrap } from "../../cli/wrap.ts";

test("wrap() breaks a text between words, and indents the lines", () => {
  assertEquals(wrap("one two three", 80, "  "), ["  one two three"]);
  assertEquals(wrap("one two three", 9, "  "), ["  one two", "    three"]);
  assertEquals(wrap("one two three", 8, "  "), [
    "  one",
    "    two",
    "    three",
  ]);
});

test("wrap() leaves a word that is longer than a line whole", () => {
  assertEquals(wrap("/a/long/path is", 8, ""), ["/a/long/path", "  is"]);
});
