import { Buffer } from "node:buffer";
import { once } from "node:events";
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { UsageError } from "./ask.ts";
import { CopilotTokenError, type FetchLike } from "../mod.ts";

const PORT = 4141;

/** How long running answers may go on after Ctrl-C, in milliseconds. */
const GRACE = 2000;

/** Where requests may go, and by which method; each also under `/v1`. */
const ROUTES: Readonly<Record<string, string>> = {
  "/chat/completions": "POST",
  "/responses": "POST",
  "/v1/messages": "POST",
  "/embeddings": "POST",
  "/models": "GET",
};

/** What is about a connection or a browser, and so stays on this side. */
const DROPPED = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "host",
  "expect",
  "cookie",
  "set-cookie",
  // `fetch` has read the one, and does not say the other of what it gives.
  "content-encoding",
  "content-length",
  "accept-encoding",
]);

/** Serves Copilot on loopback until the signal aborts. */
export async function serve(
  copilot: FetchLike,
  words: string[],
  signal: AbortSignal,
): Promise<void> {
  const [word = `${PORT}`, ...more] = words;
  if (!/^\d{1,5}$/.test(word) || Number(word) > 65535 || more.length > 0) {
    throw new UsageError(`--serve takes a port, got ${words.join(" ")}`);
  }
  const running = new Set<Promise<void>>();
  const server = createServer((request, response) => {
    const done = answer(copilot, request, response)
      .catch((error) => {
        if (response.headersSent) response.destroy();
        else refuse(response, 502, error);
      })
      .finally(() => running.delete(done));
    running.add(done);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: Error & { code?: string }) => {
      reject(
        error.code === "EADDRINUSE"
          ? new Error(`Port ${word} is in use; choose another: --serve PORT`)
          : error,
      );
    });
    server.listen(Number(word), "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`http://127.0.0.1:${port}\n`);

  if (!signal.aborted) await once(signal, "abort");
  const closed = new Promise((resolve) => server.close(resolve));
  const timer = setTimeout(() => server.closeAllConnections(), GRACE);
  await Promise.all(running);
  clearTimeout(timer);
  server.closeAllConnections();
  await closed;
}

async function answer(
  copilot: FetchLike,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (!isOurs(request.headers)) {
    return refuse(response, 403, new Error("This is for local programs alone"));
  }
  const { pathname, search } = new URL(request.url ?? "", "http://localhost");
  const path = [pathname, pathname.replace(/^\/v1/, "")]
    .find((path) => Object.hasOwn(ROUTES, path));
  if (!path) {
    return refuse(response, 404, new Error(`There is nothing at ${pathname}`));
  }
  if (request.method !== ROUTES[path]) {
    response.setHeader("allow", ROUTES[path]);
    return refuse(response, 405, new Error(`${path} takes ${ROUTES[path]}`));
  }

  const gone = new AbortController();
  response.once("close", () => gone.abort());
  // Read whole, as the body tells who started the turn.
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const upstream = await copilot(path + search, {
    method: request.method,
    headers: kept(Object.entries(request.headers)),
    body: chunks.length > 0 ? Buffer.concat(chunks) : undefined,
    signal: gone.signal,
  });
  response.writeHead(
    upstream.status,
    Object.fromEntries(kept([...upstream.headers])),
  );
  // The head goes out before the first word, which may take its time.
  response.flushHeaders();
  if (!upstream.body) return void response.end();
  const body = upstream.body as Parameters<typeof Readable.fromWeb>[0];
  await pipeline(Readable.fromWeb(body), response);
}

/** Whether a local program asks, and no page or name that leads here. */
function isOurs(headers: IncomingHttpHeaders): boolean {
  const { host = "", origin = "" } = headers;
  return /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i.test(host) &&
    !/^(https?:|null)/i.test(origin) &&
    (headers["sec-fetch-site"] ?? "none") === "none";
}

function kept(
  headers: [name: string, value: string | string[] | undefined][],
): [name: string, value: string][] {
  const [, connection = ""] = headers.find(([name]) => name === "connection") ??
    [];
  const named = `${connection}`.toLowerCase().split(/\s*,\s*/);
  return headers.flatMap(([name, value]) =>
    value === undefined || DROPPED.has(name) || named.includes(name)
      ? []
      : [[name, `${value}`]]
  );
}

/** An error in the shape that clients of such endpoints read. */
function refuse(response: ServerResponse, status: number, error: Error): void {
  const { message } = error;
  const code = error instanceof CopilotTokenError ? error.code : undefined;
  response.writeHead(status, { "content-type": "application/json" });
  response.end(
    JSON.stringify({ error: { message, type: "copilot_fetch_error", code } }),
  );
}
