import { assert, assertEquals } from "@std/assert";
import { test } from "node:test";
import type { CopilotTokenError } from "../../mod.ts";
import {
  EMPTY_CREDENTIAL_HINT,
  MALFORMED_CREDENTIAL_HINT,
} from "../../internal/hints.ts";
import { resolveCredential } from "../../internal/options.ts";
import { tokenError } from "../helpers/stubs.ts";

const valid: [given: string, resolved: string][] = [
  ["ghu_a", "ghu_a"],
  [" ghu_a\n", "ghu_a"],
  ["\tghu_a\r\n", "ghu_a"],
  ["tid=1;exp=2:~!#$%&()*+,-./", "tid=1;exp=2:~!#$%&()*+,-./"],
  ["a", "a"],
];

for (const [given, resolved] of valid) {
  test(`resolveCredential() trims ${JSON.stringify(given)}`, () => {
    assertEquals(resolveCredential(given), resolved);
  });
}

const invalid: [what: string, given: unknown][] = [
  ["an empty text", ""],
  ["white space", " \n"],
  ["a space inside", "Bearer ghu_a"],
  ["a line feed inside", "ghu_a\nghu_b"],
  ["a double quote", '"ghu_a'],
  ["a single quote", "ghu_a'"],
  ["a backquote", "`ghu_a"],
  ["a control character", "ghu_\x00a"],
  ["a letter that is not ASCII", "ghu_ä"],
  ["undefined", undefined],
  ["null", null],
  ["a number", 7],
];

/** The error for a credential that must be refused. */
function errorFor(credential: unknown): Promise<CopilotTokenError> {
  return tokenError(() =>
    Promise.resolve(credential as string).then(resolveCredential)
  );
}

for (const [what, given] of invalid) {
  test(`resolveCredential() refuses ${what} without repeating it`, async () => {
    const { code, status, message, hint } = await errorFor(given);
    assertEquals([code, status], ["bad_credentials", 401]);
    assert(!message.includes("ghu_"), message);
    const isEmpty = typeof given !== "string" || given.trim() === "";
    assertEquals(
      hint,
      isEmpty ? EMPTY_CREDENTIAL_HINT : MALFORMED_CREDENTIAL_HINT,
    );
  });
}
