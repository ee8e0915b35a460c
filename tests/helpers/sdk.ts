/** What the tests of every SDK need. */
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

/** What GitHub tells an account that has no seat. */
export const NO_SEAT = "No access to GitHub Copilot found";

/** The smallest picture there is, in base64. */
export const PNG =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M" +
  "9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/** A fake, and a client over it with a cache of its own. */
export function setUp(
  options?: FakeCopilotOptions,
  more?: CopilotFetchOptions,
): { fake: FakeCopilot; client: ClientOptions } {
  const fake = createFakeCopilot(options);
  const { fetch } = fake;
  return {
    fake,
    client: createClientOptions(SECRET, apart({ fetch, ...more })),
  };
}

/** What a tool answers; the model asks for it until it has it. */
export const WEATHER = "14 degrees, rain";

/** A model that asks a tool for the weather before it says anything. */
export function advise(_: Request, body: FakeChat): string | FakeReply {
  return JSON.stringify(body).includes(WEATHER)
    ? "Take an umbrella."
    : { toolCalls: [{ name: "weather", arguments: { city: "Bergen" } }] };
}

/** A header of every request to Copilot, oldest first. */
export function sent(fake: FakeCopilot, name: string): (string | null)[] {
  return fake.requests.map(({ headers }) => headers.get(name));
}

/** How often GitHub was asked, and how often Copilot. */
export function counts({ exchanges, requests }: FakeCopilot): number[] {
  return [exchanges.length, requests.length];
}

/**
 * An answer that never comes: when it is asked for, and when whoever asked has
 * left. A signal that is lost on the way fails the test and does not stop it.
 */
export function stall(): {
  answer: (request: Request) => Promise<Error>;
  asked: Promise<void>;
  left: Promise<void>;
} {
  const asked = deferred();
  const left = deferred();
  left.promise.catch(() => {}); // a test may fail before it waits for it
  const answer = ({ signal }: Request) =>
    new Promise<Error>((resolve) => {
      const timer = setTimeout(() => {
        const error = new Error("Nobody left within ten seconds");
        left.reject(error);
        resolve(error);
      }, 10_000);
      signal.addEventListener("abort", () => {
        clearTimeout(timer);
        left.resolve();
      });
      asked.resolve();
    });
  return { answer, asked: asked.promise, left: left.promise };
}

/**
 * Spares an SDK of Stainless's (OpenAI, Anthropic) the pause before it tries
 * again; how often it does stays its own affair.
 */
export function impatient<Client extends object>(client: Client): Client {
  return Object.assign(client, { calculateDefaultRetryTimeoutMillis: () => 0 });
}

/** All that a log could show of a thing. */
export function shown(thing: unknown): string {
  return inspect(thing, { depth: Infinity, showHidden: true });
}
