import { assertEquals } from "@std/assert";
import { test } from "node:test";
import type { Signal } from "../../cli/mod.ts";
import {
  createFakeCopilot,
  type FakeAnswer,
  type FakeCopilot,
} from "../../testing/mod.ts";
import {
  answerNextPrompt,
  commandLine,
  createSlowAnswer,
  never,
  requestsTo,
  startMain,
} from "../helpers/fake_io.ts";
import { deferred } from "../helpers/stubs.ts";

const CODES: Record<Signal, number> = {
  SIGINT: 130,
  SIGHUP: 129,
  SIGTERM: 143,
};

for (const [signal, code] of Object.entries(CODES)) {
  test(`copilot-fetch exits with ${code} after ${signal} in mid-stream, and cancels the request`, async () => {
    const fake = createFakeCopilot();
    const answer = createSlowAnswer();
    answerNextPrompt(fake, answer.respond);
    await using program = startMain(["Hello"], { fake });
    answer.send("One ");
    await program.prints("One ");
    program.kill(signal as Signal);
    const expected = { code, stdout: "One ", stderr: "" };
    assertEquals(await program.ended, expected);
    await answer.cancelled;
  });
}

/** What else the program waits for. */
const WAITS: Record<string, (fake: FakeCopilot, answer: FakeAnswer) => void> = {
  "the exchange": (fake, answer) => fake.answerNextExchange(answer),
  "the models": (fake, answer) => fake.answerNextRequest(answer),
  "the answer": answerNextPrompt,
};

for (const args of [["Hello"], ["--models"]]) {
  for (const [what, answerNext] of Object.entries(WAITS)) {
    if (args[0] === "--models" && what === "the answer") continue;

    test(`${commandLine(args)} exits with 130 after SIGINT while it waits for ${what}`, async () => {
      const fake = createFakeCopilot();
      const waits = deferred();
      answerNext(fake, () => {
        waits.resolve();
        return never;
      });
      await using program = startMain(args, { fake });
      await waits.promise;
      program.kill();
      const expected = { code: 130, stdout: "", stderr: "" };
      assertEquals(await program.ended, expected);
    });
  }
}

test("copilot-fetch exits with 130 after SIGINT while it waits for input, and sends nothing", async () => {
  const waits = deferred();
  async function* input() {
    yield new TextEncoder().encode("word ");
    waits.resolve();
    await never;
  }
  await using program = startMain(["Hello"], { input: input() });
  await waits.promise;
  program.kill();
  assertEquals(await program.ended, { code: 130, stdout: "", stderr: "" });
  assertEquals(requestsTo(program.fake), []);
});

for (const flag of ["--file", "--image"]) {
  test(`copilot-fetch ${flag} exits with 130 after SIGINT while it reads a file that does not end`, async () => {
    const waits = deferred();
    await using program = startMain([flag, "pipe", "Hello"], {
      readFile() {
        waits.resolve();
        return new Promise(() => {});
      },
    });
    await waits.promise;
    program.kill();
    assertEquals(await program.ended, { code: 130, stdout: "", stderr: "" });
    assertEquals(requestsTo(program.fake), []);
  });
}

test("copilot-fetch exits with 130 after SIGINT while it waits for gh, and ends gh", async () => {
  const [waits, ended] = [deferred(), deferred()];
  await using program = startMain(["Hello"], {
    env: {},
    run(_command, _args, { signal }) {
      signal.addEventListener("abort", () => ended.resolve());
      waits.resolve();
      return new Promise(() => {});
    },
  });
  await waits.promise;
  program.kill();
  assertEquals(await program.ended, { code: 130, stdout: "", stderr: "" });
  await ended.promise;
});
