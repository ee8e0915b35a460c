import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from "node:http";
import { createServer as createTLSServer } from "node:https";
import { type AddressInfo, connect, type Socket } from "node:net";
import { buffer } from "node:stream/consumers";
import {
  createFakeCopilot,
  type FakeCopilot,
  type FakeCopilotOptions,
} from "../../testing/mod.ts";
import {
  type Authority,
  type Certificate,
  createAuthority,
} from "./authority.ts";

/** A request as it came out of the connection. */
export interface Received {
  url: URL;
  method: string;
  headers: Record<string, string>;
  body: string;
}

/** How a network differs from one where all is well. */
export interface NetworkOptions extends FakeCopilotOptions {
  /** Awaited after each piece of an answer, which it is given. */
  pause?: (sent: string) => Promise<void> | undefined;
  /** What hosts show instead of a certificate that is in order. */
  certificates?: (authority: Authority) => Record<string, Certificate>;
}

/** GitHub, Copilot and strangers behind a proxy, all of them on loopback. */
export interface Network extends AsyncDisposable {
  /** Scripts what GitHub and Copilot do. */
  fake: FakeCopilot;
  /** All requests, to whatever host, oldest first. */
  received: Received[];
  /** The hosts and ports that the proxy was asked to connect to. */
  connects: string[];
  /** What leads a program here, and makes it trust the authority. */
  env: Record<string, string>;
}

/** Every name that a request may be led to. */
export const HOSTS = [
  "api.github.com",
  "api.individual.githubcopilot.com",
  "api.business.githubcopilot.com",
  "api.enterprise.githubcopilot.com",
  "below.api.individual.githubcopilot.com",
  "evil.example.com",
];

/** What every host says that is neither GitHub nor the seat's. */
const STRANGER = "I am a stranger";

/**
 * Starts an HTTPS server that is every host there is, and a proxy that leads
 * to it.
 */
export async function startNetwork(
  { pause, certificates, ...account }: NetworkOptions = {},
): Promise<Network> {
  const authority = createAuthority();
  const fake = createFakeCopilot(account);
  const home = `api.${account.plan ?? "individual"}.githubcopilot.com`;
  const received: Received[] = [];
  const connects: string[] = [];
  const servers: Server[] = [];
  const sockets = new Set<Socket>();

  async function start(server: Server): Promise<number> {
    servers.push(server);
    server.on("connection", hold);
    await new Promise<void>((resolve) =>
      server.listen(0, "127.0.0.1", resolve)
    );
    return (server.address() as AddressInfo).port;
  }

  function hold(socket: Socket): void {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
  }

  function listener(scheme: string): RequestListener {
    return (incoming, outgoing) => {
      answer(scheme, incoming, outgoing).catch(() => outgoing.destroy());
    };
  }

  async function answer(
    scheme: string,
    incoming: IncomingMessage,
    outgoing: ServerResponse,
  ): Promise<void> {
    const request = await readRequest(scheme, incoming);
    received.push(request);
    const { url, method, headers, body } = request;
    const known = ["https://api.github.com", `https://${home}`];
    const response = known.includes(url.origin)
      ? await fake.fetch(url, { method, headers, body: body || undefined })
      : strangerResponse();
    outgoing.writeHead(response.status, Object.fromEntries(response.headers));
    for await (const bytes of response.body ?? []) {
      outgoing.write(bytes);
      await pause?.(new TextDecoder().decode(bytes));
    }
    outgoing.end();
  }

  const start443 = ({ cert, key }: Certificate) =>
    start(createTLSServer({ cert, key }, listener("https")));
  const ports = new Map<string, number>();
  for (const [host, odd] of Object.entries(certificates?.(authority) ?? {})) {
    ports.set(`${host}:443`, await start443(odd));
  }
  const port443 = await start443(authority.issue(HOSTS));

  // The proxy is every host's port 80 as well: that needs no certificate.
  const proxy = createServer(listener("http"));
  const port = await start(proxy);
  proxy.on("connect", ({ url: target = "" }, client: Socket) => {
    connects.push(target);
    const lead = target.endsWith(":80") ? port : ports.get(target) ?? port443;
    const server = connect(lead, "127.0.0.1", () => {
      client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      client.pipe(server).pipe(client);
    });
    hold(client);
    hold(server);
    client.on("close", () => server.destroy());
    server.on("close", () => client.destroy());
  });

  const origin = `http://127.0.0.1:${port}`;
  return {
    fake,
    received,
    connects,
    env: {
      HTTPS_PROXY: origin,
      HTTP_PROXY: origin,
      DENO_CERT: authority.file,
      NODE_EXTRA_CA_CERTS: authority.file,
    },
    async [Symbol.asyncDispose]() {
      const closed = servers.map((server) =>
        new Promise((resolve) => server.close(resolve))
      );
      for (const socket of sockets) socket.destroy();
      await Promise.all(closed);
      authority[Symbol.dispose]();
    },
  };
}

async function readRequest(
  scheme: string,
  incoming: IncomingMessage,
): Promise<Received> {
  const headers = Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [name, `${value}`]),
  );
  return {
    // A proxy is asked for a whole URL, which the base does not change.
    url: new URL(incoming.url ?? "", `${scheme}://${headers.host}`),
    method: incoming.method ?? "",
    headers,
    body: (await buffer(incoming)).toString(),
  };
}

/** A chat like any other, so that nothing fails where one is asked. */
function strangerResponse(): Response {
  const event = { choices: [{ delta: { content: STRANGER } }] };
  return new Response(`data: ${JSON.stringify(event)}\n\ndata: [DONE]\n\n`, {
    headers: { "content-type": "text/event-stream" },
  });
}
