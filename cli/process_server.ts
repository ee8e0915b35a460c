/**
 * An HTTP server on Node's API, which Deno and Bun have too.
 *
 * @module
 */

import {
  createServer,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Address, Listener, RequestHandler } from "./io.ts";

/** Starts a server; see {@linkcode IO.listen}. */
export async function listen(
  { hostname, port }: Address,
  handle: RequestHandler,
): Promise<Listener> {
  const running = new Set<Promise<void>>();
  const server = createServer((incoming, outgoing) => {
    const ended = respond(handle, incoming, outgoing)
      .catch(() => outgoing.destroy())
      .then(() => void running.delete(ended));
    running.add(ended);
  });
  await new Promise<void>((resolve, reject) => {
    // Deno throws a denied permission where no promise can reject.
    process.once("uncaughtException", reject);
    const settle = (error?: Error) => {
      process.off("uncaughtException", reject);
      if (error) reject(error);
      else resolve();
    };
    server.once("error", settle);
    server.listen(port, hostname, () => settle());
  });
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      await Promise.all(running);
      // Clients keep idle connections open.
      server.closeAllConnections();
      await closed;
    },
    closeConnections() {
      server.closeAllConnections();
    },
  };
}

async function respond(
  handle: RequestHandler,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const gone = new AbortController();
  const ended = new Promise<boolean>((resolve) => {
    outgoing.once("close", () => {
      gone.abort();
      resolve(outgoing.writableFinished);
    });
  });
  const { status, headers, body } = await handle({
    method: incoming.method ?? "",
    target: incoming.url ?? "",
    headers: pairsOf(incoming.rawHeaders),
    // A body that is too large is not read to its end, and the client waits
    // for the response on the same connection.
    body: incoming.iterator({ destroyOnReturn: false }),
    signal: gone.signal,
    ended,
  });
  // Deno does not read the rest by itself, and the next request is behind it.
  incoming.resume();
  outgoing.writeHead(status, Object.fromEntries(headers));
  // Sent before the first byte of the body, which may take a while.
  outgoing.flushHeaders();
  if (body === null) return void outgoing.end();
  // The types of the web's streams differ between the runtimes.
  const stream = body as Parameters<typeof Readable.fromWeb>[0];
  await pipeline(Readable.fromWeb(stream), outgoing);
}

function pairsOf(rawHeaders: string[]): [name: string, value: string][] {
  const pairs: [string, string][] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    pairs.push([rawHeaders[index], rawHeaders[index + 1]]);
  }
  return pairs;
}
