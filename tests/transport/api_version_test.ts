import { assertEquals } from "@std/assert";
import { test } from "node:test";
import { setUp } from "../helpers/scripted_copilot.ts";
import {
  deferred,
  inTurn,
  tokenResponse,
  tokenText,
} from "../helpers/stubs.ts";

const HEADER = "x-github-api-version";
const VERSION = "2026-06-01";

function versionsOf(requests: { headers: Record<string, string> }[]) {
  return requests.map(({ headers }) => headers[HEADER]);
}

const paths: [path: string, version: string | undefined][] = [
  ["/models", VERSION],
  ["/models/", VERSION],
  ["/models?limit=5", VERSION],
  ["/v1/models", VERSION],
  ["/models/gpt-5-mini", VERSION],
  ["/models/gpt-5-mini/policy", VERSION],
  ["/chat/completions", undefined],
  ["/models-of-mine", undefined],
  ["/mymodels", undefined],
  ["/x?path=/models", undefined],
];

for (const [path, version] of paths) {
  test(`createCopilotFetch() sends the API version ${version} to ${path}`, async () => {
    const { copilot, requests } = setUp();
    await copilot(path);
    assertEquals(versionsOf(requests), [version]);
  });
}

/** Copilot, which has withdrawn every API version. */
function withdrawn({ headers }: { headers: Record<string, string> }): Response {
  return HEADER in headers
    ? new Response("withdrawn", { status: 466 })
    : new Response("accepted");
}

test("createCopilotFetch() repeats a request without its own API version after a 466", async () => {
  const { copilot, exchanges, requests } = setUp({}, undefined, withdrawn);
  assertEquals(await (await copilot("/models")).text(), "accepted");
  assertEquals(versionsOf(requests), [VERSION, undefined]);
  const [first, second] = requests;
  const { [HEADER]: _, ...others } = first.headers;
  assertEquals(second.headers, others);
  assertEquals(second.url, first.url);
  assertEquals(exchanges.length, 1);
});

test("createCopilotFetch() sends a model's policy again after a 466", async () => {
  const { copilot, requests } = setUp({}, undefined, withdrawn);
  const body = '{"state":"enabled"}';
  await copilot("/models/a/policy", { method: "POST", body });
  assertEquals(requests.map(({ body }) => body), [body, body]);
});

test("createCopilotFetch() does not repeat a stream after a 466", async () => {
  const { copilot, requests } = setUp({}, undefined, withdrawn);
  const init = { method: "POST", body: new ReadableStream() };
  const response = await copilot("/models/a/policy", init);
  assertEquals(await response.text(), "withdrawn");
  assertEquals(requests.length, 1);
});

for (const version of ["2025-05-01", VERSION]) {
  test(`createCopilotFetch() returns a 466 to the caller's API version ${version}`, async () => {
    for (const source of ["request", "option"]) {
      const headers = { "X-GitHub-Api-Version": version };
      const isOption = source === "option";
      const { copilot, requests } = setUp(
        isOption ? { headers } : {},
        undefined,
        withdrawn,
      );
      const response = await copilot("/models", isOption ? {} : { headers });
      assertEquals(await response.text(), "withdrawn");
      assertEquals(versionsOf(requests), [version]);
    }
  });
}

test("createCopilotFetch() returns a 466 that has another cause", async () => {
  const { copilot, requests } = setUp(
    {},
    undefined,
    () => new Response("too old", { status: 466 }),
  );
  const response = await copilot("/chat/completions", { method: "POST" });
  assertEquals([response.status, await response.text()], [466, "too old"]);
  assertEquals(requests.length, 1);
});

test("createCopilotFetch() returns a second 466", async () => {
  const { copilot, requests } = setUp(
    {},
    undefined,
    () => new Response("too old", { status: 466 }),
  );
  assertEquals((await copilot("/models")).status, 466);
  assertEquals(requests.length, 2);
});

test("createCopilotFetch() cancels the body of a 466 that it does not return", async () => {
  const cancelled = deferred();
  const body = new ReadableStream({ cancel: () => cancelled.resolve() });
  const { copilot } = setUp(
    {},
    undefined,
    inTurn(
      () => new Response(body, { status: 466 }),
      () => new Response("accepted"),
    ),
  );
  await copilot("/models");
  await cancelled.promise;
});

test("createCopilotFetch() repeats a request after a 466 and after a 421", async () => {
  const other = "https://api.business.githubcopilot.com";
  const { copilot, requests } = setUp(
    {},
    () =>
      tokenResponse({
        token: tokenText(1, "individual"),
        endpoints: { api: other },
      }),
    (call) =>
      call.url.startsWith(other)
        ? withdrawn(call)
        : new Response("", { status: 421 }),
  );
  assertEquals(await (await copilot("/models")).text(), "accepted");
  assertEquals(versionsOf(requests), [VERSION, VERSION, undefined]);
});
