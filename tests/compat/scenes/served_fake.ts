/**
 * GitHub and Copilot as one HTTP server on loopback, for a program that may run
 * on an old runtime. Each scene has a fake of its own, below `/<scene>`.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { createFakeCopilot, type FakeCopilot } from "../../../testing/mod.ts";
import { listen, type Loopback, sendJSON } from "../../helpers/loopback.ts";
import { deferred } from "../../helpers/stubs.ts";

/** What a scene has changed, and what the server has seen of it. */
interface Scenery {
  fake: FakeCopilot;
  /** Requests whose connection the client has closed. */
  aborts: number;
  /** Where a stream waits after its first part, once it is asked to. */
  hold?: { released: Promise<void>; release: () => void };
}

/** Starts the server; it stops when it is disposed of. */
export async function serveFakes(): Promise<Loopback> {
  const sceneries = new Map<string, Scenery>();
  return await listen((incoming, outgoing) => {
    respond(incoming, outgoing, sceneries).catch(() => outgoing.destroy());
  });
}

async function respond(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  sceneries: Map<string, Scenery>,
): Promise<void> {
  const body = (await buffer(incoming)).toString();
  const [, scene, ...path] = (incoming.url ?? "").split("/");
  const known = sceneries.get(scene);
  const scenery = known ?? { fake: createFakeCopilot(), aborts: 0 };
  sceneries.set(scene, scenery);
  if (path[0] === "control") {
    sendJSON(outgoing, control(scenery, path[1], body));
  } else {
    await forward(incoming, outgoing, body, `/${path.join("/")}`, scenery);
  }
}

/** Changes a scene, or says what was seen. */
function control(scenery: Scenery, action: string, body: string): unknown {
  const { fake } = scenery;
  const never = () => new Promise<void>(() => {});
  switch (action) {
    case "create":
      scenery.fake = createFakeCopilot(JSON.parse(body));
      return {};
    case "revoke":
      fake.revokeTokens();
      return {};
    case "stall-exchange":
      fake.answerNextExchange(never);
      return {};
    case "stall-request":
      fake.answerNextRequest(never);
      return {};
    case "hold": {
      const { promise: released, resolve: release } = deferred();
      scenery.hold = { released, release };
      return {};
    }
    case "release":
      scenery.hold?.release();
      return {};
    default:
      return {
        aborts: scenery.aborts,
        exchanges: fake.exchanges.length,
        requests: fake.requests.length,
      };
  }
}

async function forward(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  body: string,
  path: string,
  scenery: Scenery,
): Promise<void> {
  const controller = new AbortController();
  outgoing.once("close", () => {
    if (outgoing.writableEnded) return;
    scenery.aborts++;
    controller.abort();
  });
  const { "x-host": host, ...headers } = incoming.headers;
  const response = await scenery.fake.fetch(`https://${host}${path}`, {
    method: incoming.method,
    headers: Object.entries(headers).map(([name, text]) => [name, `${text}`]),
    body: body || undefined,
    signal: controller.signal,
  });
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  for await (const bytes of response.body ?? []) {
    outgoing.write(bytes);
    await scenery.hold?.released;
  }
  outgoing.end();
}
