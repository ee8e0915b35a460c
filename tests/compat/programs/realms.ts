import { assertEquals } from "@std/assert";
import { Window } from "happy-dom";
import { JSDOM } from "jsdom";
import { test } from "node:test";
import { runInNewContext } from "node:vm";
import {
  FormData as UndiciFormData,
  Headers as UndiciHeaders,
  Request as UndiciRequest,
} from "undici";
import { createCopilotFetch } from "../../../mod.ts";
import { createFakeCopilot, type FakeCopilot } from "../../../testing/mod.ts";
import { deferred, rejection } from "../../helpers/stubs.ts";
import { chat, CREDENTIAL } from "../../helpers/wrapped_fetch.ts";

const PATH = "/chat/completions";
const URL_OF_CHAT = `https://example.com${PATH}`;

const window = new Window({ url: "https://example.com/" });
const dom = new JSDOM("", { url: "https://example.com/" }).window;

function setUp(): { fake: FakeCopilot; copilot: typeof globalThis.fetch } {
  const fake = createFakeCopilot();
  return { fake, copilot: createCopilotFetch(CREDENTIAL, fake) };
}

/** Makes an object of another realm have a type of this one. */
function as<T>(value: unknown): T {
  return value as T;
}

/** Sends a chat, and looks at what arrives. */
async function assertSent(input: unknown, init?: unknown): Promise<void> {
  const { fake, copilot } = setUp();
  const response = await copilot(as<Request>(input), as<RequestInit>(init));
  const { choices } = await response.json();
  assertEquals(choices[0].message.content, "You said: Hi");
  const [{ headers }] = fake.requests;
  assertEquals(headers.get("x-initiator"), "user");
  assertEquals(headers.get("content-type"), "application/json");
  assertEquals(headers.get("x-own"), "1");
}

const { method, headers, body } = chat();
const own = { ...headers, "x-own": "1" };

const REQUESTS: Record<string, () => unknown> = {
  "happy-dom": () =>
    new window.Request(URL_OF_CHAT, { method, headers: own, body }),
  "undici's package": () =>
    new UndiciRequest(URL_OF_CHAT, { method, headers: own, body }),
};

const HEADERS: Record<string, () => unknown> = {
  "happy-dom": () => new window.Headers(own),
  "jsdom": () => new dom.Headers(own),
  "undici's package": () => new UndiciHeaders(own),
  "node:vm, as a record": () => runInNewContext("({...own})", { own }),
  "node:vm, as a list": () =>
    runInNewContext("Object.entries(own).map(([n, v]) => [n, v])", { own }),
  "node:vm, as a Map": () =>
    runInNewContext("new Map(Object.entries(own))", { own }),
};

const BODIES: Record<string, () => unknown> = {
  "node:vm, as bytes": () =>
    runInNewContext("Uint8Array.from(bytes)", {
      bytes: [...new TextEncoder().encode(body)],
    }),
  "node:vm, as a buffer": () =>
    runInNewContext("Uint8Array.from(bytes).buffer", {
      bytes: [...new TextEncoder().encode(body)],
    }),
};

const SIGNALS: Record<string, () => { signal: unknown; abort: () => void }> = {
  "happy-dom": () => {
    const controller = new window.AbortController();
    return { signal: controller.signal, abort: () => controller.abort() };
  },
  "jsdom": () => {
    const controller = new dom.AbortController();
    return { signal: controller.signal, abort: () => controller.abort() };
  },
};

for (const [realm, create] of Object.entries(REQUESTS)) {
  test(`A Request of ${realm} is sent, with its body and headers`, async () => {
    await assertSent(create());
  });
}

for (const [realm, create] of Object.entries(HEADERS)) {
  test(`Headers of ${realm} are sent`, async () => {
    await assertSent(PATH, { method, headers: create(), body });
  });
}

for (const [realm, create] of Object.entries(BODIES)) {
  test(`A body of ${realm} is sent, and read for X-Initiator`, async () => {
    await assertSent(PATH, { method, headers: own, body: create() });
  });
}

for (const [realm, create] of Object.entries(SIGNALS)) {
  for (const phase of ["exchange", "request"] as const) {
    test(`An AbortSignal of ${realm} ends a call during the ${phase}`, async () => {
      const { fake, copilot } = setUp();
      const { promise: begun, resolve } = deferred();
      const answer = () => {
        resolve();
        return new Promise<never>(() => {});
      };
      if (phase === "exchange") fake.answerNextExchange(answer);
      else fake.answerNextRequest(answer);
      const { signal, abort } = create();
      const init = { signal: as<AbortSignal>(signal) };
      const call = rejection(() => copilot("/models", init));
      await begun;
      abort();
      assertEquals(as<Error>(await call).name, "AbortError");
    });
  }
}

test("A form of undici's package reaches fetch as it is", async () => {
  let sent: unknown;
  const { cache, fetch } = createFakeCopilot();
  const copilot = createCopilotFetch(CREDENTIAL, {
    cache,
    fetch: (input, init) => {
      if (`${input}`.endsWith("/token")) return fetch(input, init);
      sent = init?.body;
      return Promise.resolve(new Response());
    },
  });
  const form = new UndiciFormData();
  await copilot("/files", { method: "POST", body: as<FormData>(form) });
  assertEquals(sent === form, true);
});
