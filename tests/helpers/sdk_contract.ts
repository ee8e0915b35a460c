/** What holds for every SDK, as tests that an adapter runs. */
import {
  assert,
  assertEquals,
  assertNotEquals,
  assertStringIncludes,
} from "@std/assert";
import { test as register } from "node:test";
import type { ClientOptions, CopilotFetchOptions } from "../../mod.ts";
import type {
  FakeAnswer,
  FakeCopilot,
  FakeCopilotOptions,
} from "../../testing/mod.ts";
import {
  counts,
  inspectAll,
  PNG,
  SECRET,
  sentHeaders,
  setUp,
  stall,
  useWeatherTool,
  WEATHER_ANSWER,
  WEATHER_PROMPT,
} from "./sdk.ts";
import { simulateTime } from "./simulated_time.ts";
import { rejection } from "./stubs.ts";

/** An SDK, as far as the contract uses it. */
export interface SDK {
  /** The SDK's name, and its API if it has several. */
  name: string;
  /** The path of its requests. */
  path: string;
  /** Creates a client, with the SDK's default of retries if it has one. */
  create(options: ClientOptions): SDKClient;
  /** Whether an error is how the SDK reports an abort. */
  isAbortError(error: unknown): boolean;
  /** The tests of what the SDK does not do, by the beginning of their names. */
  lacks?: readonly string[];
}

/** A client of an SDK. */
export interface SDKClient {
  /** Returns the answer to a prompt. */
  ask(prompt: string, signal?: AbortSignal): Promise<string>;
  /** Yields the answer to a prompt as it arrives. */
  stream(prompt: string, signal?: AbortSignal): AsyncIterable<string>;
  /** Returns the answer to a prompt with a PNG image in base64. */
  askWithImage(prompt: string, image: string): Promise<string>;
  /**
   * Asks with the tool `weather`, sends the tool's result, and then another
   * prompt in the same conversation. Returns the answer to the first prompt.
   */
  askWithTool(prompt: string, nextPrompt: string): Promise<string>;
  /** Asks with the tool `weather`, streamed. Returns the answer. */
  streamWithTool(prompt: string): Promise<string>;
  /** The SDK's own object. */
  object: unknown;
}

/** GitHub's explanation of a missing subscription, in the fake. */
const NO_SUBSCRIPTION = "No access to GitHub Copilot found";

