/**
 * Runs the commands that send requests. Each is loaded when it is needed.
 *
 * @module
 */

import type { FoundCredential } from "../credential/mod.ts";
import type { ConnectedCommand } from "./arguments.ts";
import { connect } from "./connection.ts";
import type { IO } from "./io.ts";

/** Runs a command to its end. */
export async function runCommand(
  command: ConnectedCommand,
  credential: FoundCredential,
  io: IO,
): Promise<void> {
  if (command.name === "usage") {
    const { printUsage } = await import("./usage.ts");
    return await printUsage(command, credential, io);
  }
  if (command.name === "serve") {
    const { serve } = await import("./serve/mod.ts");
    return await serve(command.server, command.connection, credential, io);
  }
  const copilot = await connect(command.connection, credential, io);
  switch (command.name) {
    case "models": {
      const { listModels } = await import("./models.ts");
      return await listModels(copilot, command, io);
    }
    case "ask": {
      const { ask } = await import("./ask.ts");
      const { domain } = credential;
      const { verbose } = command.connection;
      return await ask(copilot, command.question, { domain, verbose }, io);
    }
  }
}
