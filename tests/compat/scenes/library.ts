/**
 * Uses the library over HTTP as programs do, and prints what became of each
 * scene as a line of JSON. It runs on old runtimes, so that it uses neither a
 * test runner nor assertions of another package.
 */
import process from "node:process";
import {
  CopilotTokenError,
  createClientOptions,
  createCopilotFetch,
  TokenCache,
} from "../../../mod.ts";
import { findCredential } from "../../../credential/mod.ts";
import { sealStore } from "../../../store/mod.ts";
import { createFakeCopilot } from "../../../testing/mod.ts";
import { fetchUsage, readQuota } from "../../../usage/mod.ts";

const CREDENTIAL = "ghu_secretsecret";
const [origin] = process.argv.slice(2);

/** A scene's part of the server. */
interface Service {
  /** `fetch` over HTTP, on a cache of its own. */
  options: { fetch: typeof globalThis.fetch; cache: TokenCache };
  /** Changes the fake, or returns what it has seen. */
  control(action: string, body?: unknown): Promise<Record<string, number>>;
}

function serviceOf(scene: string): Service {
  const base = `${origin}/${scene}`;
  const redirected = (input: unknown, init: RequestInit = {}) => {
    const { host, pathname, search } = new URL(String(input));
    const headers = { ...init.headers as object, "x-host": host };
    return fetch(base + pathname + search, { ...init, headers });
  };
  return {
    options: {
      fetch: redirected as typeof globalThis.fetch,
      cache: new TokenCache(),
    },
    async control(action, body = {}) {
      const init = { method: "POST", body: JSON.stringify(body) };
      return await (await fetch(`${base}/control/${action}`, init)).json();
    },
  };
}

function expect(actual: unknown, expected: unknown): void {
  const [one, other] = [actual, expected].map((it) => JSON.stringify(it));
  if (one !== other) throw new Error(`${one} instead of ${other}`);
}

async function rejection(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error("it did not reject");
}

