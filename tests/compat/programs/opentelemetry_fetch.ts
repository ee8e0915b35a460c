import { trace } from "@opentelemetry/api";
import { FetchInstrumentation } from "@opentelemetry/instrumentation-fetch";
import {
  InMemorySpanExporter,
  SimpleSpanProcessor,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import { assert, assertEquals } from "@std/assert";
import { Window } from "happy-dom";
import { after, before, test } from "node:test";
import { createFakeCopilot, type FakeCopilot } from "../../../testing/mod.ts";
import {
  assertHidesSecrets,
  converse,
  createOnGlobalFetch,
} from "../../helpers/wrapped_fetch.ts";

const exporter = new InMemorySpanExporter();
const tracerProvider = new TracerProvider({
  spanProcessors: [new SimpleSpanProcessor({ exporter })],
});
const { fetch } = globalThis;
let fake: FakeCopilot;

before(() => {
  fake = createFakeCopilot();
  // The instrumentation is for browsers.
  const { document, location } = new Window({ url: "https://example.com/" });
  Object.assign(globalThis, { document, location, fetch: fake.fetch });
  trace.setGlobalTracerProvider(tracerProvider);
  const instrumentation = new FetchInstrumentation();
  instrumentation.setTracerProvider(tracerProvider);
  instrumentation.enable();
  assert(globalThis.fetch !== fake.fetch);
});
after(() => {
  globalThis.fetch = fetch;
});

test("OpenTelemetry's fetch of browsers has spans of the exchanges and the requests, without a secret", async () => {
  await converse(createOnGlobalFetch(), fake);
  const deadline = Date.now() + 5000;
  while (exporter.getFinishedSpans().length < 5 && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const spans = exporter.getFinishedSpans();
  assertEquals(spans.length, 5);
  assertHidesSecrets(spans, fake);
});
