import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { runtime } from "../helpers/command.ts";
import { startNetwork } from "../helpers/network.ts";
import {
  closedPort,
  copilot,
  type CopilotOptions,
  linesOf,
  SECRET,
  testOverTLS as test,
} from "../helpers/copilot_command.ts";

/** Asks, and returns the one line that tells of the failure. */
async function failure(
  args: string[],
  options: CopilotOptions,
  expected = 1,
): Promise<string> {
  const { code, stdout, stderr } = await copilot(args, options);
  assertEquals(
    [code, stdout, linesOf(stderr).length],
    [expected, "", 1],
    stderr,
  );
  assert(stderr.startsWith("copilot: "), stderr);
  assert(!stderr.includes(SECRET) && !stderr.includes("tid="), stderr);
  return stderr;
}

test("A model that Copilot refuses: its message", async () => {
  await using network = await startNetwork({ models: ["gpt-4.1"] });
  network.fake.answerNextRequest(Response.json({
    error: { message: "The requested model is not supported.", code: "x" },
  }, { status: 400 }));
  assertEquals(
    await failure(["-m", "gpt-0", "Hello"], { network }),
    "copilot: http 400: The requested model is not supported.\n",
  );
  const told = await failure(["-m", "gpt-0", "Hello"], { network });
  assertStringIncludes(told, "copilot: http 400: ");
  for (const args of [["--json", "Hello"], ["--models"]]) {
    network.fake.answerNextRequest(
      new Response("Bad\r\nday\n", { status: 500 }),
    );
    assertEquals(
      await failure(args, { network }),
      "copilot: http 500: Bad - day\n",
    );
  }
});

test("A refusal without a word is told by its status", async () => {
  await using network = await startNetwork();
  network.fake.answerNextRequest(new Response(null, { status: 502 }));
  assertStringIncludes(await failure(["Hello"], { network }), "http 502");
});

test("What a refusal says cannot command the terminal", async () => {
  await using network = await startNetwork();
  network.fake.answerNextRequest(
    new Response("\x1b]0;title\x07\x9b31mred\x00", { status: 400 }),
  );
  const told = await failure(["Hello"], { network });
  // deno-lint-ignore no-control-regex -- it is what it looks for
  assert(!/[\x00-\x09\x0b-\x1f\x7f-\x9f]/.test(told), JSON.stringify(told));
});

test("Without a seat there is GitHub's sentence", async () => {
  await using network = await startNetwork({ subscription: false });
  for (const args of [["Hello"], ["--models"]]) {
    assertStringIncludes(
      await failure(args, { network }),
      "No access to GitHub Copilot found",
    );
  }
});

test("A credential that GitHub does not know comes with a hint", async () => {
  await using network = await startNetwork({ credentials: ["ghu_other"] });
  const told = await failure(["Hello"], { network });
  assertStringIncludes(told, "http 401: ");
  assertStringIncludes(told, "get a new one");
});

test("GitHub may be out of order", async () => {
  await using network = await startNetwork();
  network.fake.answerNextExchange(new Response("<h1>Oops", { status: 503 }));
  assertStringIncludes(await failure(["Hello"], { network }), "http 503");
});

test("GitHub may be out of reach", async () => {
  await using network = await startNetwork();
  const port = await closedPort();
  const env = { HTTPS_PROXY: `http://127.0.0.1:${port}` };
  assertStringIncludes(
    await failure(["Hello"], { network, env }),
    "copilot token exchange: ",
  );
});

test("Copilot may be out of reach, and the reason is told", async () => {
  await using network = await startNetwork({
    certificates: ({ issue }) => ({
      "api.individual.githubcopilot.com": issue(["evil.example.com"]),
    }),
  });
  assert(/cert/i.test(await failure(["Hello"], { network })));
});

/** Answers that are none, or not whole. */
const BROKEN: [what: string, args: string[], body: string, told: string][] = [
  ["A page of a portal is no answer", [], "<h1>Sign in", "breaks off"],
  ["Nothing is no answer", [], "", "breaks off"],
  ["A page is no answer", ["--no-stream"], "<h1>Sign in", "no JSON: <h1>Sign"],
  ["A piece has to be JSON", [], "data: <h1>\n\n", "no JSON: <h1>"],
  [
    "A failure may come in mid-stream",
    [],
    'data: {"error":{"message":"Overloaded"}}\n\n',
    "copilot: Overloaded",
  ],
];

test("An answer that is none, or not whole, is told", async () => {
  await using network = await startNetwork();
  for (const [what, args, body, told] of BROKEN) {
    network.fake.answerNextRequest(new Response(body));
    const line = await failure([...args, "Hello"], { network });
    assertStringIncludes(line, told, what);
  }
});

test("An answer that breaks off is printed as far as it came, and told", async () => {
  await using network = await startNetwork();
  const piece = JSON.stringify({
    choices: [{ delta: { content: "Half an" } }],
  });
  network.fake.answerNextRequest(new Response(`data: ${piece}\n\n`));
  const { code, stdout, stderr } = await copilot(["Hello"], { network });
  assertEquals([code, stdout], [1, "Half an"]);
  assertEquals(stderr, "copilot: The answer breaks off\n");
});

if (runtime === "Deno") {
  const HOME = "api.individual.githubcopilot.com";
  /** What is not allowed, and the flag that would allow it. */
  const DENIED: [permissions: string[], args: string[], flag: string][] = [
    [["-E"], ["Hello"], "--allow-net"],
    [["-E", "-N=api.github.com"], ["Hello"], "--allow-net"],
    [["-E", `-N=${HOME}`], ["Hello"], "--allow-net"],
    [["-N"], ["Hello"], "--allow-env"],
    [["-NE"], ["-i", "a.png", "Hello"], "--allow-read"],
    [["-E"], ["--serve"], "--allow-net"],
  ];

  test("What Deno denies is told with the flag that allows it", async () => {
    await using network = await startNetwork();
    for (const [permissions, args, flag] of DENIED) {
      const told = await failure(args, { network, permissions }, 2);
      assertStringIncludes(told, flag, `${permissions} for ${args}`);
    }
  });

  test("The port is 4141 unless another is asked for", async () => {
    const told = await failure(["--serve"], {
      permissions: ["-E"],
      env: { COPILOT_GITHUB_TOKEN: SECRET },
    }, 2);
    assertStringIncludes(told, "127.0.0.1:4141");
  });
}
