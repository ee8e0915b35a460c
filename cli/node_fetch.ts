/**
 * A `fetch` for Node, which waits as long as the one of Deno and Bun, and knows
 * proxies.
 *
 * Node's own `fetch` ends a request after 300 seconds of silence, as long as a
 * model may think. Only a package can change that limit.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import * as http from "node:http";
import * as https from "node:https";
import type { Socket } from "node:net";
import { type Duplex, pipeline, Readable } from "node:stream";
import type { FetchLike } from "../mod.ts";
import { DECODERS, encodingsIn } from "./content_encoding.ts";
import { proxyFor, type Variables } from "./proxy.ts";

/** The messages about connections. */
export const TUNNEL_MESSAGES = {
  refused: (host: string, status: number | undefined) =>
    `The proxy ${host} refused to connect: HTTP ${status}.`,
} as const;

/** How long an idle connection is kept. Servers keep theirs a little longer. */
const IDLE_TIMEOUT_MS = 4000;

/**
 * How many idle connections are kept. With Node's 256, a burst of 400 requests
 * opens 144 anew each time (tests/bench/others/serve_bench.ts).
 */
const MAX_IDLE_CONNECTIONS = 1024;

/**
 * Creates the `fetch`. It follows no redirects.
 *
 * @param env Names the proxy: `HTTPS_PROXY` and `NO_PROXY`
 * @param idleTimeout How long an idle connection is kept, in milliseconds
 */
export function createNodeFetch(
  env: Variables,
  idleTimeout: number = IDLE_TIMEOUT_MS,
): FetchLike {
  const options = {
    keepAlive: true,
    timeout: idleTimeout,
    maxFreeSockets: MAX_IDLE_CONNECTIONS,
  };
  const plainAgent = new http.Agent(options);
  const directAgent = new https.Agent(options);
  const tunnelAgents = new Map<string, TunnelAgent>();

  function agentFor(url: URL): http.Agent {
    if (url.protocol === "http:") return plainAgent;
    const proxy = proxyFor(url, env);
    if (!proxy) return directAgent;
    const known = tunnelAgents.get(proxy.href);
    const agent = known ?? new TunnelAgent(proxy, options);
    tunnelAgents.set(proxy.href, agent);
    return agent;
  }

  return async (input, init) => {
    const request = new Request(input, init);
    const { url, method, headers, body } = request;
    const signal = init?.signal ?? request.signal;
    signal.throwIfAborted();
    const bytes = body
      ? new Uint8Array(await request.arrayBuffer())
      : undefined;
    const target = new URL(url);
    try {
      const agent = agentFor(target);
      const options = { method, headers: recordOf(headers), agent, signal };
      return toResponse(await send(target, options, bytes), method);
    } catch (cause) {
      signal.throwIfAborted();
      throw new TypeError("fetch failed", { cause });
    }
  };
}

function recordOf(headers: Headers): Record<string, string> {
  return { "accept-encoding": "identity", ...Object.fromEntries(headers) };
}

function send(
  url: URL,
  options: https.RequestOptions,
  body: Uint8Array | undefined,
): Promise<http.IncomingMessage> {
  const { request } = url.protocol === "http:" ? http : https;
  return new Promise((resolve, reject) => {
    const outgoing = request(url, options);
    outgoing.once("response", resolve);
    // Also after the response, whose body reports the error then.
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

/** Statuses of responses that have no body. */
const NULL_BODY_STATUSES: readonly number[] = [204, 205, 304];

function toResponse(
  incoming: http.IncomingMessage,
  method: string,
): Response {
  const { statusCode: status = 0, statusMessage: statusText } = incoming;
  const headers = new Headers();
  for (let index = 0; index < incoming.rawHeaders.length; index += 2) {
    const [name, value] = incoming.rawHeaders.slice(index, index + 2);
    headers.append(name, value);
  }
  if (method === "HEAD" || NULL_BODY_STATUSES.includes(status)) {
    incoming.resume();
    return new Response(null, { status, statusText, headers });
  }
  const body = Readable.toWeb(decode(incoming));
  // The types of the web's streams differ between the runtimes.
  return new Response(body as unknown as ReadableStream, {
    status,
    statusText,
    headers,
  });
}

/** Decodes a body that a server has compressed without being asked to. */
function decode(incoming: http.IncomingMessage): Readable {
  const encodings = encodingsIn([incoming.headers["content-encoding"] ?? ""]);
  return encodings.reverse().reduce((stream: Readable, encoding) => {
    const decoder = DECODERS.get(encoding)?.();
    // An error of the stream is one of the decoder too.
    return decoder ? pipeline(stream, decoder, () => {}) : stream;
  }, incoming);
}

/** Node then waits for the callback, which the types of Deno do not know. */
const NO_CONNECTION = undefined as unknown as Duplex;

/** Connects to hosts through an HTTP proxy. */
class TunnelAgent extends https.Agent {
  readonly #proxy: URL;

  constructor(proxy: URL, options: https.AgentOptions) {
    super(options);
    this.#proxy = proxy;
  }

  override createConnection(
    options: https.RequestOptions,
    callback: (error: Error | null, socket: Duplex) => void = () => {},
  ): Duplex {
    const { host, port } = options;
    openTunnel(this.#proxy, `${host}:${port}`).then(
      (socket) => {
        const overTunnel = { ...options, socket };
        callback(null, super.createConnection(overTunnel) ?? NO_CONNECTION);
      },
      (error) => callback(error, NO_CONNECTION),
    );
    return NO_CONNECTION;
  }
}

/** Asks a proxy for a connection to a host and port. */
function openTunnel(proxy: URL, target: string): Promise<Socket> {
  const { protocol, hostname, port, host, username, password } = proxy;
  const isEncrypted = protocol === "https:";
  const user = decodeURIComponent(`${username}:${password}`);
  const credentials = Buffer.from(user).toString("base64");
  const { request } = isEncrypted ? https : http;
  return new Promise((resolve, reject) => {
    const outgoing = request({
      method: "CONNECT",
      host: hostname.replace(/^\[|\]$/g, ""),
      port: port || (isEncrypted ? 443 : 80),
      path: target,
      headers: {
        host: target,
        ...username && { "proxy-authorization": `Basic ${credentials}` },
      },
      agent: false,
    });
    outgoing.once("connect", ({ statusCode: status }, socket) => {
      if (status === 200) return resolve(socket);
      socket.destroy();
      reject(new Error(TUNNEL_MESSAGES.refused(host, status)));
    });
    outgoing.once("error", reject);
    outgoing.end();
  });
}
