import { trace } from "@opentelemetry/api";
import { registerInstrumentations } from "@opentelemetry/instrumentation";
import { UndiciInstrumentation } from "@opentelemetry/instrumentation-undici";
import {
  InMemorySpanExporter,
  SimpleSpanProcessor,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import { assert, assertEquals } from "@std/assert";
import { after, beforeEach, test } from "node:test";
import { createCopilotFetch, TokenCache } from "../../../mod.ts";
import { rejection } from "../../helpers/stubs.ts";
import { assertHidesSecrets, chat } from "../../helpers/wrapped_fetch.ts";
import { CREDENTIAL } from "../../helpers/wrapped_fetch.ts";
import { createFakeCopilot } from "../../../testing/mod.ts";
import { listen } from "../../helpers/loopback.ts";

const exporter = new InMemorySpanExporter();
const provider = new TracerProvider({
  spanProcessors: [new SimpleSpanProcessor({ exporter })],
});
trace.setGlobalTracerProvider(provider);
const unregister = registerInstrumentations({
  tracerProvider: provider,
  instrumentations: [new UndiciInstrumentation()],
});
after(unregister);
beforeEach(() => exporter.reset());

/** GitHub and Copilot on loopback, as the instrumentation sees real requests. */
async function setUp() {
  const fake = createFakeCopilot();
  const server = await listen(async (incoming, outgoing) => {
    const body: Uint8Array[] = [];
    for await (const bytes of incoming) body.push(bytes);
    const url = `https://${incoming.headers["x-host"]}${incoming.url}`;
    const { method, headers } = incoming;
    const response = await fake.fetch(url, {
      method,
      headers: Object.entries(headers).map(([name, it]) => [name, `${it}`]),
      body: method === "POST" ? new Blob(body as BlobPart[]) : undefined,
    });
    outgoing.writeHead(response.status, Object.fromEntries(response.headers));
    outgoing.end(new Uint8Array(await response.arrayBuffer()));
  });
  const options = { cache: new TokenCache(), fetch: server.fetch };
  return { fake, server, copilot: createCopilotFetch(CREDENTIAL, options) };
}

test("OpenTelemetry has a span for the exchange and one for the request, without a secret", async () => {
  const { fake, server, copilot } = await setUp();
  await using _server = server;
  const response = await copilot("/chat/completions", chat());
  assertEquals(response.status, 200);
  await response.text();
  const spans = exporter.getFinishedSpans();
  assertEquals(spans.map(({ attributes }) => attributes["url.path"]), [
    "/copilot_internal/v2/token",
    "/chat/completions",
  ]);
  assertHidesSecrets(spans, fake);
});

test("OpenTelemetry: spans of failed requests hold no secret", async () => {
  const { fake, server, copilot } = await setUp();
  await copilot("/models");
  await server[Symbol.asyncDispose]();
  await rejection(() => copilot("/models"));
  const other = createCopilotFetch(CREDENTIAL, {
    cache: new TokenCache(),
    fetch: server.fetch,
  });
  await rejection(() => other("/models"));
  const spans = exporter.getFinishedSpans();
  assert(spans.length > 2);
  assertHidesSecrets(spans, fake);
});
