import { assert } from "@std/assert";
import { test } from "node:test";
import { startRedis, testWithRedis } from "../helpers/redis.ts";
import {
  EXAMPLES,
  examplesFor,
  examplesWithout,
  MARKS,
  RUNTIME,
  titleOf,
} from "./documents.ts";
import { runExample, runtimesOf } from "./run_example.ts";
import { assertShown } from "./shown_output.ts";

const PROGRAMS = ["ts", "js"];

const isForRuntime = (example: Parameters<typeof runtimesOf>[0]) =>
  runtimesOf(example).includes(RUNTIME);

for (
  const example of examplesWithout(
    PROGRAMS,
    "redis",
    "server",
    "next",
    "no-run",
  )
    .filter(isForRuntime)
) {
  test(`${titleOf(example)} prints what the page shows`, async () => {
    assertShown(example, await runExample(example, RUNTIME));
  });
}

for (const example of examplesFor(PROGRAMS, "redis").filter(isForRuntime)) {
  testWithRedis(`${titleOf(example)} prints what the page shows`, async () => {
    await using redis = await startRedis();
    const env = { REDIS_URL: redis.url };
    assertShown(example, await runExample(example, RUNTIME, env));
  });
}

test("An example is only marked with what documents.ts explains", () => {
  for (const { file, line, marks } of EXAMPLES) {
    const [first, second] = marks;
    const where = `${file}:${line}: ${marks.join(" ")}`;
    if (first === "no-run") assert(second === "because", where);
    else assert(marks.every((mark) => Object.hasOwn(MARKS, mark)), where);
  }
});
