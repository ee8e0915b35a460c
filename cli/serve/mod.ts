/**
 * The command that serves Copilot to other programs on this computer.
 *
 * @module
 */

import type { FoundCredential } from "../../credential/mod.ts";
import type { ConnectionOptions } from "../arguments.ts";
import { readCredential } from "../credential.ts";
import type { IO, Output } from "../io.ts";
import { oneLine, writeLine } from "../terminal.ts";
import { MEGABYTE } from "./body.ts";
import { connectServer } from "./connection.ts";
import { createCredentialSource } from "./credential_source.ts";
import { close, listen } from "./listen.ts";
import { createModelList } from "./model_list.ts";
import { readAccess, type ServeOptions, urlOf } from "./options.ts";
import { createRefusalMemory } from "./refused_features.ts";
import { formatDropped, formatRecord } from "./request_log.ts";
import { respond, type Service } from "./respond.ts";

/** The messages about the server itself. */
export const SERVE_MESSAGES = {
  noKey:
    "No key is set: every user of this computer can use your subscription. COPILOT_SERVE_KEY sets one.",
} as const;

/** Serves until the signal aborts, and prints the server's URL on stdout. */
export async function serve(
  options: ServeOptions,
  connection: ConnectionOptions,
  credential: FoundCredential,
  io: IO,
): Promise<void> {
  const access = await readAccess(options, io);
  const service = await createService(options, connection, credential, io);
  const listeners = await listen(
    options,
    (request) => respond(request, { ...service, access }),
    io,
  );
  await io.stdout.write(`${urlOf(options.host, listeners[0].port)}\n`);
  if (access.key === undefined) {
    await writeLine(io.stderr, SERVE_MESSAGES.noKey);
  }
  await waitForAbort(io.signal);
  await close(listeners);
}

async function createService(
  options: ServeOptions,
  connection: ConnectionOptions,
  first: FoundCredential,
  io: IO,
): Promise<Omit<Service, "access">> {
  const { domain } = first;
  const credential = createCredentialSource(
    first,
    () => readCredential({ ...connection, domain }, io),
  );
  const stderr = options.isQuiet ? SILENT : io.stderr;
  const copilot = await connectServer(connection, credential, {
    ...io,
    stderr,
  });
  const { verbose, demo } = connection;
  const isLogged = stderr.isTerminal || verbose || demo;
  return {
    copilot,
    credential,
    maxBodyBytes: options.maxBodyMegabytes * MEGABYTE,
    adapter: {
      models: createModelList(copilot),
      memory: createRefusalMemory(),
      isStrict: options.isStrict,
      adaptsFields: options.adaptsFields,
      notify: (text) => void writeLine(io.stderr, oneLine(text)),
    },
    log(record, isWhole) {
      if (!isLogged) return;
      const line = formatRecord(record, { endedAt: Date.now(), isWhole });
      writeLine(stderr, oneLine(line));
      const dropped = verbose ? formatDropped(record) : undefined;
      if (dropped !== undefined) writeLine(stderr, oneLine(dropped));
    },
  };
}

/** In the place of stderr with `--quiet`. */
const SILENT: Output = {
  isTerminal: false,
  supportsEscapes: false,
  write: () => Promise.resolve(),
};

function waitForAbort(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
