import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { deferred } from "./stubs.ts";
import type { Network } from "./network.ts";

/** What stands before a network's proxy, and sees who leaves. */
export interface Relay extends AsyncDisposable {
  /** The network, by way of the relay. */
  network: Network;
  /** Fulfilled when the program has left a connection to the seat's host. */
  left: Promise<void>;
}

/** Puts a relay before a network, whose connections it merely watches. */
export async function startRelay(network: Network): Promise<Relay> {
  const left = deferred();
  const sockets = new Set<Socket>();
  const proxy = new URL(network.env.HTTPS_PROXY);
  const server = createServer((client) => {
    const upstream = connect(Number(proxy.port), proxy.hostname);
    client.once("data", (bytes) => {
      if (!/^CONNECT api\.\w+\.githubcopilot\.com:/.test(`${bytes}`)) return;
      client.once("close", () => left.resolve());
    });
    client.pipe(upstream).pipe(client);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => socket.destroy());
    }
    client.on("close", () => upstream.destroy());
    upstream.on("close", () => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const env = { ...network.env, HTTPS_PROXY: origin, HTTP_PROXY: origin };
  return {
    network: { ...network, env },
    left: left.promise,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