/** Registers the tests of the contract for an SDK. */
export function testContract(sdk: SDK): void {
  const { name, lacks = [] } = sdk;

  function test(title: string, run: () => Promise<void>): void {
    const isLacking = lacks.some((it) => title.startsWith(`${name}: ${it}`));
    register(title, { skip: isLacking }, run);
  }

  function start(
    options?: FakeCopilotOptions,
    fetchOptions?: CopilotFetchOptions,
  ): { fake: FakeCopilot; client: SDKClient } {
    const { fake, options: clientOptions } = setUp(options, fetchOptions);
    return { fake, client: sdk.create(clientOptions) };
  }

  test(`${name}: sends a prompt to the host of the plan, with identity headers`, async () => {
    const { fake, client } = start({ plan: "business", reply: "Hello you" });
    assertEquals(await client.ask("Hi"), "Hello you");
    assertEquals(counts(fake), [1, 1]);
    const [request] = fake.requests;
    const { url, method, headers } = request;
    assertEquals(url, `https://api.business.githubcopilot.com${sdk.path}`);
    assertEquals(method, "POST");
    assertEquals(headers.get("content-type"), "application/json");
    assertEquals(headers.get("user-agent"), "GitHubCopilotChat/0.35.0");
    assertEquals(headers.get("copilot-integration-id"), "vscode-chat");
    assertEquals(headers.get("x-initiator"), "user");
    assertEquals(headers.get("copilot-vision-request"), null);
    assertStringIncludes(await request.text(), '"Hi"');
  });

  test(`${name}: streams an answer word by word`, async () => {
    const { fake, client } = start({ reply: "One two three" });
    const words: string[] = [];
    for await (const word of client.stream("Count")) words.push(word);
    assertEquals(words, ["One ", "two ", "three"]);
    assertEquals(sentHeaders(fake, "x-initiator"), ["user"]);
  });

  test(`${name}: a tool's result is the agent's turn, the next prompt the user's`, async () => {
    const { fake, client } = start({ reply: useWeatherTool });
    const answer = await client.askWithTool(WEATHER_PROMPT, "Thanks");
    assertEquals(answer, WEATHER_ANSWER);
    assertEquals(sentHeaders(fake, "x-initiator"), ["user", "agent", "user"]);
    assertEquals(counts(fake), [1, 3]);
  });

  test(`${name}: streams a tool call, and the answer to its result`, async () => {
    const { fake, client } = start({ reply: useWeatherTool });
    assertEquals(await client.streamWithTool(WEATHER_PROMPT), WEATHER_ANSWER);
    assertEquals(sentHeaders(fake, "x-initiator"), ["user", "agent"]);
    assertEquals(counts(fake), [1, 2]);
  });

  test(`${name}: announces an image`, async () => {
    const { fake, client } = start({ reply: "A dot." });
    assertEquals(await client.askWithImage("What is this?", PNG), "A dot.");
    assertEquals(sentHeaders(fake, "copilot-vision-request"), ["true"]);
    assertEquals(sentHeaders(fake, "x-initiator"), ["user"]);
  });

  for (const way of ["whole", "streamed"] as const) {
    const ask = ({ ask, stream }: SDKClient) =>
      way === "whole" ? ask("Hi") : readAll(stream("Hi"));

    test(`${name}: a missing subscription is a 403 with GitHub's explanation, after one exchange (${way})`, async () => {
      const { fake, client } = start({ subscription: false });
      const error = await rejection(() => ask(client));
      assertEquals(statusOf(error), 403);
      assertStringIncludes(messageOf(error), NO_SUBSCRIPTION);
      assertHidesSecret(error);
      assertEquals(counts(fake), [1, 0]);
    });

    test(`${name}: a revoked token is refreshed within the call (${way})`, async () => {
      const { fake, client } = start({ reply: "Hello you" });
      await client.ask("Hi");
      fake.revokeTokens();
      assertEquals(await ask(client), "Hello you");
      assertEquals(counts(fake), [2, 3]);
      const [first, repeated, last] = sentHeaders(fake, "authorization");
      assertEquals(repeated, first);
      assertNotEquals(last, first);
    });
  }

  test(`${name}: an unknown credential is a 401, after one exchange`, async () => {
    const { fake, client } = start({ credentials: ["ghu_other"] });
    const error = await rejection(() => client.ask("Hi"));
    assertEquals(statusOf(error), 401);
    assertHidesSecret(error);
    assertEquals(counts(fake), [1, 0]);
  });

  test(`${name}: an abort during the exchange ends the call, and the next call joins the exchange`, async () => {
    const { fake, client } = start({ reply: "Hello you" });
    const { answer, begun, end } = stall();
    fake.answerNextExchange(answer);
    const controller = new AbortController();
    const call = rejection(() => client.ask("Hi", controller.signal));
    await begun;
    controller.abort();
    const error = await call;
    assert(sdk.isAbortError(error), inspectAll(error));
    const next = client.ask("Hi");
    end();
    assertEquals(await next, "Hello you");
    assertEquals(counts(fake), [1, 1]);
  });

  test(`${name}: an abort during the request aborts it`, async () => {
    const { fake, client } = start();
    const { answer, begun, aborted } = stall();
    fake.answerNextRequest(answer);
    const controller = new AbortController();
    const call = rejection(() => client.ask("Hi", controller.signal));
    await begun;
    controller.abort();
    const error = await call;
    assert(sdk.isAbortError(error), inspectAll(error));
    await aborted;
    assertEquals(counts(fake), [1, 1]);
  });

  test(`${name}: an abort during the stream aborts it`, async () => {
    const { fake, client } = start({ reply: "One two three four" });
    const controller = new AbortController();
    let text = "";
    try {
      for await (const word of client.stream("Count", controller.signal)) {
        text += word;
        controller.abort();
      }
    } catch (error) {
      // Some SDKs end the stream silently instead.
      assert(sdk.isAbortError(error), inspectAll(error));
    }
    assert(text.startsWith("One ") && !text.includes("four"), text);
    assert(fake.requests[0].signal.aborted);
  });

  const outages: Record<string, FakeAnswer> = {
    "a network failure": new TypeError(`no route for ${SECRET}`),
    "a 503": () => new Response("maintenance", { status: 503 }),
  };
  for (const [what, answer] of Object.entries(outages)) {
    test(`${name}: retries ${what} of the exchange`, async () => {
      using time = simulateTime();
      const { fake, client } = start({ reply: "Hello you" });
      fake.answerNextExchange(answer);
      assertEquals(await time.until(client.ask("Hi")), "Hello you");
      assertEquals(counts(fake), [2, 1]);
    });
  }

  test(`${name}: a network failure that lasts is a 503 with the reason, after retries`, async () => {
    using time = simulateTime();
    const { fake, client } = start();
    for (let attempt = 0; attempt < 10; attempt++) {
      fake.answerNextExchange(new TypeError(`no route for ${SECRET}`));
    }
    const error = await time.until(rejection(() => client.ask("Hi")));
    assertEquals(statusOf(error), 503);
    assertStringIncludes(messageOf(error), "no route");
    assertHidesSecret(error);
    const { exchanges, requests } = fake;
    assert(exchanges.length > 1, `${exchanges.length} exchanges`);
    assertEquals(requests.length, 0);
  });

  test(`${name}: a timeout of the exchange is retried, and if it lasts a 504`, async () => {
    using time = simulateTime();
    const { fake, client } = start({}, { exchangeTimeout: 5 });
    for (let attempt = 0; attempt < 10; attempt++) {
      fake.answerNextExchange(stall().answer);
    }
    const error = await time.until(rejection(() => client.ask("Hi")));
    assertEquals(statusOf(error), 504);
    const { exchanges, requests } = fake;
    assert(exchanges.length > 1, `${exchanges.length} exchanges`);
    assertEquals(requests.length, 0);
  });

  test(`${name}: a rate limit of ten minutes is a 429 within a minute, after one exchange`, async () => {
    using time = simulateTime();
    const { fake, client } = start();
    const headers = { "retry-after": "600" };
    fake.answerNextExchange(new Response("", { status: 429, headers }));
    const begun = Date.now();
    const error = await time.until(rejection(() => client.ask("Hi")));
    assertEquals(statusOf(error), 429);
    assert(Date.now() - begun < 60_000, `${Date.now() - begun} ms`);
    assertEquals(counts(fake), [1, 0]);
  });

  test(`${name}: retries a 503 of Copilot with the same token`, async () => {
    using time = simulateTime();
    const { fake, client } = start({ reply: "Hello you" });
    fake.answerNextRequest(new Response("busy", { status: 503 }));
    assertEquals(await time.until(client.ask("Hi")), "Hello you");
    assertEquals(counts(fake), [1, 2]);
  });

  test(`${name}: the credential is in no property, and in no request to Copilot`, async () => {
    const { fake, client } = start();
    await client.ask("Hi");
    assertHidesSecret(client.object);
    const [exchange] = fake.exchanges;
    assertEquals(exchange.headers.get("authorization"), `Bearer ${SECRET}`);
    const [request] = fake.requests;
    const { url, headers } = request;
    const sent = [url, ...headers, await request.text()].join();
    assert(!sent.includes(SECRET), sent);
    assert(!sent.includes("Bearer github-copilot"), sent);
  });
}

async function readAll(texts: AsyncIterable<string>): Promise<string> {
  let all = "";
  for await (const text of texts) all += text;
  return all;
}

/** The HTTP status of an SDK's error. */
function statusOf(error: unknown): unknown {
  const { status, statusCode, lastError } = error as Record<string, unknown>;
  // The AI SDK wraps the last error when it has retried.
  return lastError ? statusOf(lastError) : status ?? statusCode;
}

function messageOf(error: unknown): string {
  return `${(error as Error).message}`;
}

function assertHidesSecret(value: unknown): void {
  const text = inspectAll(value);
  assert(!text.includes(SECRET), text);
}
