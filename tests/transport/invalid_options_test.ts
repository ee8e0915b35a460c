import { assert, assertEquals, assertThrows } from "@std/assert";
import { test } from "node:test";
import {
  type CopilotFetchOptions,
  createClientOptions,
  createCopilotFetch,
  TokenCache,
} from "../../mod.ts";
import { describeValue, invalidOption } from "../../internal/options.ts";

const SECRET = "ghu_secretsecret";

/** What the error says of the value, or `undefined` if it must not repeat it. */
const invalid: [name: string, value: unknown, received: string | undefined][] =
  [
    ["fetch", "x", '"x"'],
    ["fetch", {}, "object"],
    ["fetch", null, "null"],
    ["fetch", SECRET, undefined],
    ["cache", {}, "object"],
    ["cache", { get() {} }, "object"],
    ["cache", TokenCache, "function"],
    ["cache", "x", '"x"'],
    ["cache", null, "null"],
    ["domain", "a b", undefined],
    ["domain", "", undefined],
    ["domain", "ghe.com", undefined],
    ["domain", "acme.ghe.com/x", undefined],
    ["domain", "evil.com", undefined],
    ["domain", "github.com.evil.com", undefined],
    ["domain", SECRET, undefined],
    ["domain", 7, undefined],
    ["domain", null, undefined],
    ["headers", { authorization: `Bearer ${SECRET}` }, undefined],
    ["headers", [["Authorization", SECRET]], undefined],
    ["headers", { "a b": SECRET }, undefined],
    ["headers", { a: `${SECRET}\n` + "b" }, undefined],
    ["headers", SECRET, undefined],
    ["headers", 7, undefined],
    ["headers", null, undefined],
    ["headers", () => ({}), undefined],
    ["initiator", "me", '"me"'],
    ["initiator", "users", '"users"'],
    ["initiator", "User", '"User"'],
    ["initiator", null, "null"],
    ["initiator", ["user"], "object"],
    ["auth", "Direct", '"Direct"'],
    ["auth", "", '""'],
    ["auth", null, "null"],
    ["auth", SECRET, undefined],
    ["exchangeTimeout", "5000", '"5000"'],
    ["exchangeTimeout", 0, "0"],
    ["exchangeTimeout", -1, "-1"],
    ["exchangeTimeout", NaN, "NaN"],
    ["exchangeTimeout", 5n, "5"],
    ["exchangeTimeout", null, "null"],
    ["exchangeErrors", "respond", '"respond"'],
    ["exchangeErrors", true, "true"],
    ["exchangeErrors", null, "null"],
    ["waitUntil", Promise.resolve(), "object"],
    ["waitUntil", null, "null"],
  ];

for (const [name, value, received] of invalid) {
  const shown = String(value);
  for (const create of [createCopilotFetch, createClientOptions]) {
    test(`${create.name}() refuses ${name}: ${shown} (${received ?? "not repeated"})`, () => {
      const options = { [name]: value } as CopilotFetchOptions;
      const { message } = assertThrows(
        () => create("ghu_a", options),
        TypeError,
      );
      assert(message.includes(`'${name}'`), message);
      if (received !== undefined) {
        assert(message.endsWith(` ${received}`), message);
      }
      assert(!message.includes(SECRET), message);
    });
  }
}

const notOptions: [options: unknown, received: string][] = [
  [null, "null"],
  ["text", '"text"'],
  [SECRET, "string"],
  [7, "7"],
  [() => {}, "function"],
];

for (const [options, received] of notOptions) {
  test(`createCopilotFetch() refuses ${received} in place of the options`, () => {
    for (const create of [createCopilotFetch, createClientOptions]) {
      const { message } = assertThrows(
        () => create("ghu_a", options as never),
        TypeError,
      );
      assert(message.endsWith(` ${received}`), message);
    }
  });
}

const values: [value: unknown, description: string | undefined][] = [
  [undefined, "undefined"],
  [null, "null"],
  [0, "0"],
  [false, "false"],
  [10n, "10"],
  ["", '""'],
  ["a".repeat(20), `"${"a".repeat(20)}"`],
  ["a".repeat(21), "string"],
  ["ghu_short", "string"],
  ["tid=1;exp=2", "string"],
  [{ token: "x" }, "object"],
  [["x"], "object"],
  [() => "x", "function"],
  [Symbol("x"), "Symbol(x)"],
];

for (const [value, description] of values) {
  test(`describeValue() describes ${typeof value} ${String(value)} as ${description}`, () => {
    assertEquals(describeValue(value), description);
  });
}

test("invalidOption() names the option, what is expected and what was received", () => {
  const full = invalidOption("auth", "a text", "7").message;
  for (const part of ["auth", "a text", "7"]) assert(full.includes(part));
  assert(invalidOption("auth", "a text").message.endsWith("a text"));
});
