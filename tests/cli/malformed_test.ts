import { assert, assertEquals } from "@std/assert";
import { test } from "node:test";
import type { Json } from "../../cli/answers/endpoint.ts";
import { endpointsOf } from "../../cli/answers/endpoints.ts";
import { ASK_MESSAGES } from "../../cli/ask.ts";
import { createCopilotFetch } from "../../mod.ts";
import { createFakeCopilot } from "../../testing/mod.ts";
import { MODELS, responseText } from "../helpers/endpoint_answer.ts";
import { runMain } from "../helpers/fake_io.ts";
import { malformedCopies } from "../helpers/malformed.ts";

const END_REASONS = [undefined, "complete", ...Object.keys(ASK_MESSAGES)];

for (const path of Object.keys(MODELS)) {
  const [endpoint] = endpointsOf([path]);

  test(`readEvent() and readBody() of ${path} accept members of any type`, async () => {
    const stream = await responseText(path, true);
    const events = [...stream.matchAll(/^data: (\{.*)$/gm)]
      .map(([, json]) => JSON.parse(json));
    const body = JSON.parse(await responseText(path, false));
    const reads: [Json[], (json: Json) => unknown][] = [
      [events, (json) => endpoint.readEvent(json)],
      [[body], (json) => endpoint.readBody(json)],
    ];
    for (const [objects, read] of reads) {
      for (const object of objects) {
        for (const copy of malformedCopies(object)) {
          const part = Object(read(Object(copy)));
          const { text, endReason, error } = part;
          assert(["undefined", "string"].includes(typeof text));
          assert(["undefined", "string"].includes(typeof error));
          assert(END_REASONS.includes(endReason), JSON.stringify(copy));
        }
      }
    }
  });
}

for (const args of [["--models"], ["Hello"]]) {
  test(`copilot-fetch ${args} accepts models with members of any type`, async () => {
    const fake = createFakeCopilot();
    const response = await createCopilotFetch("ghu_a", fake)("/models");
    const { data: [model] } = await response.json();
    for (const copy of malformedCopies(model)) {
      const fake = createFakeCopilot();
      fake.answerNextRequest(Response.json({ data: [copy] }));
      const { code, stdout, stderr } = await runMain(args, { fake });
      const text = `${JSON.stringify(copy)}: ${stdout}${stderr}`;
      if (args[0] === "--models") assertEquals([code, stderr], [0, ""], text);
      assert(!/not a function|[Cc]annot|native code/.test(text), text);
    }
  });
}

test("copilot-fetch --usage accepts accounts with members of any type", async () => {
  const account = {
    login: "octocat",
    copilot_plan: "individual",
    token_based_billing: true,
    quota_reset_date_utc: "2026-12-01T00:00:00Z",
    quota_snapshots: {
      chat: {
        entitlement: 1000,
        remaining: 971,
        percent_remaining: 97.1,
        unlimited: false,
        overage_count: 0,
        overage_permitted: false,
        quota_reset_at: 1_796_083_200,
      },
    },
    limited_user_quotas: { completions: 5 },
    monthly_quotas: { completions: 10 },
    limited_user_reset_date: "2026-12-01",
  };
  for (const copy of malformedCopies(account)) {
    // Anything else is a failure.
    if (typeof copy !== "object" || copy === null || Array.isArray(copy)) {
      continue;
    }
    const fake = createFakeCopilot();
    fake.answerNextExchange(Response.json(copy));
    const { code, stderr } = await runMain(["--usage"], { fake });
    assertEquals([code, stderr], [0, ""], JSON.stringify(copy));
  }
});
