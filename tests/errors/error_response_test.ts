import { assertEquals } from "@std/assert";
import { test } from "node:test";
import {
  CopilotTokenError,
  type CopilotTokenErrorDetails,
  createClientOptions,
} from "../../mod.ts";
import { errorResponse } from "../../internal/error_response.ts";
import { answering, CREDENTIAL, NO, PAGE } from "../helpers/failed_exchange.ts";
import { type Answer, apart, stubFetch } from "../helpers/stubs.ts";

const errors: [
  details: CopilotTokenErrorDetails,
  status: number,
  retryAfter: string | null,
  shouldRetry: string | null,
][] = [
  [{ code: "network" }, 503, "1", null],
  [{ code: "network", retryAfter: 1 }, 503, "1", null],
  [{ code: "network", retryAfter: 61 }, 503, "61", "false"],
  [{ code: "timeout" }, 504, "1", null],
  [{ code: "timeout", retryAfter: 30 }, 504, "30", null],
  [{ code: "unavailable", status: 502 }, 502, "1", null],
  [{ code: "unavailable", status: 407 }, 407, "1", null],
  [{ code: "unavailable", status: 599 }, 599, "1", null],
  [{ code: "unavailable", status: 600 }, 502, "1", null],
  [{ code: "unavailable", status: 999 }, 502, "1", null],
  [{ code: "unavailable", status: 503, retryAfter: 5 }, 503, "5", null],
  [{ code: "rate_limited", status: 429, retryAfter: 60 }, 429, "60", null],
  [{ code: "rate_limited", status: 429, retryAfter: 61 }, 429, "61", "false"],
  [{ code: "rate_limited", status: 429, retryAfter: 600 }, 429, "600", "false"],
  [{ code: "rate_limited", status: 403, retryAfter: 60 }, 403, "60", null],
  [{ code: "invalid_response", status: 200 }, 502, "1", null],
  [{ code: "invalid_response", status: 302 }, 502, "1", null],
  [{ code: "invalid_response", status: 399 }, 502, "1", null],
  [{ code: "invalid_response" }, 502, "1", null],
  [{ code: "no_access", status: 400 }, 400, null, "false"],
  [{ code: "no_access", status: 403 }, 403, null, "false"],
  [{ code: "no_access", status: 403, retryAfter: 30 }, 403, "30", "false"],
  [{ code: "bad_credentials", status: 401 }, 401, null, "false"],
];

for (const [details, status, retryAfter, shouldRetry] of errors) {
  test(`errorResponse() of ${JSON.stringify(details)} is ${status}`, async () => {
    const response = errorResponse(new CopilotTokenError("text", details));
    assertEquals(response.status, status);
    assertEquals(response.headers.get("retry-after"), retryAfter);
    assertEquals(response.headers.get("x-should-retry"), shouldRetry);
    const type = response.headers.get("content-type");
    assertEquals(type?.startsWith("application/json"), true);
    assertEquals(await response.json(), {
      type: "error", // without which Anthropic's AI SDK hides the message
      error: {
        message: "text",
        type: "copilot_token_error",
        code: details.code,
      },
    });
  });
}

test("errorResponse() has the hint in its message", async () => {
  const hint = "Do this.";
  const error = new CopilotTokenError("text", { code: "network", hint });
  const { error: { message } } = await errorResponse(error).json();
  assertEquals(message, "text\nDo this.");
});

const refusals: Record<
  string,
  [answer: Answer, status: number, code: string]
> = {
  "network failure": [() => Promise.reject(new Error("DNS")), 503, "network"],
  "timeout": [() => new Promise(() => {}), 504, "timeout"],
  "refusal": [answering(403, NO), 403, "no_access"],
  "unknown credential": [answering(401, NO), 401, "bad_credentials"],
  "rate limit": [answering(429, NO), 429, "rate_limited"],
  "redirect": [answering(302, ""), 502, "invalid_response"],
  "login page": [answering(200, PAGE), 502, "invalid_response"],
  "status beyond 599": [
    () => ({ status: 999, headers: new Headers(), text: () => "" }) as never,
    502,
    "unavailable",
  ],
};

for (const [what, [answer, status, code]] of Object.entries(refusals)) {
  test(`createClientOptions().fetch() resolves with ${status} after a ${what}`, async () => {
    const { fetch, requests } = stubFetch(answer);
    const options = apart({ fetch, exchangeTimeout: 5 });
    const client = createClientOptions(CREDENTIAL, options);
    const response = await client.fetch(`${client.baseURL}/models`);
    assertEquals(response.status, status);
    const { error } = await response.json();
    assertEquals([error.type, error.code], ["copilot_token_error", code]);
    assertEquals(requests.length, 0);
  });
}
