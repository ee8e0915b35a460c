/** GitHub, Copilot and other hosts, over TLS, behind a proxy on loopback. */
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

/** A request as it was received. */
export interface Received {
  url: URL;
  method: string;
  headers: Record<string, string>;
  body: string;
}

/** How a network differs from the default. */
export interface NetworkOptions extends FakeCopilotOptions {
  /** Called with each part of a response that was sent, and awaited. */
  pause?: (sent: string) => Promise<void> | undefined;
  /** The certificates of hosts that do not have a valid one. */
  certificates?: (authority: Authority) => Record<string, Certificate>;
}

/** A network that is closed when it is disposed of. */
export interface Network extends AsyncDisposable {
  /** What GitHub and Copilot answer. */
  fake: FakeCopilot;
  /** All requests to all hosts, oldest first. */
  received: Received[];
  /** The hosts and ports that the proxy was asked to connect to. */
  connects: string[];
  /** Makes a program use the proxy and trust the authority. */
  env: Record<string, string | undefined>;
}

/** Variables of the user that would take precedence over the proxy. */
const UNSET = [
  "NO_PROXY",
  "no_proxy",
  "http_proxy",
  "https_proxy",
  "ALL_PROXY",
];

/** The hosts that have a certificate. */
export const HOSTS = [
  "api.github.com",
  "api.githubcopilot.com",
  "api.individual.githubcopilot.com",
  "api.business.githubcopilot.com",
  "api.enterprise.githubcopilot.com",
  "below.api.individual.githubcopilot.com",
  "evil.example.com",
];

const GITHUB = "https://api.github.com";
/** Takes credentials that are sent directly, whatever the plan. */
const GENERIC_COPILOT = "https://api.githubcopilot.com";

/** The answer of a host that is neither GitHub's nor the plan's. */
const OTHER_HOST_ANSWER = "This is another host";

/**
 * Starts an HTTPS server for all hosts, and a proxy that connects clients to
 * it.
 */
export async function startNetwork(
  { pause, certificates, ...account }: NetworkOptions = {},
): Promise<Network> {
  const authority = createAuthority();
  const fake = createFakeCopilot(account);
  const host = `api.${account.plan ?? "individual"}.githubcopilot.com`;
  const received: Received[] = [];
  const connects: string[] = [];
  const servers: Server[] = [];
  const sockets = new Set<Socket>();

  async function start(server: Server): Promise<number> {
    servers.push(server);
    server.on("connection", track);
    await new Promise<void>((resolve) =>
      server.listen(0, "127.0.0.1", resolve)
    );
    return (server.address() as AddressInfo).port;
  }

  function track(socket: Socket): void {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
  }

  function listener(scheme: string): RequestListener {
    return (incoming, outgoing) => {
      respond(scheme, incoming, outgoing).catch(() => outgoing.destroy());
    };
  }

  async function respond(
    scheme: string,
    incoming: IncomingMessage,
    outgoing: ServerResponse,
  ): Promise<void> {
    const request = await readRequest(scheme, incoming);
    received.push(request);
    const { url, method, headers, body } = request;
    const known = [GITHUB, GENERIC_COPILOT, `https://${host}`];
    const response = known.includes(url.origin)
      ? await fake.fetch(url, { method, headers, body: body || undefined })
      : otherHostResponse();
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
  for (
    const [host, certificate] of Object.entries(certificates?.(authority) ?? {})
  ) {
    ports.set(`${host}:443`, await start443(certificate));
  }
  const port443 = await start443(authority.issue(HOSTS));

  // The proxy also serves port 80 of every host, which needs no certificate.
  const proxy = createServer(listener("http"));
  const port = await start(proxy);
  proxy.on("connect", ({ url: target = "" }, client: Socket) => {
    connects.push(target);
    const targetPort = target.endsWith(":80")
      ? port
      : ports.get(target) ?? port443;
    const server = connect(targetPort, "127.0.0.1", () => {
      client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      client.pipe(server).pipe(client);
    });
    track(client);
    track(server);
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
      // Deno's own request would go through the proxy as well.
      DENO_NO_UPDATE_CHECK: "1",
      ...Object.fromEntries(UNSET.map((name) => [name, undefined])),
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
    // A proxy receives a whole URL, which the base does not change.
    url: new URL(incoming.url ?? "", `${scheme}://${headers.host}`),
    method: incoming.method ?? "",
    headers,
    body: (await buffer(incoming)).toString(),
  };
}

/** A valid chat, so that a request to the wrong host is not an error. */
function otherHostResponse(): Response {
  const event = { choices: [{ delta: { content: OTHER_HOST_ANSWER } }] };
  return new Response(`data: ${JSON.stringify(event)}\n\ndata: [DONE]\n\n`, {
    headers: { "content-type": "text/event-stream" },
  });
}
