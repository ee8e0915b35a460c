import { assertEquals, assertStringIncludes } from "@std/assert";
import { test } from "node:test";
import { HELP } from "../../cli/help.ts";
import { createFakeCopilot } from "../../testing/mod.ts";
import {
  lastBody,
  requestsTo,
  runMain,
  startMain,
} from "../helpers/fake_io.ts";

for (const word of ["help", "models", "usage"]) {
  test(`copilot-fetch ${word} does what --${word} does, and asks no model`, async () => {
    const fake = createFakeCopilot();
    const outcome = await runMain([word], { fake });
    assertEquals(outcome, await runMain([`--${word}`]));
    assertEquals(outcome.code, 0);
    const prompts = fake.requests.filter(({ method }) => method === "POST");
    assertEquals(prompts, []);
  });
}

test("copilot-fetch models and usage take the other options", async () => {
  for (const name of ["models", "usage"]) {
    const { code, stdout } = await runMain(["--json", name]);
    assertEquals([code, stdout[0]], [0, "{"]);
  }
});

for (const args of [["serve"], ["serve", "4711"]]) {
  test(`copilot-fetch ${args.join(" ")} serves`, async () => {
    const ports = new Set<number>();
    await using program = startMain(args, {
      listen({ port }) {
        ports.add(port);
        const close = () => Promise.resolve();
        return Promise.resolve({ port, close, closeConnections() {} });
      },
    });
    const port = Number(args[1] ?? 4141);
    await program.prints(`http://127.0.0.1:${port}\n`);
    assertEquals([...ports], [port]);
  });
}

test("copilot-fetch serve with a port that is none exits with 2", async () => {
  const { code, stderr } = await runMain(["serve", "65536"]);
  assertEquals(code, 2);
  assertStringIncludes(stderr, "65536");
});

for (const word of ["login", "auth"]) {
  test(`copilot-fetch ${word} explains how to get a credential, without one`, async () => {
    await using program = startMain([word], { env: {} });
    const { code, stdout } = await program.ended;
    assertEquals([code, requestsTo(program.fake)], [0, []]);
    assertStringIncludes(stdout, "gh auth login");
  });
}

/** Prompts that only begin with such a word, or that follow `--`. */
const PROMPTS: [args: string[], prompt: string][] = [
  [["help", "me"], "help me"],
  [["login page"], "login page"],
  [["serve", "tea"], "serve tea"],
  [["--", "help"], "help"],
  [["--", "serve", "1"], "serve 1"],
  [["toString"], "toString"],
];

for (const [args, prompt] of PROMPTS) {
  test(`copilot-fetch ${JSON.stringify(args)} asks the model`, async () => {
    const fake = createFakeCopilot();
    assertEquals((await runMain(args, { fake })).code, 0);
    assertEquals((await lastBody(fake)).messages[0].content, prompt);
  });
}

test("copilot-fetch --help names the words that are commands", () => {
  const section = /One of these words[^]*?\n\n/.exec(HELP)?.[0] ?? "";
  for (const word of ["help", "models", "usage", "serve", "login", "auth"]) {
    assertStringIncludes(section, word);
  }
});
