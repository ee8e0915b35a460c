/** Compares what an example prints with what its document shows. */
// tests/workerd, which uses this too, has no types of @std.
import {
  notStrictEqual as assertNotEquals,
  strictEqual as assertEquals,
} from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { read, root } from "../run/files.ts";
import { type Example, examplesIn, withOutputs } from "./blocks.ts";

/** Whether the documents are written anew: `UPDATE_EXAMPLES=1`. */
const isUpdate = process.env.UPDATE_EXAMPLES !== undefined;

/** Asserts that a document shows what its example prints, or writes it there. */
export function assertShown(example: Example, printed: string): void {
  assertNotEquals(printed, "", `${example.file}:${example.line} is silent`);
  const shown = example.output ?? "";
  if (withoutDates(printed) === withoutDates(shown)) return;
  if (isUpdate) writeOutput(example, printed);
  else assertEquals(printed, shown, UPDATE);
}

/** Without the days on which quotas begin anew. */
function withoutDates(text: string): string {
  return text.replaceAll(/\b\d{4}-\d{2}-\d{2}\b/g, "");
}

const UPDATE = "The document shows another output. " +
  "UPDATE_EXAMPLES=1 and the same command write it.";

function writeOutput({ file, code }: Example, printed: string): void {
  const text = read(file);
  // Other outputs may have moved the example since it was read.
  const outputs = examplesIn(file, text)
    .map((other) => other.code === code ? printed : undefined);
  writeFileSync(join(root, file), withOutputs(text, outputs));
}
