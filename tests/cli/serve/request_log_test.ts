import { assertEquals, assertMatch } from "@std/assert";
import { test } from "node:test";
import { formatRecord, mainQuota } from "../../../cli/serve/request_log.ts";
import { createFakeCopilot } from "../../../testing/mod.ts";
import {
  head,
  postChat,
  read,
  send,
  startServer,
} from "../../helpers/cli_server.ts";
import { createSlowAnswer, type FakeIOOptions } from "../../helpers/fake_io.ts";

const PREMIUM =
  "ent=1000&ov=0.0&ovPerm=true&rem=97.1&rst=2026-12-01T00%3A00%3A00Z&totRem=971.0";

test("formatRecord() names everything that is known about a request", () => {
  const startedAt = new Date(2026, 10, 25, 15, 50, 17).getTime();
  const line = formatRecord({
    startedAt,
    method: "POST",
    path: "/v1/messages",
    model: "claude-opus-5-5",
    listedModel: "claude-opus-5.5",
    initiator: "user",
    status: 200,
    quota: mainQuota(
      new Headers({ "x-quota-snapshot-premium_interactions": PREMIUM }),
    ),
  }, { endedAt: startedAt + 1234, isWhole: true });
  assertEquals(
    line,
    "15:50:17 POST /v1/messages claude-opus-5-5 as claude-opus-5.5 user 200 1234 ms premium_interactions: 971 of 1000",
  );
});

test("mainQuota() chooses the plan's limited quota, of several that of premium requests", () => {
  const limited = "ent=50&rem=20&totRem=10";
  const choose = (quotas: Record<string, string>) =>
    mainQuota(new Headers(quotas))?.name;
  assertEquals(
    choose({
      "x-quota-snapshot-chat": limited,
      "x-quota-snapshot-premium_interactions": PREMIUM,
    }),
    "premium_interactions",
  );
  assertEquals(
    choose({
      "x-quota-snapshot-chat": limited,
      "x-quota-snapshot-premium_interactions": "ent=-1&rem=100&totRem=0",
    }),
    "chat",
  );
  assertEquals(choose({ "x-usage-ratelimit-session": limited }), undefined);
});

const LINE =
  /^\S*\d\d:\d\d:\d\d POST \/v1\/chat\/completions gpt-5-mini user 200 \d+ ms .+: .+ of .+$/m;

/** When a line is printed for each request. */
const PRINTED: [name: string, args: string[], options: FakeIOOptions][] = [
  ["on a terminal", [], { terminals: ["stderr"] }],
  ["with -v", ["-v"], {}],
  ["with --demo", ["--demo"], {}],
];

for (const [name, args, options] of PRINTED) {
  test(`copilot-fetch --serve prints a line for each request ${name}, and no secret`, async () => {
    await using server = await startServer(options, ["--serve=0", ...args]);
    await (await postChat(server, "Hello")).text();
    await server.program.prints(LINE, "stderr");
    const { stderr } = server.program.outcome;
    assertEquals(stderr.includes("ghu_") || stderr.includes("tid="), false);
  });
}

test("copilot-fetch --serve prints refused requests with the reason in one line", async () => {
  const options: FakeIOOptions = { terminals: ["stderr"] };
  await using server = await startServer(options);
  await send(server.port, head("GET /nothing?key=secret"));
  await server.program.prints(/GET \/nothing 404 \d+ ms: .+\n/, "stderr");
  await send(server.port, head("GET /models", ["Origin: null"]));
  await server.program.prints(/GET \/models 403 \d+ ms: .+\n/, "stderr");
  assertEquals(server.program.outcome.stderr.includes("secret"), false);
});

test("copilot-fetch --serve reports that an answer was cut off", async () => {
  const fake = createFakeCopilot();
  const answer = createSlowAnswer();
  fake.answerNextRequest(answer.respond);
  await using server = await startServer({ fake }, ["--serve=0", "-v"]);
  const client = new AbortController();
  const response = await postChat(server, "Hi", { signal: client.signal });
  answer.send("One ");
  await read(response).until("One ");
  client.abort();
  await server.program.prints(/ 200 cut off \d+ ms/, "stderr");
});

for (
  const [name, args, options] of [
    ["where stderr is no terminal", [], {}],
    ["with -q on a terminal", ["-q"], { terminals: ["stderr"] }],
    ["with -q and --demo", ["-q", "--demo"], {}],
  ] as [string, string[], FakeIOOptions][]
) {
  test(`copilot-fetch --serve prints no line for a request ${name}`, async () => {
    await using server = await startServer(options, ["--serve=0", ...args]);
    await (await postChat(server, "Hello")).text();
    await send(server.port, head("GET /nothing"));
    server.program.kill();
    const { stderr } = await server.program.ended;
    // What a terminal is sent at the end is no line.
    assertMatch(stderr, /^[^\n]*no key[^\n]*\n[^\n]*$/i);
  });
}

test("copilot-fetch --serve -v prints each exchange and the host of a request", async () => {
  await using server = await startServer({}, ["-v", "--serve=0"]);
  await (await postChat(server, "Hello")).text();
  const { stderr } = server.program.outcome;
  assertMatch(stderr, /^request {4}POST \/chat\/completions: 200, \d+ ms$/m);
  assertMatch(stderr, /^exchange {3}GET https:\/\/api\.github\.com/m);
});
