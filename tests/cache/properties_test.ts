import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import process from "node:process";
import { test } from "node:test";
import { type CopilotToken, CopilotTokenError, TokenCache } from "../../mod.ts";
import {
  deferred,
  HOUR,
  MINUTE,
  SECOND,
  settle,
  stubFetch,
} from "../helpers/stubs.ts";
import { simulateTime } from "../helpers/simulated_time.ts";

const SEED = 20261123;
const CREDENTIALS = ["ghu_a", "ghu_b"];

const unhandled: unknown[] = [];
process.on("unhandledRejection", (reason) => unhandled.push(reason));

const responses = {
  token: () => ({ refresh_in: 1500 }),
  shortToken: () => ({ refresh_in: 60 }),
  refused: () => Response.json({ message: "No" }, { status: 401 }),
  down: () => new Response("", { status: 503 }),
  limited: () => new Response("", { status: 429 }),
  page: () => new Response("<html>"),
  reset: () => Promise.reject(new TypeError("reset")),
};

type ResponseName = keyof typeof responses;

/** One thing that happens. */
type Step =
  | { do: "call"; credential: string; exchangeTimeout: number }
  | { do: "abort"; which: number }
  | { do: "respond"; which: number; with: ResponseName }
  | { do: "wait"; milliseconds: number }
  | { do: "setClock"; milliseconds: number }
  | { do: "block"; milliseconds: number }
  | { do: "invalidate"; credential: string }
  | { do: "turns"; turns: number };

const credential = fc.constantFrom(...CREDENTIALS);
const duration = fc.oneof(
  fc.integer({ min: 0, max: 40 * SECOND }),
  fc.constantFrom(1, 2 * SECOND, 30 * SECOND, 23 * MINUTE, 25 * MINUTE),
);

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("call" as const),
      credential,
      exchangeTimeout: fc.constantFrom(1000, 4000, 30_000),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("abort" as const),
      which: fc.nat(),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("respond" as const),
      which: fc.nat(),
      with: fc.constantFrom(
        ...Object.keys(responses) as ResponseName[],
      ),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("wait" as const),
      milliseconds: duration,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("setClock" as const),
      milliseconds: fc.integer({ min: -2 * HOUR, max: 2 * HOUR }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("block" as const),
      milliseconds: duration,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("invalidate" as const),
      credential,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("turns" as const),
      turns: fc.nat({ max: 12 }),
    }),
  },
);

/** A GitHub that responds when a test lets it, and watches its client. */
function scriptedGitHub(countJumps: () => number) {
  const inFlight = new Map<string, number>();
  const waiting: ((response: ResponseName) => void)[] = [];
  const issued = new Map<string, { credential: string; jumps: number }>();
  const { fetch } = stubFetch(async ({ headers, signal }) => {
    const jumps = countJumps();
    const credential = headers.authorization.slice("Bearer ".length);
    const count = (inFlight.get(credential) ?? 0) + 1;
    inFlight.set(credential, count);
    assertEquals(count, 1, "exchanges in flight for one credential");
    const { promise, resolve, reject } = deferred<ResponseName>();
    waiting.push(resolve);
    signal?.addEventListener("abort", () => {
      // The client may start the next exchange in the same moment.
      inFlight.set(credential, 0);
      reject(signal.reason);
    });
    try {
      const response = await responses[await promise]();
      if (response instanceof Response) return response;
      const token = `tid=${issued.size};proxy-ep=proxy.a.githubcopilot.com`;
      issued.set(token, { credential, jumps });
      return Response.json({ token, ...response });
    } finally {
      if (!signal?.aborted) inFlight.set(credential, 0);
    }
  });
  return { fetch, waiting, issued };
}

test("TokenCache settles every call, keeps one exchange in flight, and returns only valid tokens, whatever happens in whichever order", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 60, size: "max" }),
      async (steps) => {
        using time = simulateTime();
        let jumps = 0;
        const { fetch, waiting, issued } = scriptedGitHub(() => jumps);
        const cache = new TokenCache();
        const received = new Set<string>();
        const calls: { abort: () => void; settled: Promise<void> }[] = [];

        function call(credential: string, exchangeTimeout: number) {
          const controller = new AbortController();
          const { signal } = controller;
          const jumpsBefore = jumps;
          const assertValid = ({ value, expiresAt }: CopilotToken) => {
            const token = issued.get(value);
            assertEquals(token?.credential, credential);
            // A clock that jumps may expire a token that is on its way.
            const isOnItsWay = jumps !== jumpsBefore || !received.has(value);
            received.add(value);
            if (isOnItsWay && token?.jumps !== jumps) return;
            assert(Date.now() < expiresAt, "an expired token");
          };
          const assertExpected = (error: unknown) => {
            const isExpected = error instanceof CopilotTokenError ||
              error === "aborted";
            assert(isExpected, String(error));
          };
          const settled = cache
            .get(credential, { fetch, signal, exchangeTimeout })
            .then(assertValid, assertExpected);
          calls.push({ abort: () => controller.abort("aborted"), settled });
        }

        for (const step of steps) {
          switch (step.do) {
            case "call":
              call(step.credential, step.exchangeTimeout);
              break;
            case "abort":
              calls[step.which % calls.length]?.abort();
              break;
            case "respond":
              waiting.splice(step.which % waiting.length, 1)[0]?.(step.with);
              break;
            case "wait":
              await time.advance(step.milliseconds);
              break;
            case "setClock":
              jumps++;
              time.shiftClock(step.milliseconds);
              break;
            case "block":
              jumps++;
              time.block(step.milliseconds);
              break;
            case "invalidate":
              cache.invalidate(step.credential);
              break;
            case "turns":
              for (let turn = 0; turn < step.turns; turn++) await null;
          }
        }
        // Without another response, the time limits end everything.
        await time.advance(45 * SECOND);
        await time.until(Promise.all(calls.map(({ settled }) => settled)));
        assertEquals(time.pending, 0, "timers");
      },
    ),
    { numRuns: 300, seed: SEED },
  );
});

test("TokenCache leaves no rejection unhandled", async () => {
  await settle();
  assertEquals(unhandled, []);
});