/** Asks until the server has seen it. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  const late = Date.now() + 5000;
  while (!await condition()) {
    if (Date.now() > late) throw new Error("the server has not seen it");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function chat(content: string, more: Record<string, unknown> = {}) {
  const messages = [{ role: "user", content }];
  return {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: "gpt-5-mini", messages, ...more }),
  };
}

const PATH = "/chat/completions";

async function textOf(response: Response): Promise<string> {
  const { choices } = await response.json();
  return choices[0].message.content;
}

const SCENES: Record<string, (service: Service) => Promise<void>> = {
  async "whole answer"({ options }) {
    const copilot = createCopilotFetch(CREDENTIAL, options);
    expect(await textOf(await copilot(PATH, chat("Hi"))), "You said: Hi");
  },

  async "stream as it arrives"({ options, control }) {
    const copilot = createCopilotFetch(CREDENTIAL, options);
    await copilot("/models");
    await control("hold");
    const { body } = await copilot(PATH, chat("one two", { stream: true }));
    if (!body) throw new Error("no body");
    const decoder = new TextDecoder();
    const reader = body.getReader();
    let text = decoder.decode((await reader.read()).value);
    expect(text.includes("[DONE]"), false);
    await control("release");
    for (let part = await reader.read(); !part.done;) {
      text += decoder.decode(part.value);
      part = await reader.read();
    }
    expect(text.includes("[DONE]"), true);
  },

  async "revoked token"({ options, control }) {
    const copilot = createCopilotFetch(CREDENTIAL, options);
    await copilot("/models");
    await control("revoke");
    expect(await textOf(await copilot(PATH, chat("Hi"))), "You said: Hi");
    expect((await control("seen")).exchanges, 2);
  },

  async "a hundred callers, one exchange"({ options, control }) {
    const copilot = createCopilotFetch(CREDENTIAL, options);
    const calls = Array.from({ length: 100 }, () => copilot("/models"));
    const statuses = (await Promise.all(calls)).map(({ status }) => status);
    expect([...new Set(statuses)], [200]);
    expect((await control("seen")).exchanges, 1);
  },

  async "abort during the exchange"({ options, control }) {
    const copilot = createCopilotFetch(CREDENTIAL, options);
    await control("stall-exchange");
    const controller = new AbortController();
    const call = rejection(copilot("/models", { signal: controller.signal }));
    await until(async () => (await control("seen")).exchanges === 1);
    controller.abort(new Error("enough"));
    expect((await call).message, "enough");
  },

  async "abort during the request"({ options, control }) {
    const copilot = createCopilotFetch(CREDENTIAL, options);
    await control("stall-request");
    const controller = new AbortController();
    const call = rejection(copilot("/models", { signal: controller.signal }));
    await until(async () => (await control("seen")).requests === 1);
    controller.abort();
    expect((await call).name, "AbortError");
    await until(async () => (await control("seen")).aborts === 1);
  },

  async "abort during the stream"({ options, control }) {
    const copilot = createCopilotFetch(CREDENTIAL, options);
    await copilot("/models");
    await control("hold");
    const controller = new AbortController();
    const response = await copilot(PATH, {
      ...chat("one two", { stream: true }),
      signal: controller.signal,
    });
    controller.abort();
    expect((await rejection(response.text())).name, "AbortError");
    await until(async () => (await control("seen")).aborts === 1);
  },

  async "timeout of the caller"({ options, control }) {
    const copilot = createCopilotFetch(CREDENTIAL, options);
    await control("stall-request");
    const signal = AbortSignal.timeout(100);
    const error = await rejection(copilot("/models", { signal }));
    expect(error.name, "TimeoutError");
  },

  async "timeout of the exchange"({ options, control }) {
    await control("stall-exchange");
    const limited = { ...options, exchangeTimeout: 50 };
    const copilot = createCopilotFetch(CREDENTIAL, limited);
    const error = await rejection(copilot("/models"));
    expect(error instanceof CopilotTokenError && error.code, "timeout");
  },

  async "Request, stream and bytes as body"({ options }) {
    const copilot = createCopilotFetch(CREDENTIAL, options);
    const request = new Request(`https://example.com${PATH}`, chat("Hi"));
    expect(await textOf(await copilot(request)), "You said: Hi");
    const bytes = new TextEncoder().encode(chat("Hi").body);
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(bytes);
        controller.close();
      },
    });
    for (const given of [bytes, body]) {
      const init = { ...chat("Hi"), body: given, duplex: "half" };
      expect(await textOf(await copilot(PATH, init)), "You said: Hi");
    }
  },

  async "missing subscription"({ options, control }) {
    await control("create", { subscription: false });
    const copilot = createCopilotFetch(CREDENTIAL, options);
    const error = await rejection(copilot("/models"));
    expect(error instanceof CopilotTokenError && error.code, "no_access");
    const { fetch } = createClientOptions(CREDENTIAL, options);
    expect((await fetch("/models")).status, 403);
  },

  async "sealed store"({ options, control }) {
    const backend = new Map<string, string>();
    for (let count = 0; count < 2; count++) {
      const cache = new TokenCache({ store: sealStore(backend) });
      const copilot = createCopilotFetch(CREDENTIAL, { ...options, cache });
      expect((await copilot("/models")).status, 200);
      await until(() => Promise.resolve(backend.size > 0));
    }
    expect((await control("seen")).exchanges, 1);
  },

  async usage({ options }) {
    const { quotas } = await fetchUsage(CREDENTIAL, options);
    expect(quotas.length > 0, true);
    const copilot = createCopilotFetch(CREDENTIAL, options);
    const { headers } = await copilot(PATH, chat("Hi"));
    expect(readQuota(headers).length > 0, true);
  },

  async "credential of the environment"() {
    process.env.COPILOT_GITHUB_TOKEN = CREDENTIAL;
    expect((await findCredential()).value, CREDENTIAL);
  },

  async "fake in memory"() {
    const fake = createFakeCopilot({ reply: "Four." });
    const copilot = createCopilotFetch(CREDENTIAL, fake);
    expect(await textOf(await copilot(PATH, chat("2 + 2?"))), "Four.");
  },
};

for (const [name, play] of Object.entries(SCENES)) {
  let failure: string | null = null;
  try {
    await play(serviceOf(encodeURIComponent(name)));
  } catch (error) {
    const { cause } = Object(error);
    failure = [error, cause].filter(Boolean).join(": ");
  }
  console.log(JSON.stringify({ scene: name, failure }));
}
process.exit();
