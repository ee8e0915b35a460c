/** Real servers on loopback. */
import {
  createServer,
  type RequestListener,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import type { FetchLike } from "../../mod.ts";

/** A real server on loopback, in the place of GitHub and Copilot. */
export interface Loopback extends AsyncDisposable {
  /** Leads each request there; the host that was meant is in `x-host`. */
  fetch: FetchLike;
  /** Where it listens. */
  origin: string;
}

/** Starts a server that stops when it is disposed of. */
export async function listen(listener: RequestListener): Promise<Loopback> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    fetch(input, init) {
      const { host, pathname, search } = new URL(String(input));
      const headers = new Headers(init?.headers);
      headers.set("x-host", host);
      return fetch(origin + pathname + search, { ...init, headers });
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A port on which nothing listens any more. */
export async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Answers with JSON. */
export function sendJSON(
  response: ServerResponse,
  body: unknown,
  status = 200,
) {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

/** Waits for what a server must see; fails the test if it never does. */
export async function seen<T>(promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = new Error("The server has not seen it within 10 seconds");
    timer = setTimeout(() => reject(error), 10_000);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
