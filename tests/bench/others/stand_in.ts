/**
 * GitHub and Copilot in a process of their own: with TLS behind a proxy, and
 * without TLS at the proxy's own port. Prints where it is, as a `StandInPlace`,
 * and ends with its stdin.
 */
import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createTLSServer } from "node:https";
import { type AddressInfo, connect, type Socket } from "node:net";
import process from "node:process";
import { createCopilotFetch } from "../../../mod.ts";
import { createFakeCopilot } from "../../../testing/mod.ts";
import { createAuthority } from "../../helpers/authority.ts";
import { HOSTS } from "../../helpers/network.ts";
import type { StandInPlace, StandInStats } from "./stand_in_process.ts";

/** For a thousand connections at once; Node's default is 511. */
const BACKLOG = 4096;
/** How long a stream pauses after its first event. */
const PAUSE_MS = 10;
/** How many events a stream has. */
const EVENTS = 20;

const token = "tid=1;proxy-ep=proxy.individual.githubcopilot.com;st=dotcom:0";
const models = await fakeModels();
const answer = JSON.stringify({
  choices: [{ index: 0, message: { role: "assistant", content: "Hello" } }],
});
const event = `data: ${
  JSON.stringify({
    id: "chat",
    object: "chat.completion.chunk",
    choices: [{ index: 0, delta: { role: "assistant", content: "Hello" } }],
  })
}\n\n`;
const restOfStream = `${event.repeat(EVENTS - 1)}data: [DONE]\n\n`;

let stats: StandInStats = { exchanges: 0, requests: 0, bodyBytes: 0 };

/** Without the work of a full fake, of which all sides would wait alike. */
const listener: RequestListener = (incoming, outgoing) => {
  const { pathname } = new URL(incoming.url ?? "", "http://localhost");
  const sendJSON = (json: string) => {
    outgoing.writeHead(200, { "content-type": "application/json" });
    outgoing.end(json);
  };
  if (pathname === "/stats") {
    sendJSON(JSON.stringify(stats));
    stats = { exchanges: 0, requests: 0, bodyBytes: 0 };
    return;
  }
  if (pathname === "/copilot_internal/v2/token") {
    stats.exchanges++;
    const expires_at = Math.floor(Date.now() / 1000) + 86_400;
    return sendJSON(JSON.stringify({ token, expires_at, refresh_in: 86_000 }));
  }
  if (pathname === "/models") return sendJSON(models);
  let isStream = false;
  incoming.on("data", (bytes: Uint8Array) => {
    stats.bodyBytes += bytes.length;
    // The requests for a stream begin with it.
    isStream ||= `${bytes.subarray(0, 20)}`.includes('"stream":true');
  }).on("end", () => {
    stats.requests++;
    if (!isStream) return sendJSON(answer);
    outgoing.writeHead(200, { "content-type": "text/event-stream" });
    outgoing.write(event);
    setTimeout(() => outgoing.end(restOfStream), PAUSE_MS);
  });
};

async function fakeModels(): Promise<string> {
  const copilot = createCopilotFetch("ghu_bench", createFakeCopilot());
  return await (await copilot("/models")).text();
}

async function listen(server: Server): Promise<number> {
  const host = "127.0.0.1";
  await new Promise<void>((resolve) =>
    server.listen({ port: 0, host, backlog: BACKLOG }, resolve)
  );
  return (server.address() as AddressInfo).port;
}

const authority = createAuthority();
const certificate = authority.issue(HOSTS);
const tlsPort = await listen(createTLSServer(certificate, listener));
const proxy = createServer(listener);
proxy.on("connect", (_, client: Socket) => {
  const server = connect(tlsPort, "127.0.0.1", () => {
    client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
    client.pipe(server).pipe(client);
  });
  for (const [socket, other] of [[client, server], [server, client]]) {
    socket.on("error", () => socket.destroy());
    socket.on("close", () => other.destroy());
  }
});

const origin = `http://127.0.0.1:${await listen(proxy)}`;
const place: StandInPlace = {
  origin,
  env: {
    HTTPS_PROXY: origin,
    DENO_CERT: authority.file,
    NODE_EXTRA_CA_CERTS: authority.file,
  },
};
console.log(JSON.stringify(place));
process.stdin.resume().on("end", () => {
  authority[Symbol.dispose]();
  process.exit();
});
