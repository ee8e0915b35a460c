/**
 * Listens on one host, or on both addresses of loopback.
 *
 * @module
 */

import type { IO, Listener, RequestHandler } from "../io.ts";

/** The messages about listening. */
export const LISTEN_MESSAGES = {
  portInUse: (port: number) =>
    `Port ${port} is in use. Choose another with --serve PORT.`,
} as const;

const LOOPBACK_V4 = "127.0.0.1";
const LOOPBACK_V6 = "::1";

/** How long running answers may go on after a signal. */
const GRACE_PERIOD_MS = 2000;

/** Starts the servers. The first is the one whose port is printed. */
export async function listen(
  { host, port }: { host: string | undefined; port: number },
  handle: RequestHandler,
  io: Pick<IO, "listen">,
): Promise<[Listener, ...Listener[]]> {
  const hostname = host ?? LOOPBACK_V4;
  const first = await listenOn(hostname, port, handle, io);
  if (host !== undefined) return [first];
  // "localhost" is this address for some clients.
  try {
    return [first, await listenOn(LOOPBACK_V6, first.port, handle, io)];
  } catch (error) {
    // A computer may lack IPv6; another program on the port would be mistaken
    // for this one.
    if (port === 0 || !(error instanceof PortInUse)) return [first];
    await first.close();
    throw error;
  }
}

/** Another program listens on the port. */
class PortInUse extends Error {}

async function listenOn(
  hostname: string,
  port: number,
  handle: RequestHandler,
  io: Pick<IO, "listen">,
): Promise<Listener> {
  try {
    return await io.listen({ hostname, port }, handle);
  } catch (error) {
    const isInUse = error instanceof Error && "code" in error &&
      error.code === "EADDRINUSE";
    throw isInUse ? new PortInUse(LISTEN_MESSAGES.portInUse(port)) : error;
  }
}

/** Accepts no more requests, and waits for running answers, but not long. */
export async function close(listeners: readonly Listener[]): Promise<void> {
  const closed = Promise.all(listeners.map((listener) => listener.close()));
  const timer = setTimeout(() => {
    for (const listener of listeners) listener.closeConnections();
  }, GRACE_PERIOD_MS);
  await closed;
  clearTimeout(timer);
}
