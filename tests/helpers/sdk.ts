/** What the tests of every SDK need. */
import { assertEquals } from "@std/assert";
import { inspect } from "node:util";
import {
  type ClientOptions,
  type CopilotFetchOptions,
  createClientOptions,
} from "../../mod.ts";
import {
  createFakeCopilot,
  type FakeChat,
  type FakeCopilot,
  type FakeCopilotOptions,
  type FakeReply,
} from "../../testing/mod.ts";
import { apart, deferred } from "./stubs.ts";

export const SECRET = "ghu_secretsecret";

/** The smallest PNG image, in base64. */
export const PNG =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M" +
  "9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/** The same image as a URL. */
export const PNG_URL = `data:image/png;base64,${PNG}`;

/** A fake, and an SDK's options that use it, with a cache of their own. */
export function setUp(
  options?: FakeCopilotOptions,
  fetchOptions?: CopilotFetchOptions,
): { fake: FakeCopilot; options: ClientOptions } {
  const fake = createFakeCopilot(options);
  const { fetch } = fake;
  return {
    fake,
    options: createClientOptions(SECRET, apart({ fetch, ...fetchOptions })),
  };
}

/** The prompt that makes `useWeatherTool` call the tool. */
export const WEATHER_PROMPT = "Will I get wet?";
/** The answer of `useWeatherTool` after the tool's result. */
export const WEATHER_ANSWER = "Take an umbrella.";
const WEATHER = "14 degrees, rain";

/** A model that calls the tool `weather` before it answers. */
export function useWeatherTool(_: Request, body: FakeChat): string | FakeReply {
  return JSON.stringify(body).includes(WEATHER)
    ? WEATHER_ANSWER
    : { toolCalls: [{ name: "weather", arguments: { city: "Bergen" } }] };
}

/** The tool `weather`. */
export function runWeatherTool(parameters: unknown): string {
  assertEquals(parameters, { city: "Bergen" });
  return WEATHER;
}

/** The tool's parameters, as JSON Schema. */
export const WEATHER_PARAMETERS = {
  type: "object" as const,
  properties: { city: { type: "string" } },
};

/** A header of every request to Copilot, oldest first. */
export function sentHeaders(
  { requests }: FakeCopilot,
  name: string,
): (string | null)[] {
  return requests.map(({ headers }) => headers.get(name));
}

/** How many exchanges there were, and how many requests to Copilot. */
export function counts({ exchanges, requests }: FakeCopilot): number[] {
  return [exchanges.length, requests.length];
}

/** A response that is held back, and events of its request. */
export interface Stall {
  answer: (request: Request) => Promise<Error | void>;
  /** Lets the fake answer. */
  end: () => void;
  /** Resolves when the request arrives. */
  begun: Promise<void>;
  /** Resolves when the request is aborted. */
  aborted: Promise<void>;
}

/** Creates a {@linkcode Stall}. A lost abort fails the test within 10 seconds. */
export function stall(): Stall {
  const begun = deferred();
  const aborted = deferred();
  aborted.promise.catch(() => {}); // a test may fail before it waits for it
  const { promise, resolve } = deferred<Error | void>();
  return {
    answer({ signal }) {
      const timer = setTimeout(() => {
        const error = new Error("Neither aborted nor ended within 10 seconds");
        aborted.reject(error);
        resolve(error);
      }, 10_000);
      promise.finally(() => clearTimeout(timer));
      signal.addEventListener("abort", () => {
        clearTimeout(timer);
        aborted.resolve();
      });
      begun.resolve();
      return promise;
    },
    end: resolve,
    begun: begun.promise,
    aborted: aborted.promise,
  };
}

/** All that a log could show of a value. */
export function inspectAll(value: unknown): string {
  return inspect(value, { depth: Infinity, showHidden: true });
}
