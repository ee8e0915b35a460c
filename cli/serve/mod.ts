/**
 * The command that serves Copilot to other programs on this computer.
 *
 * @module
 */

import type { FoundCredential } from "../../credential/mod.ts";
import type { FetchLike } from "../../mod.ts";
import type { IO, Listener } from "../io.ts";
import { answer } from "./answer.ts";

/** The messages about the server itself. */
export const SERVE_MESSAGES = {
  portInUse: (port: number) =>
    `Port ${port} is in use. Choose another with --serve PORT.`,
} as const;

const HOSTNAME = "127.0.0.1";
/** How long running answers may go on after a signal. */
const GRACE_PERIOD_MS = 2000;

/** Serves until the signal aborts, and prints the server's URL on stdout. */
export async function serve(
  copilot: FetchLike,
  port: number,
  credential: FoundCredential,
  io: IO,
): Promise<void> {
  const listener = await listen(copilot, port, credential, io);
  await io.stdout.write(`http://${HOSTNAME}:${listener.port}\n`);
  await waitForAbort(io.signal);
  const closed = listener.close();
  const timer = setTimeout(() => listener.closeConnections(), GRACE_PERIOD_MS);
  await closed;
  clearTimeout(timer);
}

async function listen(
  copilot: FetchLike,
  port: number,
  { value }: FoundCredential,
  io: IO,
): Promise<Listener> {
  try {
    return await io.listen(
      { hostname: HOSTNAME, port },
      (request) => answer(request, copilot, value),
    );
  } catch (error) {
    const isInUse = error instanceof Error && "code" in error &&
      error.code === "EADDRINUSE";
    throw isInUse ? new Error(SERVE_MESSAGES.portInUse(port)) : error;
  }
}

function waitForAbort(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
